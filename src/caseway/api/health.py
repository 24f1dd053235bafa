"""`/health/live` and `/health/ready`: for whoever restarts and routes. No secrets, no login."""

from __future__ import annotations

import shutil

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from caseway.configuration import configuration

LEAST_FREE_BYTES = 200_000_000
"""With less room than this for contents, new submissions should go elsewhere."""


def live(request: HttpRequest) -> HttpResponse:
    """Say that the process answers. It looks at nothing else, so that a broken database restarts nobody."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether submissions can be taken: the database answers and takes writes, contents have room."""
    checks = {"database": _database(), "contents": _contents()}
    well = all(value == "ok" for value in checks.values())
    response = JsonResponse(
        {"status": "ok" if well else "unavailable", "checks": checks}, status=200 if well else 503
    )
    response["Cache-Control"] = "no-store"
    return response


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
            row = cursor.fetchone()
    except DatabaseError:
        return "unreachable"
    if row and row[0]:
        connection.close()  # a session stays read only; whoever asks next looks with another one
        return "read_only"
    return "ok"


def _contents() -> str:
    address = configuration().blob_address
    if not address.startswith("file://"):
        return "ok"
    folder = configuration().data
    return "ok" if shutil.disk_usage(folder).free > LEAST_FREE_BYTES else "no_space"
