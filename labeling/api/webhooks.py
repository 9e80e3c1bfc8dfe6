"""Webhooks of a project, what was delivered, and sending it once more."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.models import EventKind, Webhook, WebhookDelivery
from labeling.selectors.access import check_manages, projects_for
from labeling.services.webhooks import create_webhook, delete_webhook, replay_delivery, set_active


class WebhookSerializer(serializers.Serializer[Webhook]):
    id = serializers.IntegerField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    active = serializers.BooleanField()
    stopped_because = serializers.CharField()
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()


class MadeWebhook(WebhookSerializer):
    secret = serializers.CharField(help_text="For checking signatures; it is shown this once.")


class NewWebhook(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=2000)
    events = serializers.ListField(child=serializers.CharField(), help_text=", ".join(EventKind.values))


class ActiveSerializer(serializers.Serializer[Any]):
    active = serializers.BooleanField()


class DeliverySerializer(serializers.Serializer[WebhookDelivery]):
    id = serializers.IntegerField()
    message_id = serializers.CharField(help_text="The header `webhook-id` of every attempt.")
    kind = serializers.CharField()
    status = serializers.CharField()
    attempts = serializers.IntegerField()
    log = serializers.ListField(child=serializers.DictField())
    payload = serializers.DictField()
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)


class Webhooks(Call):
    scopes = {"POST": "write"}
    pagination_class = NewestFirst

    @extend_schema(responses=WebhookSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        webhooks = self.project(manage=True).webhooks.select_related("created_by")
        return self.paginated(webhooks, WebhookSerializer)

    @extend_schema(request=NewWebhook, responses={201: MadeWebhook})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        webhook, secret = create_webhook(project=project, user=self.caller, **self.validated(NewWebhook))
        return Response({**WebhookSerializer(webhook).data, "secret": secret}, status=201)


class WebhookDetail(Call):
    scopes = {"PATCH": "write", "DELETE": "write"}

    @extend_schema(request=ActiveSerializer, responses=WebhookSerializer)
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Switch it off, or on again."""
        webhook = self.webhook(webhook_id)
        set_active(webhook=webhook, **self.validated(ActiveSerializer))
        webhook.refresh_from_db()
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Remove it with the record of its deliveries."""
        delete_webhook(webhook=self.webhook(webhook_id))
        return Response(status=204)

    def webhook(self, webhook_id: int) -> Webhook:
        own = Webhook.objects.select_related("project", "created_by")
        webhook = own.filter(pk=webhook_id, project__in=projects_for(self.caller)).first()
        if webhook is None:
            raise Http404(f"no webhook {webhook_id}")
        check_manages(self.caller, webhook.project)
        return webhook


class WebhookDeliveries(WebhookDetail):
    pagination_class = NewestFirst
    http_method_names = ["get", "head", "options"]

    @extend_schema(responses=DeliverySerializer(many=True))
    def get(self, request: Request, webhook_id: int) -> Response:
        """What it was told of in the last thirty days, with every attempt."""
        return self.paginated(self.webhook(webhook_id).deliveries.all(), DeliverySerializer)


class DeliveryReplay(Call):
    scopes = {"POST": "write"}

    @extend_schema(request=None, responses=DeliverySerializer)
    def post(self, request: Request, delivery_id: int) -> Response:
        """Send it once more under the same id."""
        own = WebhookDelivery.objects.select_related("webhook__project")
        delivery = own.filter(pk=delivery_id, webhook__project__in=projects_for(self.caller)).first()
        if delivery is None:
            raise Http404(f"no delivery {delivery_id}")
        check_manages(self.caller, delivery.webhook.project)
        replay_delivery(delivery=delivery)
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data)
