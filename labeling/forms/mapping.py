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
    )
    unanswered = forms.BooleanField(
        label=_("There are none yet: the prompts wait for responses of LLMs"), required=False
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

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("responses") and not cleaned.get("unanswered") and "responses" not in self.errors:
            # Nobody is to find out later that a column was forgotten.
            self.add_error("responses", _("Choose the columns that hold responses, or say that there are none yet."))
        if cleaned.get("responses") and cleaned.get("unanswered"):
            self.add_error("unanswered", _("Responses are chosen above; one of the two is meant."))
        return cleaned

    def mapping(self) -> ColumnMapping:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
            if name not in ("invalid", "unanswered")
        }
        taken = {given["prompt"], given["id"], given["system"], given["split_key"], *given["responses"]}
        given["metadata"] = tuple(name for name in given["metadata"] if name not in taken)
        return ColumnMapping(**given)
