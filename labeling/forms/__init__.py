"""What pages ask for. Forms parse; the rules that a service enforces are not repeated here."""

from labeling.forms.annotators import ExclusionForm, InclusionForm
from labeling.forms.disputes import OverlapForm
from labeling.forms.exports import ExportForm
from labeling.forms.generation import EndpointForm, GenerationForm, JudgingForm
from labeling.forms.imports import AddressForm, UploadForm
from labeling.forms.mapping import MappingForm
from labeling.forms.people import MemberForm, TokenForm
from labeling.forms.practice import GoldForm
from labeling.forms.projects import NewProjectForm, ProjectForm
from labeling.forms.webhooks import WebhookForm

__all__ = [
    "AddressForm",
    "EndpointForm",
    "ExclusionForm",
    "ExportForm",
    "GenerationForm",
    "GoldForm",
    "InclusionForm",
    "JudgingForm",
    "MappingForm",
    "MemberForm",
    "NewProjectForm",
    "OverlapForm",
    "ProjectForm",
    "TokenForm",
    "UploadForm",
    "WebhookForm",
]
