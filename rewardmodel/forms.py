"""What the pages of rewardmodel ask for."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from django import forms
from django.forms import BoundField
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from labeling.models import Project
from rewardmodel.ml.arguments import preset_for
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.errors import InputError
from rewardmodel.models import DatasetSnapshot, DecisionPolicy, GatePolicy, RetrainPolicy

# Every option of a run that is its owner's to choose, in the order in which one thinks of them.
OPTIONS = {
    _("Model"): ("base_model", "max_length", "do_train"),
    _("How long and how fast"): (
        "num_train_epochs",
        "max_steps",
        "learning_rate",
        "lr_scheduler_type",
        "warmup_steps",
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "max_tokens_per_batch",
        "early_stopping_patience",
    ),
    _("What is learned"): (
        "loss",
        "margin_scale",
        "label_smoothing_factor",
        "annotator_temperature",
        "center_rewards_coefficient",
        "rating_coefficient",
        "ensemble_heads",
        "replay",
        "held_out_annotators",
    ),
    _("Memory and device"): (
        "strategy",
        "bf16",
        "gradient_checkpointing",
        "lora_r",
        "lora_alpha",
        "lora_dropout",
        "quantization",
        "freeze_layers",
        "device_map",
    ),
    _("Regularization and seed"): ("weight_decay", "max_grad_norm", "dropout", "seed"),
    _("Measuring and saving"): (
        "do_predict",
        "eval_strategy",
        "eval_steps",
        "logging_steps",
        "save_steps",
        "save_total_limit",
        "split_salt",
    ),
}
# Asked from the start; the rest waits under its heading until somebody opens it.
OPEN_GROUPS = 2


class SnapshotField(forms.ModelChoiceField[DatasetSnapshot]):
    def label_from_instance(self, obj: DatasetSnapshot) -> str:
        moment = date_format(localtime(obj.created_at), "DATETIME_FORMAT")
        return _("%(moment)s: %(rankings)s rankings") % {"moment": moment, "rankings": obj.rankings}


class RunForm(forms.Form):
    """A run's snapshot and options; what is left empty stays as the model's preset has it.

    filled: options to begin with, as those of a run that is cloned.
    """

    snapshot = SnapshotField(
        DatasetSnapshot.objects.none(),
        label=_("Rankings"),
        required=False,
        empty_label=_("all that there are now, frozen anew"),
    )
    keep = forms.BooleanField(
        label=_("Keep these options for the project's later runs, those it starts by itself above all"), required=False
    )

    def __init__(self, *arguments: Any, project: Project, filled: Mapping[str, Any], **more: Any) -> None:
        super().__init__(*arguments, **more)
        snapshots = self.fields["snapshot"]
        assert isinstance(snapshots, SnapshotField)  # noqa: S101  declared above
        snapshots.queryset = project.snapshots.all()
        types, defaults = get_type_hints(TrainConfig), preset_of(filled)
        for spec in fields(TrainConfig):
            if any(spec.name in names for names in OPTIONS.values()):
                field = option_field(types[spec.name], spec.metadata, defaults.get(spec.name, spec.default))
                field.label, field.required, field.initial = spec.name, False, filled.get(spec.name)
                self.fields[spec.name] = field

    @property
    def sections(self) -> Iterator[tuple[str, list[BoundField], bool]]:
        """Heading, fields, and whether they are shown at once."""
        for place, (name, options) in enumerate(OPTIONS.items()):
            own = [self[option] for option in options]
            yield str(name), own, place < OPEN_GROUPS or any(field.value() not in (None, "") for field in own)

    @property
    def config(self) -> dict[str, Any]:
        """What was chosen, of a valid form."""
        types = get_type_hints(TrainConfig)
        chosen = {name: self.cleaned_data[name] for names in OPTIONS.values() for name in names}
        return {
            name: value == "yes" if types[name] is bool else value
            for name, value in chosen.items()
            if value not in (None, "")
        }


def option_field(kind: type, metadata: Mapping[str, Any], default: Any) -> forms.Field:
    """The field for an option: its meaning below it, and what holds if it is left empty within it."""
    choices: tuple[str, ...] = metadata["check"].names if metadata["check"] else ()
    words = {True: _("yes"), False: _("no")}
    if kind is bool:
        yes_or_no = [(word, words[word == "yes"]) for word in ("yes", "no")]
        return forms.ChoiceField(choices=[("", f"({words[default]})"), *yes_or_no], help_text=metadata["help"])
    if choices:
        named = [(name, name) for name in choices]
        return forms.ChoiceField(choices=[("", f"({default})"), *named], help_text=metadata["help"])
    hint = {"placeholder": str(default)}
    if kind is int:
        return forms.IntegerField(widget=forms.NumberInput(hint), help_text=metadata["help"])
    if kind is float:
        return forms.FloatField(widget=forms.NumberInput({**hint, "step": "any"}), help_text=metadata["help"])
    return forms.CharField(widget=forms.TextInput(hint), help_text=metadata["help"])


def preset_of(filled: Mapping[str, Any]) -> dict[str, Any]:
    """What holds for the base model if nothing is chosen."""
    try:
        return preset_for(filled.get("base_model") or TrainConfig.base_model)
    except InputError:
        return {}


class PolicyForm(forms.ModelForm[RetrainPolicy]):
    class Meta:
        model = RetrainPolicy
        fields = (
            "paused",
            "every_n_rankings",
            "every_hours",
            "cron",
            "time_zone",
            "on_guidelines",
            "on_drift",
            "warm_start",
            "cooldown_hours",
            "budget_hours",
            "email_managers",
        )
        # Their names are English in every language.
        widgets = {"time_zone": forms.Select(attrs={"lang": "en"})}
        labels = {
            "paused": _("Paused: train only when somebody asks"),
            "every_n_rankings": _("After so many new rankings"),
            "every_hours": _("Or after so many hours, if there are new rankings"),
            "cron": _("Or at these times, if there are new rankings (cron)"),
            "time_zone": _("Time zone of these times"),
            "on_drift": _("Or when something has drifted"),
            "warm_start": _("Go on from the champion"),
            "on_guidelines": _("Or when the guidelines have changed and somebody has ranked under them"),
            "cooldown_hours": _("Hours between two runs at least"),
            "budget_hours": _("Hours of training a week at most"),
            "email_managers": _("E-mail the managers when a run fails and when a version is promoted or not"),
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
