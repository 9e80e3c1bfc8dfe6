from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.sources.readers import SUFFIXES, UnreadableFile, format_of

RECIPE_CHOICES = [
    ("prompts", _("prompts with their responses")),
    ("unanswered", _("prompts that wait for responses")),
    ("pairs", _("pairs: prompt, chosen, rejected")),
    ("scored", _("responses with scores")),
    ("votes", _("votes on two responses")),
    ("groups", _("Podium's own groups, with rankings")),
    ("sentiment", _("labelled texts: positive or negative")),
    ("labelstudio", _("Label Studio, JSON")),
    ("argilla", _("Argilla, JSON")),
    ("openai", _("OpenAI chat logs")),
    ("groundtruth", _("SageMaker Ground Truth manifest")),
]


class AddressForm(forms.Form):
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "hf://owner/name?split=train"}),
    )
    recipe = forms.ChoiceField(label=_("What its rows are"), choices=RECIPE_CHOICES, initial="prompts")
    skip_invalid = forms.BooleanField(label=_("Leave malformed rows out"), required=False)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
        help_text=_("JSONL, JSON, CSV, Parquet or Arrow, one prompt a row."),
    )
    recipe = forms.ChoiceField(label=_("What its rows are"), choices=RECIPE_CHOICES, initial="prompts")
    invalid = forms.ChoiceField(
        label=_("If a row is malformed"),
        choices=[
            ("refuse", _("import nothing and say which")),
            ("skip", _("leave that row out and import the others")),
        ],
        initial="refuse",
        widget=forms.RadioSelect,
    )
    format = ""

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        # A script that sends the form without saying so means the import format.
        super().__init__(data if data is None else {"recipe": "prompts", **data.dict()}, *args, **options)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            self.format = format_of(file.name)
        except UnreadableFile:
            known = {"name": file.name, "endings": ", ".join(SUFFIXES)}
            said = _("%(name)s has none of the known endings: %(endings)s")
            raise forms.ValidationError(said, params=known) from None
        return file
