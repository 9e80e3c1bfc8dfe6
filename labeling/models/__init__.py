from labeling.models.assignments import Assignment
from labeling.models.jobs import Job
from labeling.models.people import ApiToken, Membership, Pseudonym
from labeling.models.projects import Project
from labeling.models.prompts import Prompt, Response
from labeling.models.rankings import Ranking

__all__ = ["ApiToken", "Assignment", "Job", "Membership", "Project", "Prompt", "Pseudonym", "Ranking", "Response"]
