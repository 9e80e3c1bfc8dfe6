from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.models import Endpoint, Which
from labeling.services.endpoints import BOUNDS
from labeling.sources.rows import MOST_RESPONSES


class EndpointForm(forms.ModelForm[Endpoint]):
    """An LLM that answers prompts; `labeling.services.endpoints` checks its figures."""

    key = forms.CharField(
        label=_("Key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted and never shown again."),
    )

    class Meta:
        model = Endpoint
        fields = (
            "model",
            "url",
            "name",
            "system_prompt",
            "temperature",
            "top_p",
            "max_tokens",
            "seed",
            "requests_per_minute",
            "concurrency",
            "prompt_price",
            "completion_price",
        )
        labels = {
            "model": _("Model"),
            "url": _("Address"),
            "name": _("Name"),
            "system_prompt": _("System message"),
            "temperature": _("Temperature"),
            "top_p": _("Top p"),
            "max_tokens": _("Longest response, in tokens"),
            "seed": _("Seed"),
            "requests_per_minute": _("Requests a minute"),
            "concurrency": _("Requests at once"),
            "prompt_price": _("Price of a million prompt tokens"),
            "completion_price": _("Price of a million response tokens"),
        }
        help_texts = {
            "model": _("As the endpoint calls it; a local one: a folder or a Hugging Face id."),
            "url": _("Of an OpenAI-compatible API, up to /v1. Left empty, the model is loaded where training runs."),
            "name": _("What its responses are listed under; by default the model's."),
            "seed": _("The same seed gives the same responses, where the endpoint keeps to it."),
            "requests_per_minute": _("0: as fast as it answers."),
        }
        widgets = {
            "url": forms.URLInput(attrs={"placeholder": "https://…/v1"}),
            "system_prompt": forms.Textarea(attrs={"rows": 3}),
        }

    FIRST = ("model", "url", "key", "name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].required = False
        for name, (least, most) in BOUNDS.items():
            self.fields[name].widget.attrs.update({"min": least, "max": most})

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """What has a default that will do."""
        return [field for field in self if field.name not in self.FIRST]


class JudgingForm(forms.Form):
    endpoint = forms.ChoiceField(label=_("Who ranks"))
    limit = forms.IntegerField(label=_("No more prompts than"), min_value=1, required=False)

    def __init__(self, *args: Any, endpoints: Sequence[Endpoint], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["endpoint"].choices = [(str(one.pk), one.name) for one in endpoints]  # type: ignore[attr-defined]


class GenerationForm(forms.Form):
    endpoints = forms.MultipleChoiceField(label=_("Who answers"), widget=forms.CheckboxSelectMultiple)
    n = forms.IntegerField(label=_("Responses of each"), min_value=1, max_value=MOST_RESPONSES, initial=2)
    which = forms.ChoiceField(label=_("Which prompts"), choices=Which.choices, widget=forms.RadioSelect)
    limit = forms.IntegerField(
        label=_("No more prompts than"), min_value=1, required=False, help_text=_("A few first show what you get.")
    )

    def __init__(self, *args: Any, endpoints: Sequence[Endpoint], counts: dict[str, int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["endpoints"].choices = [(str(one.pk), one.name) for one in endpoints]  # type: ignore[attr-defined]
        self.fields["which"].choices = [  # type: ignore[attr-defined]
            (value, f"{label} ({counts[value]})") for value, label in Which.choices
        ]
        self.fields["which"].initial = Which.UNANSWERED if counts[Which.UNANSWERED] else Which.UNRANKED
