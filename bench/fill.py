"""Fills the tables with accepted submissions that wait for their deliveries, in a few statements.

The rows are those that `receive_submission` leaves, all with one small content in the blob store.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bench.world import World

_CASES = """
CREATE TEMPORARY TABLE filled AS
SELECT uuidv7() AS case_id, uuidv7() AS submission_id, uuidv7() AS document_id, uuidv7() AS lane_id,
       uuidv7() AS delivery_id, number
  FROM generate_series(1, %(count)s) AS number
"""


def waiting(here: World, count: int, connection_id: UUID, tag: str, *, state: str = "waiting") -> None:
    """Add submissions on cases of their own, each with one document and one delivery to a connection."""
    from django.db import connections

    model = _models(here, connection_id, tag)
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS filled")
        cursor.execute(_CASES, {"count": count})
        for table, values in model:
            columns = _copied(cursor, table, values, state)
            names = ", ".join(columns)
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} "
                f"FROM filled, {table} AS model WHERE model.id = %(model)s",
                {"model": values["model"], "tag": tag, "state": state},
            )
        cursor.execute("DROP TABLE filled")
        for table, _ in model:
            cursor.execute(f"ANALYZE {table}")


def _models(here: World, connection_id: UUID, tag: str) -> list[tuple[str, dict[str, Any]]]:
    """Accept one submission through the door; every filled row is a copy of one of its rows."""
    from caseway.access.scope import everything
    from caseway.cases.models import Document, Rendition
    from caseway.delivery.models import Connection, Delivery

    with everything():
        form = Connection.objects.get(id=connection_id).slug
    submission = here.accept_one(f"model-{tag}", form)
    with everything():
        delivery = Delivery.objects.get(submission=submission)
        document = Document.objects.get(submission_id=submission.id)
        rendition = Rendition.objects.get(document=document)
    case = {"id": "case_id", "reference": "'B-' || %(tag)s || number"}
    sub = {
        "id": "submission_id", "case_id": "case_id", "reference": "'S-' || %(tag)s || number",
        "idempotency_key": "'fill-' || %(tag)s || number",
    }  # fmt: skip
    owed = {
        "id": "delivery_id", "lane_id": "filled.lane_id", "case_id": "filled.case_id", "state": "%(state)s",
        "submission_id": "filled.submission_id", "next_attempt_at": "now()", "position": "1",
        "rendered_hash": "''", "attempts": "0", "finished_at": "NULL",
    }  # fmt: skip
    lane = {
        "id": "lane_id", "case_id": "filled.case_id", "due_at": "now()", "enqueued_at": "NULL",
        "leased_until": "NULL", "leased_by": "''", "fence": "0",
    }  # fmt: skip
    paper = {"id": "document_id", "case_id": "filled.case_id", "submission_id": "filled.submission_id"}
    return [
        ("cases_case", {"model": submission.case_id, **case}),
        ("intake_submission", {"model": submission.id, **sub}),
        ("cases_document", {"model": document.id, **paper}),
        ("cases_rendition", {"model": rendition.id, "id": "uuidv7()", "document_id": "filled.document_id"}),
        ("delivery_lane", {"model": delivery.lane_id, **lane}),
        ("delivery_delivery", {"model": delivery.id, **owed}),
    ]


def _copied(cursor: Any, table: str, values: dict[str, Any], state: str) -> dict[str, str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    own = {name: str(value) for name, value in values.items() if name != "model"}
    copied = {name: own.get(name, f"model.{name}") for (name,) in cursor.fetchall()}
    return {
        name: f"filled.{value}"
        if value in ("case_id", "submission_id", "document_id", "lane_id", "delivery_id")
        else value
        for name, value in copied.items()
    }
