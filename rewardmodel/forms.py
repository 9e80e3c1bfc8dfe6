"""What the pages of rewardmodel ask for."""

from django import forms

from rewardmodel.models import RetrainPolicy


class PolicyForm(forms.ModelForm[RetrainPolicy]):
    class Meta:
        model = RetrainPolicy
        fields = ("paused", "every_n_rankings", "every_hours")
        labels = {
            "paused": "Paused: train only when somebody asks",
            "every_n_rankings": "After so many new rankings",
            "every_hours": "Or after so many hours, if there are new rankings",
        }
