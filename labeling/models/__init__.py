from labeling.models.assignments import HIDDEN_CHECKS, NOT_DATA, Assignment, AssignmentKind
from labeling.models.exclusions import Exclusion
from labeling.models.generation import Endpoint, GenerationRecord, Which
from labeling.models.guidelines import GuidelinesSeen, GuidelinesVersion
from labeling.models.jobs import Job
from labeling.models.people import ApiToken, Membership, Pseudonym
from labeling.models.practice import GoldOrder, PracticeAttempt
from labeling.models.projects import OrderPolicy, Project
from labeling.models.prompts import Prompt, Response
from labeling.models.rankings import Ranking
from labeling.models.statistics import (
    AgreementTotal,
    AnnotatorReliability,
    CheckResult,
    CoincidenceTotal,
    ProjectAnalysis,
    PromptStatistics,
    RankingFacts,
)
from labeling.models.webhooks import EventKind, ProjectWatch, Webhook, WebhookDelivery

__all__ = [
    "HIDDEN_CHECKS",
    "NOT_DATA",
    "AgreementTotal",
    "AnnotatorReliability",
    "ApiToken",
    "Assignment",
    "AssignmentKind",
    "CheckResult",
    "CoincidenceTotal",
    "Endpoint",
    "EventKind",
    "Exclusion",
    "GenerationRecord",
    "GoldOrder",
    "GuidelinesSeen",
    "GuidelinesVersion",
    "Job",
    "Membership",
    "OrderPolicy",
    "PracticeAttempt",
    "Project",
    "ProjectAnalysis",
    "ProjectWatch",
    "Prompt",
    "PromptStatistics",
    "Pseudonym",
    "Ranking",
    "RankingFacts",
    "Response",
    "Webhook",
    "WebhookDelivery",
    "Which",
]
