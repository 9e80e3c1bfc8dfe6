from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.sources.mapping import ColumnMapping


class MappingForm(forms.Form):
    """What each column of an uploaded table is."""

    prompt = forms.ChoiceField(label=_("Prompt"))
    responses = forms.MultipleChoiceField(
        label=_("Responses"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Without any, the prompts wait for responses of LLMs."),
    )
    named = forms.BooleanField(label=_("These columns are called after the models that wrote them"), required=False)
    id = forms.ChoiceField(
        label=_("Id"), required=False, help_text=_("By it the same row is known again; else by its content.")
    )
    system = forms.ChoiceField(label=_("System message"), required=False)
    split_key = forms.ChoiceField(
        label=_("Split key"), required=False, help_text=_("Rows that share it stay in one split: train or test.")
    )
    metadata = forms.MultipleChoiceField(
        label=_("Kept beside the prompt"), widget=forms.CheckboxSelectMultiple, required=False
    )
    invalid = forms.ChoiceField(
        label=_("If a row is malformed"),
        choices=[
            ("refuse", _("import nothing and say which")),
            ("skip", _("leave that row out and import the others")),
        ],
        initial="refuse",
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, columns: Sequence[str], **options: Any) -> None:
        super().__init__(data, **options)
        for name in ("prompt", "responses", "metadata"):
            self.fields[name].choices = [(column, column) for column in columns]  # type: ignore[attr-defined]
        for name in ("id", "system", "split_key"):
            self.fields[name].choices = [("", "–"), *((column, column) for column in columns)]  # type: ignore[attr-defined]

    def mapping(self) -> ColumnMapping:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
            if name != "invalid"
        }
        taken = {given["prompt"], given["id"], given["system"], given["split_key"], *given["responses"]}
        given["metadata"] = tuple(name for name in given["metadata"] if name not in taken)
        return ColumnMapping(**given)
