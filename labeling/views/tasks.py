"""What the templates of one task are given: a prompt lent for ranking, a ranking to revise, or a prompt to practise."""

import json
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from labeling.exceptions import NotQualified, SetAside
from labeling.models import Assignment, AssignmentKind, GoldOrder, Project, Prompt, Ranking, Response
from labeling.ranking import Tiers
from labeling.selectors.admission import is_admitted
from labeling.selectors.assignments import shown_responses, written_response
from labeling.selectors.guidelines import unseen_change
from labeling.selectors.practice import place_in_round, practice_responses
from labeling.sources.rows import MOST_RESPONSES
from labeling.views.requests import sentence

Context = dict[str, Any]


def work(user: User, project: Project, assignment: Assignment | None) -> Context:
    """The prompt of an assignment; without one, nothing is left to do."""
    if assignment is None:
        return _nothing(project)
    has_room = len(assignment.display_order) < MOST_RESPONSES
    return {
        **_task(user, project, assignment.prompt, shown_responses(assignment)),
        "assignment": assignment,
        "asks": _asks(project, skip=project.allow_skip, better=project.allow_better_response and has_room),
        "draft": json.dumps(assignment.draft or None),
    }


def refused(project: Project, refusal: NotQualified | SetAside) -> Context:
    """No prompt, and why this person is lent none."""
    return {**_nothing(project), "refusal": {"code": refusal.code, "reason": sentence(refusal.detail)}}


def revision(user: User, project: Project, ranking: Ranking) -> Context:
    """The prompt of a ranking, with that ranking as the draft."""
    assignment = ranking.assignment
    written = written_response(assignment)
    has_room = len(assignment.display_order) < MOST_RESPONSES
    return {
        **_task(user, project, ranking.prompt, shown_responses(assignment)),
        "assignment": assignment,
        "revises": ranking,
        # What somebody has written can be changed or removed even where no more is asked for.
        "asks": _asks(project, skip=False, better=written is not None or (project.allow_better_response and has_room)),
        "draft": json.dumps(_as_draft(ranking, written)),
        "back": _dispute(project, assignment) if assignment.kind == AssignmentKind.ADJUDICATION else "",
    }


def adjudication(user: User, project: Project, assignment: Assignment) -> Context:
    """A prompt to decide on: the same page as for everybody, with nothing of what the others said."""
    task = work(user, project, assignment)
    asks = [ask for ask in task["asks"] if ask != "skip"]
    return {**task, "asks": asks, "decides": assignment.prompt, "back": _dispute(project, assignment)}


def practice(user: User, project: Project, gold: GoldOrder) -> Context:
    """A practice prompt; beside the order nothing is asked."""
    number, total = place_in_round(gold, project)
    return {
        **_task(user, project, gold.prompt, practice_responses(gold, user)),
        "assignment": None,
        "gold": gold,
        "asks": [],
        "draft": "null",
        "practice_number": number,
        "practice_total": total,
        "is_entry_test": not is_admitted(user, project),
    }


def cards(responses: Iterable[Response]) -> list[dict[str, str]]:
    """The key and the text, and nothing else that a page's source could give away."""
    return [
        {"letter": letter, "key": response.key, "content": response.content}
        for letter, response in zip(string.ascii_uppercase, responses, strict=False)
    ]


def in_letters(tiers: Tiers, letters: Mapping[str, str]) -> str:
    """An order as people read it; `letters` holds the letter of each response."""
    return " > ".join(" = ".join(letters[key] for key in tier) for tier in tiers)


def _dispute(project: Project, assignment: Assignment) -> str:
    """Where a decision leads back to."""
    return reverse("dispute", args=[project.slug, assignment.prompt_id])


def _nothing(project: Project) -> Context:
    return {"project": project, "assignment": None, "gold": None, "revises": None}


def _task(user: User, project: Project, prompt: Prompt, responses: Sequence[Response]) -> Context:
    return {
        "project": project,
        "messages_shown": prompt.messages,
        "cards": cards(responses),
        "revises": None,
        "gold": None,
        "dimensions": json.dumps(project.dimensions),
        "guidelines_version": project.guidelines_version,
        "guidelines_change": unseen_change(user, project),
    }


def _asks(project: Project, *, skip: bool, better: bool) -> list[str]:
    asked = {
        "ratings": project.ask_ratings and bool(project.dimensions),
        "confidence": project.ask_confidence,
        "rationale": project.ask_rationale,
        "flags": project.ask_flags,
        "skip": skip,
        "better": better,
    }
    return [name for name, wanted in asked.items() if wanted]


def _as_draft(ranking: Ranking, written: Response | None) -> Context:
    """The ranking in the shape of a draft. The time and the moves of a revision are counted anew."""
    own = written.key if written else ""
    return {
        "tiers": [tier for tier in ranking.tiers if tier != [own]],
        "acceptable": ranking.acceptable and [key for key in ranking.acceptable if key != own],
        "ratings": ranking.ratings,
        "flags": ranking.flags,
        "confidence": ranking.confidence,
        "rationale": ranking.rationale,
        "better_response": written.content if written else "",
        "saved_at": int(ranking.created_at.timestamp() * 1000),
    }
