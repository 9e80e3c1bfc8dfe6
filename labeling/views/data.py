"""Prompts in, pairs out."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.exceptions import InvalidImport, InvalidInput
from labeling.forms import AddressForm, UploadForm
from labeling.models import Job, Project
from labeling.selectors.access import project_for
from labeling.selectors.progress import project_progress
from labeling.services.imports import ImportReport
from labeling.services.jobs import import_upload, import_url, keep_upload
from labeling.services.reports import keep_report, kept_report
from labeling.views.csv import csv_file
from labeling.views.requests import UserRequest, sentence

# A page of errors says what is wrong; the API's answer holds all of them.
SHOWN_ERRORS = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def data(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    form = UploadForm(request.POST or None, request.FILES or None)
    refused: InvalidImport | None = None
    address = AddressForm(request.POST if request.POST.get("act") == "fetch" else None, prefix="from")
    if address.is_bound:
        form = UploadForm()
        if address.is_valid():
            try:
                fetched = import_url(project=project, user=request.user, **address.cleaned_data)
                return redirect("job", project.slug, fetched.pk)
            except InvalidInput as error:
                address.add_error("url", sentence(error.detail))
    if form.is_valid() and request.POST.get("act") == "map":
        kept = keep_upload(project=project, file=form.cleaned_data["file"], format=form.format)
        return redirect("import-mapping", project.slug, kept)
    if form.is_valid():
        upload = form.cleaned_data
        try:
            outcome = import_upload(
                project=project,
                user=request.user,
                file=upload["file"],
                format=form.format,
                recipe=upload["recipe"],
                skip_invalid=upload["invalid"] == "skip",
            )
        except InvalidImport as error:
            refused = error
        else:
            return imported(request, project, outcome)
    context = {
        **_page(project),
        "form": form,
        "address": address,
        **refusal_of(project, refused),
    }
    failed = refused or form.errors or address.errors
    return render(request, "labeling/data.html", context, status=422 if failed else 200)


@require_safe
@login_required
def row_report(request: UserRequest, slug: str, report_id: UUID) -> HttpResponseBase:
    """Every row that an import refused, as CSV."""
    project = project_for(request.user, slug, manage=True)
    path = kept_report(project, report_id)
    if not path.is_file():
        raise Http404(_("this report is not kept any longer"))
    return csv_file(f"{project.slug}-refused-rows", path)


@require_safe
@login_required
def job(request: UserRequest, slug: str, job_id: UUID) -> HttpResponse:
    """How far an import is: the data page with it on top, or, asked for by htmx, the job alone."""
    project = project_for(request.user, slug, manage=True)
    found = get_object_or_404(Job, pk=job_id, project=project)
    context = {
        "project": project,
        "job": found,
        "report": found.pk if kept_report(project, found.pk).is_file() else None,
        "shown_errors": SHOWN_ERRORS,
    }
    if request.headers.get("HX-Request"):
        return render(request, "labeling/job.html", context)
    return render(
        request,
        "labeling/data.html",
        {**_page(project), **context, "form": UploadForm(), "address": AddressForm(prefix="from")},
    )


def imported(request: UserRequest, project: Project, outcome: ImportReport | Job) -> HttpResponse:
    """To the page of the job, or back to the data page with what was made."""
    if isinstance(outcome, Job):
        return redirect("job", project.slug, outcome.pk)
    messages.success(
        request,
        _("%(created)s created, %(unchanged)s unchanged, %(skipped)s left out.")
        % {"created": outcome.created, "unchanged": outcome.unchanged, "skipped": outcome.skipped},
    )
    for error in outcome.errors[:SHOWN_ERRORS]:
        messages.warning(request, _("Line %(line)s left out: %(field)s: %(detail)s") % error)
    return redirect("data", project.slug)


def refusal_of(project: Project, refused: InvalidImport | None) -> dict[str, object]:
    """What a template needs to say why nothing was imported."""
    if refused is None:
        return {}
    if not refused.errors:
        # What is wrong with the file as a whole comes from below the pages, in English.
        return {"refusal": _("This file cannot be read."), "errors": [{"detail": refused.detail}]}
    shown = refused.errors[:SHOWN_ERRORS]
    return {
        "refusal": sentence(refused.detail),
        "errors": shown,
        "report": keep_report(project, refused.errors),
        "more_errors": len(refused.errors) - len(shown),
    }


def _page(project: Project) -> dict[str, object]:
    return {"project": project, "manages": True, "tab": "data", "progress": project_progress(project)}
