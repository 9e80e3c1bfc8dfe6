"""The managers' pages of webhooks: who is told, what was delivered, and sending it once more."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.exceptions import LabelingError
from labeling.forms import WebhookForm
from labeling.models import EventKind, Project, Webhook, WebhookDelivery
from labeling.selectors.access import project_for
from labeling.services.webhooks import create_webhook, delete_webhook, replay_delivery, set_active
from labeling.views.requests import UserRequest, sentence

DELIVERIES_A_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def webhooks(request: UserRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    form = WebhookForm(request.POST or None)
    secret = ""
    if form.is_valid():
        try:
            _made, secret = create_webhook(project=project, user=request.user, **form.cleaned_data)
        except LabelingError as error:
            form.add_error("url", sentence(error.detail))
        else:
            form = WebhookForm()
    context = {**_page(project), "form": form, "secret": secret, "rows": list(project.webhooks.all())}
    return render(request, "labeling/webhooks.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def webhook(request: UserRequest, slug: str, webhook_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    found = _webhook(project, webhook_id)
    page = Paginator(found.deliveries.all(), DELIVERIES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "labeling/webhook.html", {**_page(project), "webhook": found, "page": page})


@require_POST
@login_required
def switch(request: UserRequest, slug: str, webhook_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    found = _webhook(project, webhook_id)
    set_active(webhook=found, active=not found.active)
    return redirect("webhook", project.slug, found.pk)


@require_POST
@login_required
def remove(request: UserRequest, slug: str, webhook_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    found = _webhook(project, webhook_id)
    delete_webhook(webhook=found)
    messages.success(request, _("%(url)s is told of nothing any more.") % {"url": found.url})
    return redirect("webhooks", project.slug)


@require_POST
@login_required
def replay(request: UserRequest, slug: str, delivery_id: int) -> HttpResponse:
    project = project_for(request.user, slug, manage=True)
    delivery = get_object_or_404(WebhookDelivery, pk=delivery_id, webhook__project=project)
    replay_delivery(delivery=delivery)
    messages.success(request, _("It is being sent once more."))
    return redirect("webhook", project.slug, delivery.webhook_id)


def _webhook(project: Project, webhook_id: int) -> Webhook:
    return get_object_or_404(project.webhooks.select_related("project"), pk=webhook_id)


def _page(project: Project) -> dict[str, object]:
    return {"project": project, "manages": True, "tab": "settings", "kinds": dict(EventKind.choices)}
