from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.models import EventKind


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Each event is posted to it as JSON, signed after Standard Webhooks."),
    )
    events = forms.MultipleChoiceField(
        label=_("What it is told of"), choices=EventKind.choices, widget=forms.CheckboxSelectMultiple
    )
