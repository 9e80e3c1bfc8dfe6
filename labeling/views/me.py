"""My account: how much and how fast I rank, all my rankings, my API tokens."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.forms import TokenForm
from labeling.models import ApiToken
from labeling.selectors.access import projects_for
from labeling.selectors.history import history_page
from labeling.selectors.progress import my_rankings
from labeling.selectors.work import own_agreement, own_counts, own_pace
from labeling.services.tokens import create_token, revoke_token
from labeling.views.requests import UserRequest, row_id, tell_form

SECONDS_AN_HOUR = 3600
LAST = 10


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def me(request: UserRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    secret = ""
    if form.is_valid():
        try:
            # Answered without a redirect: the secret stands on this page once and is stored nowhere.
            secret = create_token(user=request.user, **form.cleaned_data)[1]
        except LabelingError as error:
            tell_form(form, error)
        else:
            form = TokenForm()
    pace = own_pace(request.user)
    context = {
        "form": form,
        "secret": secret,
        "tokens": ApiToken.objects.usable().filter(user=request.user),
        "counts": own_counts(request.user),
        "pace": pace,
        "hourly": round(SECONDS_AN_HOUR / pace) if pace else None,
        "agreements": [
            (project, own_agreement(request.user, project))
            for project in projects_for(request.user).filter(show_agreement=True)
        ],
        "rankings": my_rankings(request.user, limit=LAST),
        "open_projects": set(projects_for(request.user).values_list("pk", flat=True)),
    }
    return render(request, "labeling/me.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
@never_cache
def history(request: UserRequest) -> HttpResponse:
    """All my rankings, newest first; `?before=<ranking>` and `?after=<ranking>` lead on."""
    before, after = (row_id(request.GET.get(name, "")) for name in ("before", "after"))
    context = {
        "page": history_page(request.user, before=before, after=after),
        "open_projects": set(projects_for(request.user).values_list("pk", flat=True)),
    }
    return render(request, "labeling/history.html", context)


@require_POST
@login_required
def revoke(request: UserRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=token_id, user=request.user)
    revoke_token(token=token)
    messages.success(request, _("%(token)s no longer works.") % {"token": token})
    return redirect("me")
