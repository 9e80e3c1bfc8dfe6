"""SQLite is told of tables that have grown."""

import pytest
from django.db import connection

from labeling.models import Assignment
from labeling.services.upkeep import refresh_query_plans
from tests.factories import make_prompts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL looks at its tables by itself")
def test_sqlite_knows_how_full_its_tables_are(project, ada):
    prompts = make_prompts(project, *(f"p-{number}" for number in range(60)))
    Assignment.objects.bulk_create(
        Assignment(prompt=prompt, annotator=ada, slot=1, lease_expires_at=prompt.created_at, display_order=[])
        for prompt in prompts
    )

    assert refresh_query_plans()

    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'assignment_leases'")
        assert cursor.fetchone() is not None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it is told, see above")
def test_other_databases_are_left_alone(db):
    assert not refresh_query_plans()
