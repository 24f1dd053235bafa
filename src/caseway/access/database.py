"""The two roles of the database: the owner makes tables, the ordinary role may only use them."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connections

from caseway.core.errors import NotConfigured


def migrate(*, quiet: bool = False) -> None:
    """Bring the tables up to date as the owner, then let the ordinary role use them.

    Raises `NotConfigured` when the ordinary role could go round row-level security.
    """
    call_command("migrate", database="owner", interactive=False, verbosity=0 if quiet else 1)
    grant()
    connections["owner"].close()


def grant() -> None:
    """Give the ordinary role what it needs: rows, sequences and functions; no tables, no other role."""
    role = connections["default"].settings_dict["USER"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
        if (row := cursor.fetchone()) is None or row[0]:
            raise NotConfigured(
                "The application's database role is missing or may go round row-level security.",
                code="configuration.database_role",
                remedy="Name a role without SUPERUSER and BYPASSRLS in CASEWAY_DATABASE_URL.",
            )
        name = connections["owner"].ops.quote_name(role)
        cursor.execute(
            f"GRANT USAGE ON SCHEMA public TO {name};"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};"
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};"
            f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {name};"
        )
