from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from labeling.models import ApiToken, Membership


class MemberForm(forms.Form):
    user = forms.CharField(label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role, initial=Membership.Role.ANNOTATOR)
    cohort = forms.CharField(
        label=_("Cohort"),
        required=False,
        help_text=_("Tags such as a language or a region, with commas between them."),
    )

    def clean_user(self) -> User:
        name = self.cleaned_data["user"]
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None:
            raise forms.ValidationError(
                gettext("There is no user %(name)s. Accounts are made in the admin.") % {"name": repr(name)}
            )
        return user

    def clean_cohort(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["cohort"].split(",") if tag.strip()]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, help_text=_("What it is for, so that you know it again.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=[(scope, scope) for scope in ApiToken.SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    expires_at = forms.DateTimeField(
        label=_("Expires"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: never."),
    )
