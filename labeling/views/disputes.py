"""Prompts on which annotators disagree, one of them with every ranking side by side, and deciding on it."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from labeling.exceptions import InvalidInput, LabelingError
from labeling.forms import OverlapForm
from labeling.models import Assignment, Project
from labeling.selectors import disputes as listed
from labeling.selectors.access import project_for
from labeling.selectors.side_by_side import own_adjudication, side_by_side
from labeling.services.analysis import catch_up
from labeling.services.assignments import adjudicate_prompt
from labeling.services.prompts import set_overlap
from labeling.templatetags.rankings import as_order
from labeling.views.csv import csv_response
from labeling.views.quality import quality_page
from labeling.views.requests import UserRequest, tell_refusal

CSV_HEADER = (
    "prompt",
    "rankings",
    "agreement",
    "kendalls_w",
    "consensus",
    "confidence",
    "abstained",
    "extra_annotators",
    "adjudicated",
)


@require_safe
@login_required
@never_cache
def disputes(request: UserRequest, slug: str) -> HttpResponse:
    """`?show=` open, settled or all, `?below=` a percentage; `?after=` and `?before=` lead on."""
    project = project_for(request.user, slug, manage=True)
    catch_up(project=project)
    which = _wanted(request, project)
    if request.GET.get("format") == "csv":
        return csv_response(f"{project.slug}-disputes", CSV_HEADER, _rows(listed.all_disputes(project, which)))
    before, after = (listed.place_of(request.GET.get(name, "")) for name in ("before", "after"))
    page = listed.dispute_page(project, which, before=before, after=after)
    context = {
        "which": which,
        "page": page,
    }
    return quality_page(request, project, "disputes", context)


@require_safe
@login_required
@never_cache
def dispute(request: UserRequest, slug: str, prompt_id: int) -> HttpResponse:
    """Any prompt of the project, whether its rankings disagree or not."""
    project = project_for(request.user, slug, manage=True)
    catch_up(project=project)
    found = side_by_side(project, prompt_id)
    own = own_adjudication(request.user, found.prompt)
    context = {
        # The section of the pages about quality to which it belongs.
        "section": "disputes",
        "found": found,
        "decided": own is not None and own.status == Assignment.Status.SUBMITTED,
        "deciding": own is not None and own.status == Assignment.Status.OPEN,
        "overlap": OverlapForm(initial={"overlap": found.prompt.own_overlap}),
    }
    return quality_page(request, project, "dispute", context)


@require_POST
@login_required
def adjudicate(request: UserRequest, slug: str, prompt_id: int) -> HttpResponse:
    """Lend the prompt to this manager to decide on, and go to the ranking page with it."""
    project = project_for(request.user, slug, manage=True)
    # What a practice prompt should get is written down already, on the page of practice prompts.
    prompt = get_object_or_404(project.prompts.filter(gold=None), pk=prompt_id)
    assignment = adjudicate_prompt(prompt=prompt, manager=request.user)
    return redirect(f"{reverse('rank', args=[project.slug])}?adjudicate={assignment.pk}")


@require_POST
@login_required
def overlap(request: UserRequest, slug: str, prompt_id: int) -> HttpResponse:
    """How many annotators this prompt gets; empty: as many as the project says."""
    project = project_for(request.user, slug, manage=True)
    prompt = get_object_or_404(project.prompts, pk=prompt_id)
    form = OverlapForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["overlap"][0]))
        return redirect("dispute", project.slug, prompt.pk)
    try:
        set_overlap(project=project, prompts=[prompt.external_id], overlap=form.cleaned_data["overlap"])
    except LabelingError as error:
        tell_refusal(request, error)
    else:
        messages.success(request, _("Saved."))
    return redirect("dispute", project.slug, prompt.pk)


def _wanted(request: UserRequest, project: Project) -> listed.Wanted:
    try:
        return listed.wanted(project, show=request.GET.get("show"), below=request.GET.get("below"))
    except InvalidInput:
        return listed.wanted(project)


def _rows(disputes: Iterator[listed.Dispute]) -> Iterator[tuple[object, ...]]:
    """With the ids of the import: letters are for people in front of the page."""
    for dispute in disputes:
        yield (
            dispute.prompt.external_id,
            dispute.rankings,
            dispute.agreement,
            dispute.kendalls_w,
            as_order(dispute.imported) if dispute.imported else "",
            dispute.confidence,
            dispute.abstained,
            dispute.extra,
            int(dispute.adjudicated),
        )
