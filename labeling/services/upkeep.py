"""What a database is told so that it goes on finding things fast."""

from django.db import connection

# Rows of an index that SQLite looks at to learn how it is filled; its own advice for large tables.
ROWS_LOOKED_AT = 400


def refresh_query_plans() -> bool:
    """Let SQLite look at tables that have grown; whether this database needed telling. PostgreSQL does so by itself.

    Without it SQLite takes a project of 100,000 prompts for an empty one, and walks through all of them to find a few
    leases that have run out.
    """
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        # All tables, and not only those that this connection has asked about: it is a new one each time.
        cursor.execute("PRAGMA optimize=0x10002")
    return True
