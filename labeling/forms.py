"""What pages ask for. Forms parse; the rules that a service enforces are not repeated here."""

from typing import Any

from django import forms
from django.contrib.auth.models import User

from labeling.models import ApiToken, Membership, Project
from labeling.sources.readers import SUFFIXES, UnreadableFile, format_of


class Prose(forms.CharField):
    """Text kept as it was typed. Browsers send line ends as CR LF whatever was there, which is undone here: else saving
    unchanged guidelines would make a new version of them."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class ProjectForm(forms.ModelForm[Project]):
    """A project's fields; saving is `update_project`'s, so the form is never bound to the row itself."""

    dimensions = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What each response may be rated on from 1 to 5, one a line. Empty: no ratings.",
    )

    class Meta:
        model = Project
        fields = ("name", "guidelines", "dimensions", "overlap", "lease_minutes", "allow_ties")
        labels = {"allow_ties": "Ties are allowed", "lease_minutes": "Lease, in minutes"}
        field_classes = {"guidelines": Prose}
        widgets = {"guidelines": forms.Textarea(attrs={"rows": 14, "dir": "auto"})}

    @classmethod
    def initial_of(cls, project: Project) -> dict[str, Any]:
        return {**forms.model_to_dict(project, cls.Meta.fields), "dimensions": "\n".join(project.dimensions)}

    def clean_dimensions(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["dimensions"].splitlines() if line.strip()]


class NewProjectForm(ProjectForm):
    class Meta(ProjectForm.Meta):
        fields = ("name", "slug", *ProjectForm.Meta.fields[1:])  # type: ignore[assignment]  # one field more
        help_texts = {"slug": "The project's name in addresses: letters, digits and hyphens. It cannot change later."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dimensions"].initial = "\n".join(Project().dimensions)


class UploadForm(forms.Form):
    file = forms.FileField(
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES)}),
        help_text="JSONL, JSON or Parquet, one prompt a row.",
    )
    invalid = forms.ChoiceField(
        label="If a row is malformed",
        choices=[("refuse", "import nothing and say which"), ("skip", "leave that row out and import the others")],
        initial="refuse",
        widget=forms.RadioSelect,
    )
    format = ""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            self.format = format_of(file.name)
        except UnreadableFile as error:
            raise forms.ValidationError(str(error)) from None
        return file


class MemberForm(forms.Form):
    user = forms.CharField(label="User name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=Membership.Role, initial=Membership.Role.ANNOTATOR)
    cohort = forms.CharField(required=False, help_text="Tags such as a language or a region, with commas between them.")

    def clean_user(self) -> User:
        name = self.cleaned_data["user"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise forms.ValidationError(f"There is no user {name!r}. Accounts are made in the admin.")
        return user

    def clean_cohort(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["cohort"].split(",") if tag.strip()]


class TokenForm(forms.Form):
    name = forms.CharField(required=False, max_length=100, help_text="What it is for, so that you know it again.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in ApiToken.SCOPES], widget=forms.CheckboxSelectMultiple
    )
    expires_at = forms.DateTimeField(
        label="Expires",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: never.",
    )
