from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.forms.prose import Prose


class GoldForm(forms.Form):
    """The order that is expected of a practice prompt; the prompt is in the page's address."""

    order = forms.CharField(
        label=_("Expected order"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "B > A = D"}),
        help_text=_("Letters, best first, such as B > A = D. Responses that you leave out may stand anywhere."),
    )
    in_round = forms.BooleanField(
        label=_("In the practice round"),
        required=False,
        initial=True,
        help_text=_("Otherwise it is kept for hidden checks: nobody is shown its order."),
    )
    explanation = Prose(
        label=_("Explanation"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=_(
            "Why, in Markdown. It is shown after an attempt. Write @B for response B: each annotator sees the "
            "responses in an order of their own, and reads the letter that it has there."
        ),
    )
