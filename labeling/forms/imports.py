from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.sources.readers import SUFFIXES, UnreadableFile, format_of


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
        help_text=_("JSONL, JSON, CSV, Parquet or Arrow, one prompt a row."),
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
    format = ""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            self.format = format_of(file.name)
        except UnreadableFile:
            known = {"name": file.name, "endings": ", ".join(SUFFIXES)}
            said = _("%(name)s has none of the known endings: %(endings)s")
            raise forms.ValidationError(said, params=known) from None
        return file
