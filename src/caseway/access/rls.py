"""Row-level security as migration operations."""

from __future__ import annotations

from django.db import migrations

from caseway.access.scope import EVERYTHING, SETTING


def fence(*tables: str, column: str = "organisation_id") -> list[migrations.RunSQL]:
    """Return the operations that put tables behind the fence: rows of the scope's organisation only.

    `FORCE` holds the owner to it too; only a superuser goes round it.
    """
    return [_fence_one(table, column) for table in tables]


def _fence_one(table: str, column: str) -> migrations.RunSQL:
    # A CASE is expected to hold for half of the rows, and a subselect is worked out once for a query. Of an
    # OR of two equalities PostgreSQL expects one row in a hundred, and reads and sorts whole tables for a
    # page (docs/explanation/performance.md).
    told = f"(SELECT current_setting('{SETTING}', true))"
    rule = f"CASE WHEN {told} = '{EVERYTHING}' THEN true ELSE {told} = {column}::text END"
    return migrations.RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY organisation_fence ON {table} USING ({rule}) WITH CHECK ({rule});
        """,
        reverse_sql=f"""
            DROP POLICY organisation_fence ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
