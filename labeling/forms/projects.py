from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from labeling.forms.prose import Prose
from labeling.forms.quotas import Quotas, quota_lines
from labeling.models import Project


class ProjectForm(forms.ModelForm[Project]):
    """A project's fields; saving is `update_project`'s, so the form is never bound to the row itself."""

    dimensions = forms.CharField(
        label=_("Dimensions"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What each response is rated on from 1 to 5, one a line."),
    )
    cohort_quotas = Quotas(
        label=_("Quotas"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "placeholder": _("de: 1\nexpert: 1")}),
        help_text=_(
            "How many of a prompt's annotators carry a tag, at least; one tag a line, such as “expert: 1”. The tags "
            "are those of people's cohorts."
        ),
    )
    GROUPS: ClassVar[tuple[tuple[Promise, tuple[str, ...]], ...]] = (
        (_("The work"), ("name", "guidelines")),
        (
            _("Who ranks what"),
            ("overlap", "lease_minutes", "order_policy", "cohort_quotas", "dispute_raters", "dispute_percent"),
        ),
        (_("The order"), ("allow_ties", "allow_skip", "allow_better_response")),
        (_("Asked beside the order"), ("ask_ratings", "dimensions", "ask_confidence", "ask_rationale", "ask_flags")),
        (_("Care"), ("min_reading_seconds", "practice", "show_agreement")),
        (
            _("Quality"),
            ("qualification", "pass_percent", "gold_percent", "repeat_percent", "weigh_by_reliability"),
        ),
    )

    class Meta:
        model = Project
        fields = (
            "name",
            "guidelines",
            "dimensions",
            "overlap",
            "lease_minutes",
            "order_policy",
            "cohort_quotas",
            "dispute_raters",
            "dispute_percent",
            "allow_ties",
            "allow_skip",
            "allow_better_response",
            "ask_ratings",
            "ask_confidence",
            "ask_rationale",
            "ask_flags",
            "min_reading_seconds",
            "practice",
            "show_agreement",
            "qualification",
            "pass_percent",
            "gold_percent",
            "repeat_percent",
            "weigh_by_reliability",
        )
        labels = {
            "name": _("Name"),
            "slug": _("Slug"),
            "guidelines": _("Guidelines"),
            "overlap": _("Annotators a prompt"),
            "lease_minutes": _("Lease, in minutes"),
            "allow_ties": _("Ties are allowed"),
            "allow_skip": _("Prompts can be skipped"),
            "allow_better_response": _("Annotators may write a better response"),
            "ask_ratings": _("Ratings"),
            "ask_confidence": _("Confidence"),
            "ask_rationale": _("Rationale"),
            "ask_flags": _("Flags"),
            "min_reading_seconds": _("Shortest reading time, in seconds"),
            "practice": _("Practice comes before real work"),
            "show_agreement": _("Annotators see their agreement with others"),
            "order_policy": _("Order of the prompts"),
            "dispute_raters": _("More annotators for a dispute"),
            # "% of" is no placeholder, though gettext takes it for one.
            # xgettext:no-python-format
            "dispute_percent": _("Rankings are a dispute below, in % of pairs"),
            "qualification": _("Practice is an entry test"),
            "pass_percent": _("Pass mark, in %"),
            # xgettext:no-python-format
            "gold_percent": _("Hidden gold checks, in % of work"),
            # xgettext:no-python-format
            "repeat_percent": _("Hidden repeats, in % of work"),
            "weigh_by_reliability": _("Rankings weigh by the reliability of their annotator"),
        }
        field_classes = {"guidelines": Prose}
        widgets = {"guidelines": forms.Textarea(attrs={"rows": 14, "dir": "auto"})}

    @classmethod
    def initial_of(cls, project: Project) -> dict[str, Any]:
        return {
            **forms.model_to_dict(project, cls.Meta.fields),
            "dimensions": "\n".join(project.dimensions),
            "cohort_quotas": quota_lines(project.cohort_quotas),
        }

    def groups(self) -> Iterator[tuple[Promise, list[BoundField]]]:
        """The fields by what they are about, each group with its name."""
        for name, fields in self.GROUPS:
            yield name, [self[field] for field in fields]

    def clean_dimensions(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["dimensions"].splitlines() if line.strip()]


class NewProjectForm(ProjectForm):
    """What a project cannot do without; the rest has defaults and waits on the settings page."""

    GROUPS = ()

    class Meta(ProjectForm.Meta):
        fields = ("name", "slug", "guidelines", "overlap", "lease_minutes", "allow_ties")  # type: ignore[assignment]
        help_texts = {
            "slug": _("The project's name in addresses: letters, digits and hyphens. It cannot change later.")
        }

    dimensions = cohort_quotas = None  # type: ignore[assignment]  # Django's way to leave out inherited fields
