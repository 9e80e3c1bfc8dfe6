"""The demo: one company's customer support, three annotators, and the rankings they have made already."""

import json
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from labeling.judgements import parse_judgement
from labeling.models import Membership, Project, Ranking
from labeling.services.imports import ImportFile, import_prompts
from labeling.services.members import add_member
from labeling.services.projects import create_project
from labeling.services.rankings import record_judgement

FOLDER = Path(__file__).resolve().parent.parent / "demo"
SLUG = "demo"
ADMIN = "admin"
ANNOTATORS = ("ada", "grace", "alan")


def seed_demo(*, admin_password: str = "") -> dict[str, str]:
    """Make the admin, the demo annotators and the demo project, as far as they are missing.

    Returns the passwords that were generated now; they are stored hashed and cannot be shown again. With
    `admin_password` the admin gets that one, also later on.
    """
    generated: dict[str, str] = {}
    with transaction.atomic():
        admin = _admin(admin_password, generated)
        annotators = {name: _annotator(name, generated) for name in ANNOTATORS}
        if not Project.objects.filter(slug=SLUG).exists():
            _project(admin, annotators)
    return generated


def _admin(password: str, generated: dict[str, str]) -> User:
    admin, created = User.objects.get_or_create(username=ADMIN, defaults={"is_staff": True, "is_superuser": True})
    if created and not password:
        password = generated[ADMIN] = secrets.token_urlsafe(12)
    if password and not admin.check_password(password):
        admin.set_password(password)
        admin.save(update_fields=["password"])
    return admin


def _annotator(name: str, generated: dict[str, str]) -> User:
    user, created = User.objects.get_or_create(username=name)
    if created:
        generated[name] = secrets.token_urlsafe(9)
        user.set_password(generated[name])
        user.save(update_fields=["password"])
    return user


def _project(admin: User, annotators: dict[str, User]) -> None:
    project = create_project(
        creator=admin,
        slug=SLUG,
        name="Fennimoor support",
        guidelines=(FOLDER / "guidelines.md").read_text(encoding="utf-8"),
        ask_ratings=True,
        ask_rationale=True,
        ask_flags=True,
        allow_better_response=True,
    )
    for user in annotators.values():
        add_member(project=project, user=user, role=Membership.Role.ANNOTATOR)
    import_prompts(project=project, user=admin, file=ImportFile(FOLDER / "prompts.jsonl", "jsonl"))
    with (FOLDER / "rankings.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file):
            _ranking(project, annotators, json.loads(line), key=f"demo-{number}")


def _ranking(project: Project, annotators: dict[str, User], row: dict[str, Any], *, key: str) -> None:
    prompt = project.prompts.get(external_id=row["prompt"])
    keys = dict(prompt.responses.values_list("external_id", "key"))
    judgement = parse_judgement(
        {
            "tiers": [[keys[response] for response in tier] for tier in row["tiers"]],
            "acceptable": [keys[response] for response in row["acceptable"]],
            "ratings": {keys[response]: rated for response, rated in row["ratings"].items()},
            "rationale": row["rationale"],
            "seconds": row["seconds"],
        },
        responses=keys.values(),
        dimensions=project.dimensions,
        allow_ties=True,
    )
    record_judgement(
        prompt=prompt,
        annotator=annotators[row["annotator"]],
        judgement=judgement,
        source=Ranking.Source.DEMO,
        idempotency_key=key,
    )
