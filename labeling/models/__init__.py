from labeling.models.assignments import Assignment
from labeling.models.guidelines import GuidelinesSeen, GuidelinesVersion
from labeling.models.jobs import Job
from labeling.models.people import ApiToken, Membership, Pseudonym
from labeling.models.practice import GoldOrder, PracticeAttempt
from labeling.models.projects import Project
from labeling.models.prompts import Prompt, Response
from labeling.models.rankings import Ranking

__all__ = [
    "ApiToken",
    "Assignment",
    "GoldOrder",
    "GuidelinesSeen",
    "GuidelinesVersion",
    "Job",
    "Membership",
    "PracticeAttempt",
    "Project",
    "Prompt",
    "Pseudonym",
    "Ranking",
    "Response",
]
