from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.forms.prose import Prose

REASON = forms.Textarea(attrs={"rows": 3, "dir": "auto"})


class ExclusionForm(forms.Form):
    """Why a person's rankings are set aside, and whether others are to rank the same prompts."""

    reason = Prose(
        label=_("Reason"), widget=REASON, help_text=_("It is kept with the decision; the person does not see it.")
    )
    reopen = forms.BooleanField(
        label=_("Ask somebody else for their prompts"),
        required=False,
        help_text=_("Each prompt that they have ranked gets one more annotator."),
    )


class InclusionForm(forms.Form):
    """Why the rankings count again."""

    reason = Prose(label=_("Reason"), widget=REASON, help_text=_("It is kept with the decision."))
