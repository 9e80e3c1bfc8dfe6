"""Annotators of imported judgements: users who stand for a name in the data and can never sign in."""

import hashlib
from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from labeling.models import Project

LONGEST_USERNAME = 150
DIGEST_CHARACTERS = 12


def imported_annotators(*, project: Project, names: Iterable[str]) -> dict[str, User]:
    """The project's user for each name, made where there is none. Runs in the caller's transaction.

    The same name in a later import into the project is the same user, in another project another one: nobody says that
    `annotator1` of two files is one person. The caller holds the project's row, so no two imports make the same user.
    """
    usernames = {name: annotator_username(project, name) for name in sorted(set(names))}
    known = {user.username: user for user in User.objects.filter(username__in=usernames.values())}
    missing = [username for username in usernames.values() if username not in known]
    made = User.objects.bulk_create(
        User(username=username, password=make_password(None), is_active=False) for username in missing
    )
    known.update((user.username, user) for user in made)
    return {name: known[username] for name, username in usernames.items()}


def annotator_username(project: Project, name: str) -> str:
    """`slug:name`; one that is too long ends in a digest of itself, so that it stays its own."""
    username = f"{project.slug}:{name}"
    if len(username) <= LONGEST_USERNAME:
        return username
    digest = hashlib.sha256(username.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"{username[: LONGEST_USERNAME - DIGEST_CHARACTERS - 1]}~{digest}"
