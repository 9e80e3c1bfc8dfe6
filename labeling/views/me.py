"""My account: who I am, my API tokens, my last rankings."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from labeling.exceptions import LabelingError
from labeling.forms import TokenForm
from labeling.models import ApiToken
from labeling.selectors.progress import my_rankings
from labeling.services.tokens import create_token, revoke_token
from labeling.views.requests import UserRequest, sentence


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def me(request: UserRequest) -> HttpResponse:
    form = TokenForm(request.POST or None)
    secret = ""
    if form.is_valid():
        try:
            # Answered without a redirect: the secret stands on this page once and is stored nowhere.
            _, secret = create_token(user=request.user, **form.cleaned_data)
        except LabelingError as error:
            form.add_error(None, sentence(error.detail))
        else:
            form = TokenForm()
    context = {
        "form": form,
        "secret": secret,
        "tokens": ApiToken.objects.usable().filter(user=request.user),
        "rankings": my_rankings(request.user, limit=20),
    }
    return render(request, "labeling/me.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: UserRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=token_id, user=request.user)
    revoke_token(token=token)
    messages.success(request, f"{token} no longer works.")
    return redirect("me")
