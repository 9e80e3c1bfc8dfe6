"""A queryset that is compiled once answers as one that is built anew each time."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import ApiToken, Assignment, Project, Prompt
from labeling.prepared import Prepared
from labeling.selectors.access import project_for
from labeling.services.tokens import create_token
from tests.factories import lend, make_prompts
from tests.racing import at_once

by_slug = Prepared(lambda slug: Project.objects.filter(slug=slug), slug=str)
by_id = Prepared(lambda id: Project.objects.filter(pk=id), id=int)
leases = Prepared(
    lambda project, now: (
        Assignment.objects.select_related("prompt__project")
        .filter(prompt__project=project, lease_expires_at__gt=now)
        .order_by("pk")
    ),
    project=int,
    now=type(timezone.now()),
)


def test_it_answers_for_the_value_that_it_is_asked_with(project, admin):
    other = Project.objects.create(slug="other", name="Other", created_by=admin)

    assert [by_slug.first(slug=slug) for slug in ("support", "other", "nowhere")] == [project, other, None]
    assert by_slug.first(slug="support").dimensions == project.dimensions


def test_related_rows_and_moments_come_as_they_should(project, ada):
    assignment = lend(ada, make_prompts(project, "p-1")[0])
    now = timezone.now()

    (found,) = leases.all(project=project.pk, now=now)
    with CaptureQueriesContext(connection) as queries:
        assert (found, found.prompt.project.slug) == (assignment, "support")
    assert not queries.captured_queries
    assert found.lease_expires_at == assignment.lease_expires_at
    assert leases.all(project=project.pk, now=now + timedelta(days=1)) == []


def test_each_thread_and_each_loop_has_a_connection_of_its_own(transactional_db, project):
    async def inside_a_loop() -> Project | None:
        try:
            # Another connection would not see what this one has yet to commit.
            with CaptureQueriesContext(connection) as queries:
                found = by_slug.first(slug="support")
            assert len(queries.captured_queries) == 1
            return found
        finally:
            connection.close()

    def around_a_loop() -> list[Project | None]:
        before = by_slug.first(slug="support")
        return [before, asyncio.run(inside_a_loop()), by_slug.first(slug="support")]

    assert by_slug.first(slug="support") == project
    # In threads, for in this one a browser's loop may be running already.
    assert at_once([around_a_loop] * 3) == [[project] * 3] * 3


@pytest.mark.parametrize("id", [2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_column_holds_is_in_no_row(project, id):
    assert by_id.first(id=id) is None


def test_a_row_lock_is_in_the_statement_where_the_database_knows_one(project):
    locking = Prepared(lambda id: Prompt.objects.select_for_update(no_key=True).filter(pk=id), id=int)
    (prompt,) = make_prompts(project, "p-1")

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert locking.first(id=prompt.pk) == prompt
        assert locking.first(id=prompt.pk) == prompt

    wanted = connection.features.has_select_for_update
    assert all(("FOR NO KEY UPDATE" in query["sql"]) == wanted for query in queries.captured_queries)


def test_a_value_that_reaches_no_parameter_is_a_mistake_that_shows(db):
    careless = Prepared(lambda slug: Project.objects.all(), slug=str)

    with pytest.raises(ValueError, match="no parameter of the query holds slug"):
        careless.first(slug="support")


def test_what_is_revoked_or_left_counts_at_once(project, ada):
    token, _ = create_token(user=ada, scopes=["read"])
    usable = Prepared(lambda now: ApiToken.objects.usable(now), now=type(timezone.now()))
    assert usable.all(now=timezone.now()) == [token]
    assert project_for(ada, "support") == project

    ApiToken.objects.update(revoked_at=timezone.now())
    assert usable.all(now=timezone.now()) == []
