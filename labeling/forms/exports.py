from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.formats.compression import COMPRESSIONS
from labeling.formats.containers import CONTAINERS
from labeling.models import Prompt

SHAPES = [
    ("trl", _("trl: pairs with margin, weight and where they came from")),
    ("dpo", _("dpo: prompt, chosen, rejected")),
    ("kto", _("kto: single responses that may or may not be shown")),
    ("openrlhf", _("openrlhf: whole conversations, chosen and rejected")),
    ("hh", _("hh: flat transcripts, chosen and rejected")),
    ("tokenized", _("tokenized: pairs as token ids, made in the background")),
    ("groups", _("groups: each prompt with its responses and all rankings; what Podium trains on")),
]


class ExportForm(forms.Form):
    """What a manager chooses; `Choices` refuses what does not go together."""

    shape = forms.ChoiceField(label=_("Shape"), choices=SHAPES, initial="trl")
    format = forms.ChoiceField(label=_("Format"), choices=[(name, name) for name in CONTAINERS], initial="jsonl")
    compression = forms.ChoiceField(
        label=_("Compression"), choices=[("", _("none")), *((name, name) for name in COMPRESSIONS)], required=False
    )
    split = forms.ChoiceField(
        label=_("Split"), choices=[("", _("all")), *((name, name) for name in Prompt.Split.values)], required=False
    )
    model = forms.CharField(label=_("Only with a response of this model"), max_length=255, required=False, strip=False)
    judges = forms.BooleanField(label=_("Rankings by LLMs too"), required=False)
    tokenizer = forms.CharField(
        label=_("Tokenizer, if tokenized"),
        max_length=255,
        required=False,
        help_text=_("A Hugging Face id, or a folder where models are trained."),
    )
    max_length = forms.IntegerField(label=_("Longest row, if tokenized"), min_value=8, required=False)
    include_ties = forms.BooleanField(label=_("Ties too, as pairs of margin 0"), required=False)
