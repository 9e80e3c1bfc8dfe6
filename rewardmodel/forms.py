"""What the pages of rewardmodel ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rewardmodel.models import DecisionPolicy, GatePolicy, RetrainPolicy


class PolicyForm(forms.ModelForm[RetrainPolicy]):
    class Meta:
        model = RetrainPolicy
        fields = ("paused", "every_n_rankings", "every_hours", "on_guidelines", "cooldown_hours", "budget_hours")
        labels = {
            "paused": _("Paused: train only when somebody asks"),
            "every_n_rankings": _("After so many new rankings"),
            "every_hours": _("Or after so many hours, if there are new rankings"),
            "on_guidelines": _("Or when the guidelines have changed and somebody has ranked under them"),
            "cooldown_hours": _("Hours between two runs at least"),
            "budget_hours": _("Hours of training a week at most"),
        }


class GateForm(forms.ModelForm[GatePolicy]):
    class Meta:
        model = GatePolicy
        fields = (
            "mode",
            "max_drop",
            "slice_tolerance",
            "fewest_prompts",
            "max_ece",
            "max_length_correlation",
            "max_slowdown",
        )
        labels = {
            "mode": _("When a challenger passes"),
            "max_drop": _("Points it may lie below the champion, at the lower end of the interval"),
            "slice_tolerance": _("Points it may be worse in a slice, unless chance could have done it"),
            "fewest_prompts": _("Test prompts needed"),
            "max_ece": _("Largest calibration error"),
            "max_length_correlation": _("Largest correlation of score and length"),
            "max_slowdown": _("Times the champion's time per response"),
        }


class DecisionForm(forms.ModelForm[DecisionPolicy]):
    class Meta:
        model = DecisionPolicy
        fields = ("show_from", "regenerate_below")
        labels = {
            "show_from": _("Show from this probability on"),
            "regenerate_below": _("Have it written anew below this probability"),
        }


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason, needed to reject"), max_length=2000, required=False)
