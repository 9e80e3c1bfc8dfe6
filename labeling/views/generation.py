"""The managers' page of LLMs that answer prompts, and stopping or resuming what a worker does."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exceptions import LabelingError
from labeling.forms import EndpointForm, GenerationForm, JudgingForm
from labeling.models import Job, Which
from labeling.selectors.access import project_for
from labeling.selectors.generation import counts_to_answer
from labeling.services.endpoints import create_endpoint, delete_endpoint
from labeling.services.generation import request_generation
from labeling.services.jobs import cancel_job, resume_job
from labeling.services.judging import request_judging
from labeling.views.requests import UserRequest, sentence, tell_form


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def generate(request: UserRequest, slug: str) -> HttpResponse:
    """A POST with `act=add` enters a model, with `act=judge` it has one rank, any other one has prompts answered."""
    project = project_for(request.user, slug, manage=True)
    endpoints = list(project.endpoints.all())
    act = request.POST.get("act", "generate") if request.method == "POST" else ""
    form = EndpointForm(request.POST if act == "add" else None, prefix="endpoint")
    judged = JudgingForm(request.POST if act == "judge" else None, prefix="judge", endpoints=endpoints)
    asked = GenerationForm(
        request.POST if act == "generate" else None,
        endpoints=endpoints,
        counts=counts_to_answer(project),
        initial={"endpoints": [str(one.pk) for one in endpoints]},
    )
    try:
        if act == "add" and form.is_valid():
            made = create_endpoint(project=project, user=request.user, **form.cleaned_data)
            messages.success(request, _("%(name)s can be asked now.") % {"name": made.name})
            return redirect("generate", project.slug)
        if act == "judge" and judged.is_valid():
            endpoint = next(one for one in endpoints if str(one.pk) == judged.cleaned_data["endpoint"])
            limit = judged.cleaned_data["limit"]
            job = request_judging(project=project, user=request.user, endpoint=endpoint, limit=limit)
            return redirect("job", project.slug, job.pk)
        if act == "generate" and asked.is_valid():
            chosen = asked.cleaned_data
            wanted = [one for one in endpoints if str(one.pk) in chosen["endpoints"]]
            which = Which(chosen["which"])
            job = request_generation(
                project=project, user=request.user, endpoints=wanted, n=chosen["n"], which=which, limit=chosen["limit"]
            )
            return redirect("job", project.slug, job.pk)
    except LabelingError as error:
        tell_form({"add": form, "judge": judged}.get(act, asked), error)
    context = {
        "project": project,
        "manages": True,
        "tab": "data",
        "endpoints": endpoints,
        "form": form,
        "asked": asked,
        "judged": judged,
    }
    failed = bool(form.errors or asked.errors or judged.errors)
    return render(request, "labeling/generate.html", context, status=422 if failed else 200)


@require_POST
@login_required
def remove_endpoint(request: UserRequest, slug: str, endpoint_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    endpoint = get_object_or_404(project.endpoints, pk=endpoint_id)
    delete_endpoint(endpoint=endpoint)
    messages.success(request, _("%(name)s is forgotten with its key; its responses stay.") % {"name": endpoint.name})
    return redirect("generate", project.slug)


@require_POST
@login_required
def cancel(request: UserRequest, slug: str, job_id: UUID) -> HttpResponse:
    return _moved(request, slug, job_id, resume=False)


@require_POST
@login_required
def resume(request: UserRequest, slug: str, job_id: UUID) -> HttpResponse:
    return _moved(request, slug, job_id, resume=True)


def _moved(request: UserRequest, slug: str, job_id: UUID, *, resume: bool) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    job = get_object_or_404(Job, pk=job_id, project=project)
    try:
        resume_job(job=job) if resume else cancel_job(job=job)
    except LabelingError as error:
        messages.warning(request, sentence(error.detail))
    return redirect("job", project.slug, job.pk)
