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
    rule = f"current_setting('{SETTING}', true) IN ('{EVERYTHING}', {column}::text)"
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
