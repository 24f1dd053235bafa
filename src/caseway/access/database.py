"""The two roles of the database, and what to say when it cannot serve.

The owner makes tables, the ordinary role may only use them.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.db import InterfaceError, InternalError, OperationalError, connection, connections
from psycopg.errors import ReadOnlySqlTransaction

from caseway.core.errors import NotConfigured, Unavailable

_SOON = timedelta(seconds=10)


class ReadOnlyDatabase(OperationalError):
    """The database takes no writes: a failover, a full disk, or an operator who wants it so."""


def takes_no_writes(error: BaseException | None) -> bool:
    """Tell whether an error says that the database is read only (SQLSTATE 25006)."""
    return isinstance(error, ReadOnlyDatabase) or isinstance(
        getattr(error, "__cause__", None), ReadOnlySqlTransaction
    )


def trouble(error: BaseException | None) -> Unavailable | None:
    """Return what to tell who asks when the database cannot serve; None for any other error.

    A session that is read only stays so until it ends: it is ended, and the next request gets another one.
    """
    if takes_no_writes(error):
        connection.close()
        return Unavailable(
            "The database takes no writes right now, so nothing new is taken.",
            code="database.read_only",
            remedy="Try again with the same Idempotency-Key; nothing was stored.",
            retry_after=_SOON,
        )
    if isinstance(error, OperationalError | InterfaceError | InternalError):
        return Unavailable(
            "The database does not answer right now.",
            code="database.unavailable",
            remedy="Try again with the same Idempotency-Key; nothing was stored.",
            retry_after=_SOON,
        )
    return None


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
