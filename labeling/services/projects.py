"""Making and changing projects."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Project
from labeling.services.disputes import widen_disputes
from labeling.services.members import LONGEST_TAG
from labeling.services.quotas import reseat_annotators

LONGEST_DIMENSION = 60
MOST_DIMENSIONS = 12
# What has consequences for prompts and rankings when it changes.
WATCHED = ("overlap", "guidelines", "cohort_quotas", "dispute_raters", "dispute_percent")


@transaction.atomic
def create_project(*, creator: User, slug: str, name: str, **fields: Any) -> Project:
    """A new project that `creator` manages. Raises `InvalidInput`, and `Conflict` when the slug is taken."""
    project = Project(slug=slug, name=name, created_by=creator, **fields)
    _check(project)
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            _("a project with the slug %(slug)s exists already; choose another slug") % {"slug": repr(slug)}
        ) from None
    _keep_guidelines(project)
    return project


@transaction.atomic
def update_project(*, project: Project, **changes: Any) -> Project:
    """Change a project's fields.

    A new overlap opens or closes slots on prompts that have none of their own, a new limit for disputes opens some on
    those that have one, and new quotas give everybody who holds a slot the one that is theirs now. Changed guidelines
    get the next version number. The slug and the split salt stay: addresses and splits hang on them.
    """
    locked = Project.objects.select_for_update().get(pk=project.pk)
    fixed = {"slug", "split_salt", "created_by"} & {name for name in changes if changes[name] != getattr(locked, name)}
    if fixed:
        raise InvalidInput(f"{', '.join(sorted(fixed))} cannot be changed once a project exists")
    before = Project(**{name: getattr(locked, name) for name in WATCHED})
    for name, value in changes.items():
        setattr(locked, name, value)
    _check(locked)
    if locked.guidelines != before.guidelines:
        locked.guidelines_version += 1
        _keep_guidelines(locked)
    locked.save(update_fields=[*changes, "guidelines_version"])
    if locked.overlap != before.overlap:
        # By the difference: prompts keep what a dispute or an exclusion has added. Gold prompts stay without slots,
        # those with an overlap of their own with theirs; those without responses get theirs with the responses.
        ordinary = locked.prompts.filter(gold=None, own_overlap=None, awaits_responses=False)
        ordinary.update(slots=F("slots") + (locked.overlap - before.overlap))
    if locked.cohort_quotas != before.cohort_quotas:
        reseat_annotators(project=locked)
    if (locked.dispute_raters, locked.dispute_percent) != (before.dispute_raters, before.dispute_percent):
        widen_disputes(project=locked)
    project.refresh_from_db()
    return project


@transaction.atomic
def delete_project(*, project: Project) -> None:
    """Delete a project that has no rankings; `Conflict` otherwise, for rankings are people's work."""
    if project.prompts.filter(rankings__isnull=False).exists():
        raise Conflict(f"project {project.slug!r} holds rankings, which are not deleted with it")
    project.prompts.all().delete()
    project.delete()


def _keep_guidelines(project: Project) -> None:
    project.guidelines_versions.create(version=project.guidelines_version, text=project.guidelines)


def _check(project: Project) -> None:
    if isinstance(project.name, str) and not project.name.strip():
        detail = _("a project needs a name")
        raise InvalidInput(detail, errors=[{"field": "name", "detail": detail}])
    dimensions = project.dimensions
    if not isinstance(dimensions, list) or not all(
        isinstance(name, str) and name.strip() and len(name) <= LONGEST_DIMENSION for name in dimensions
    ):
        raise _wrong(
            "dimensions",
            _("dimensions must be a list of names of 1 to %(longest)s characters") % {"longest": LONGEST_DIMENSION},
        )
    if project.ask_ratings and not dimensions:
        missing = _("ratings need at least one dimension; name one, or do not ask for ratings")
        raise _wrong("dimensions", missing)
    if len(dimensions) > MOST_DIMENSIONS or len(set(dimensions)) < len(dimensions):
        raise _wrong(
            "dimensions", _("dimensions must be at most %(most)s names, each once") % {"most": MOST_DIMENSIONS}
        )
    _check_quotas(project)
    try:
        project.clean_fields(exclude=["created_by"])
    except ValidationError as error:
        errors = [{"field": field, "detail": " ".join(messages)} for field, messages in error.message_dict.items()]
        raise InvalidInput("; ".join(f"{item['field']}: {item['detail']}" for item in errors), errors=errors) from None


def _check_quotas(project: Project) -> None:
    quotas = project.cohort_quotas
    if not isinstance(quotas, dict) or not all(
        _is_tag(tag) and type(wanted) is int and wanted > 0 for tag, wanted in quotas.items()
    ):
        raise _wrong(
            "cohort_quotas",
            _("quotas name tags of 1 to %(longest)s characters and how many annotators each wants, from 1")
            % {"longest": LONGEST_TAG},
        )
    wanted = sum(quotas.values())
    if isinstance(project.overlap, int) and wanted > project.overlap:
        raise _wrong(
            "cohort_quotas",
            _("the quotas want %(wanted)s annotators a prompt and it gets %(overlap)s; raise that, or want fewer")
            % {"wanted": wanted, "overlap": project.overlap},
        )


def _is_tag(tag: object) -> bool:
    return isinstance(tag, str) and tag == tag.strip() and 0 < len(tag) <= LONGEST_TAG


def _wrong(field: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=[{"field": field, "detail": detail}])
