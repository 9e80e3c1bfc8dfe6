"""What the pages of rewardmodel ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rewardmodel.models import RetrainPolicy


class PolicyForm(forms.ModelForm[RetrainPolicy]):
    class Meta:
        model = RetrainPolicy
        fields = ("paused", "every_n_rankings", "every_hours")
        labels = {
            "paused": _("Paused: train only when somebody asks"),
            "every_n_rankings": _("After so many new rankings"),
            "every_hours": _("Or after so many hours, if there are new rankings"),
        }
