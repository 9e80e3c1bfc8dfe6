"""Rows, rankings and callers that several folders of tests need, made by the services that make the real ones."""

import json
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from rest_framework.renderers import JSONRenderer, MultiPartRenderer
from rest_framework.test import APIClient

from labeling.judgements import Judgement
from labeling.models import ApiToken, Assignment, Project, Prompt, Ranking
from labeling.selectors.exports import Choices, export_pieces
from labeling.services.assignments import next_assignment
from labeling.services.imports import ImportFile, ImportReport, import_prompts
from labeling.services.rankings import submit_ranking
from labeling.services.tokens import create_token

_keys = count(1)


def row(id: str = "p-1", *, responses: Sequence[Any] = ("One.", "Two.", "Three."), **fields: Any) -> dict[str, Any]:
    """One row of the import format; plain responses are called r1, r2, …"""
    return {"id": id, "prompt": f"What about {id}?", "responses": list(responses), **fields}


def import_file(project: Project, content: bytes, *, format: str = "jsonl", **options: Any) -> ImportReport:
    recipe = options.pop("recipe", "prompts")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.write_bytes(content)
        file = ImportFile(path, format, recipe)
        return import_prompts(project=project, user=project.created_by, file=file, **options)


def make_prompts(project: Project, *ids: str, **fields: Any) -> list[Prompt]:
    """Prompts of three responses r1, r2, r3, imported in this order."""
    import_file(project, to_jsonl(*(row(id, **fields) for id in ids)))
    return list(project.prompts.filter(external_id__in=ids))


def to_jsonl(*rows: Any) -> bytes:
    return b"".join(json.dumps(item, ensure_ascii=False).encode() + b"\n" for item in rows)


def tiers_of(prompt: Prompt, order: str) -> list[list[str]]:
    """The response keys of an order such as "r2 > r1 = r3", which names them by the ids of the import."""
    keys = dict(prompt.responses.values_list("external_id", "key"))
    return [[keys[name.strip()] for name in tier.split("=")] for tier in order.split(">")]


def rank(annotator: User, prompt: Prompt, order: str, *, key: str = "", **said: Any) -> Ranking:
    """Lend the prompt to the annotator and submit that order."""
    assignment = lend(annotator, prompt)
    ranking, _ = submit_ranking(
        assignment=assignment,
        judgement=Judgement(tiers=tiers_of(prompt, order), **said),
        idempotency_key=key or f"key-{next(_keys)}",
    )
    return ranking


def rank_next(annotator: User, project: Project, **said: Any) -> Ranking | None:
    """Submit whatever the annotator is lent next, in the order shown; None when nothing is left."""
    assignment = next_assignment(project=project, annotator=annotator)
    if assignment is None:
        return None
    judgement = Judgement(tiers=[[key] for key in assignment.display_order], **said)
    return submit_ranking(assignment=assignment, judgement=judgement, idempotency_key=f"key-{next(_keys)}")[0]


def lend(annotator: User, prompt: Prompt) -> Assignment:
    """The assignment through which the annotator gets this very prompt; they must have nothing else to do before it."""
    assignment = next_assignment(project=prompt.project, annotator=annotator)
    assert assignment is not None
    assert assignment.prompt_id == prompt.pk, "another prompt comes first"
    return assignment


class AsciiJson(JSONRenderer):
    """JSON that can say anything, half a surrogate pair too."""

    ensure_ascii = True


class Caller(APIClient):
    renderer_classes_list = (AsciiJson, MultiPartRenderer)


def api(user: User | None, *scopes: str, crashes: bool = True) -> Caller:
    """A caller of the REST API with a token of its own; anonymous for None. With `crashes` off a crash is a 500."""
    client = Caller(raise_request_exception=crashes)
    if user is not None:
        _, secret = create_token(user=user, scopes=scopes or ApiToken.SCOPES)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def exported_lines(project: Project, **choices: Any) -> list[bytes]:
    """The lines of an export that is made now."""
    return b"".join(export_pieces(project, Choices(**choices))).splitlines(keepends=True)
