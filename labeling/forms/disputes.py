from django import forms
from django.utils.translation import gettext_lazy as _


class OverlapForm(forms.Form):
    """How many annotators one prompt gets."""

    overlap = forms.IntegerField(
        label=_("Annotators for this prompt"),
        required=False,
        min_value=1,
        max_value=50,
        help_text=_("Empty: as many as the project says."),
    )
