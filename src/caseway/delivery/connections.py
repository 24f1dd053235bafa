"""What an administrator does with connections: test, save, pause, resume. Nothing is saved untested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import SecretStr, ValidationError

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import CasewayError, Conflict, Invalid, NotFound
from caseway.delivery.dispatcher import top_up
from caseway.delivery.endings import first_end
from caseway.delivery.environments import is_forward, permit_move, permit_start
from caseway.delivery.links import draft_link, open_connection, recording, seal, unseal, write_exchanges
from caseway.delivery.models import Connection
from caseway.rails.contract import Finding, RailSettings, Report
from caseway.rails.registry import rail


@dataclass(frozen=True)
class ConnectionDraft:
    """A connection as somebody typed it. Secrets left empty keep what is stored."""

    slug: str
    name: str
    rail: str
    environment: str
    settings: Mapping[str, Any] = field(repr=False)


def typed_settings(draft: ConnectionDraft, stored: Connection | None) -> RailSettings:
    """Return the settings of a draft, typed. Raises `Invalid` with a sentence for each field."""
    settings_type = rail(draft.rail).settings_type
    values = {name: value for name, value in draft.settings.items() if value not in ("", None)}
    if stored is not None and stored.environment == draft.environment:  # each has credentials of its own
        known = unseal(stored)
        for name in settings_type.model_fields:
            if name not in values and isinstance(getattr(known, name), SecretStr):
                values[name] = getattr(known, name).get_secret_value()
    try:
        return settings_type.model_validate(values)
    except ValidationError as error:
        raise Invalid(
            "Some settings cannot be used.",
            code="connection.settings_invalid",
            remedy="Correct the fields named.",
            fields={".".join(map(str, one["loc"])) or "__all__": one["msg"] for one in error.errors()},
        ) from error


def check_draft(actor: Actor, draft: ConnectionDraft) -> Report:
    """Test settings before they are saved, without any effect on the other side."""
    require(actor, "connections.edit")
    settings = typed_settings(draft, _stored(actor, draft.slug))
    return _check(draft.rail, settings, draft.environment)


def save_connection(actor: Actor, draft: ConnectionDraft, *, paused: bool = False) -> Connection:
    """Test a draft and save it. Where a finding is bad it is only saved paused, and only when asked so.

    Another environment than the stored one moves the connection, by the rule of `delivery.environments`.
    Raises `Conflict` (what that rule raises; `connection.check_failed`, findings in the details), `Invalid`.
    """
    require(actor, "connections.edit")
    stored = _stored(actor, draft.slug)
    if stored is not None and stored.rail != draft.rail:
        raise Conflict("A connection keeps its rail.", code="connection.rail_fixed")
    _permit(actor, stored, draft)
    settings = typed_settings(draft, stored)
    report = _check(draft.rail, settings, draft.environment)
    if not report.ok and not paused:
        raise Conflict(
            "The test of the connection found something that must be mended first.",
            code="connection.check_failed",
            remedy="Mend what the findings say, or save it paused.",
            findings=[asdict(finding) for finding in report.findings],
        )
    plain, secrets = seal(settings)
    with scope(actor.organisation_id):
        connection = stored or Connection(
            organisation_id=actor.organisation_id, slug=draft.slug, rail=draft.rail
        )
        _move(actor, connection, draft)
        connection.name = draft.name
        connection.concurrency = _at_once(draft.rail, settings)
        connection.settings, connection.secrets = plain, secrets
        _keep_report(connection, report)
        if paused:
            connection.paused_at, connection.paused_by = now(), actor.name
            connection.paused_reason = "saved before its test was passed"
        else:
            connection.circuit, connection.circuit_until = Connection.Circuit.CLOSED, None
        connection.save()
        connection.memory.all().delete()
        audit.record(actor, "connection.saved", "connection", connection.slug, rail=draft.rail, paused=paused)
    top_up(connection.id)
    return connection


def _at_once(rail_id: str, settings: RailSettings) -> int:
    """Return how many cases may be worked on at once: as set, where the rail lets it be set."""
    return int(getattr(settings, "concurrency", rail(rail_id).manifest.limits.concurrency))


def _permit(actor: Actor, stored: Connection | None, draft: ConnectionDraft) -> None:
    """Say no before the other side is asked anything."""
    if stored is None:
        permit_start(draft.rail, draft.environment)
    elif stored.environment != draft.environment:
        with scope(actor.organisation_id):
            permit_move(stored, draft.environment)


def _move(actor: Actor, connection: Connection, draft: ConnectionDraft) -> None:
    """Set the environment; a move of a stored connection is permitted once more, with the row locked."""
    before = connection.environment
    if not connection._state.adding and before != draft.environment:
        run = permit_move(Connection.objects.select_for_update().get(id=connection.id), draft.environment)
        audit.record(
            actor,
            "connection.promoted",
            "connection",
            connection.slug,
            before=before,
            after=draft.environment,
            forward=is_forward(connection, draft.environment),
            run=str(run.id) if run else None,
        )
    connection.environment = draft.environment


def check_connection(actor: Actor, slug: str) -> Report:
    """Test a saved connection now, keep the report and the wire log of the test."""
    require(actor, "connections.read")
    with scope(actor.organisation_id):
        connection = _named(slug)
    opened = open_connection(connection)
    with recording() as exchanges:
        report = _findings(lambda: opened.rail.check(opened.link))
    with scope(actor.organisation_id):
        write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
        _keep_report(connection, report)
        connection.save(update_fields=["checked_at", "check_report", "certificate_ends_at"])
        audit.record(actor, "connection.checked", "connection", slug, ok=report.ok)
    return report


def pause_connection(actor: Actor, slug: str, reason: str) -> Connection:
    """Stop trying anything on a connection; what is owed waits without attempts."""
    require(actor, "connections.pause")
    with scope(actor.organisation_id):
        connection = _named(slug)
        if connection.paused_at is None:
            connection.paused_at, connection.paused_by = now(), actor.name
            connection.paused_reason = reason[:300]
            connection.save()
            _write_down(actor, connection, "connection.paused", reason)
    return connection


def resume_connection(actor: Actor, slug: str) -> Connection:
    """Let a paused connection go on at once; windows that stood still begin anew."""
    require(actor, "connections.pause")
    with scope(actor.organisation_id):
        connection = _named(slug)
        if connection.paused_at is not None:
            moment = now()
            connection.deliveries.filter(state__in=["waiting", "unknown"]).update(
                window_starts_at=moment, next_attempt_at=moment
            )
            connection.lanes.filter(due_at__isnull=False).update(due_at=moment)
            connection.paused_at, connection.paused_by, connection.paused_reason = None, "", ""
            connection.circuit, connection.circuit_until = Connection.Circuit.CLOSED, None
            connection.circuit_failures = 0
            connection.save()
            _write_down(actor, connection, "connection.resumed", "")
    top_up(connection.id)
    return connection


def _check(rail_id: str, settings: RailSettings, environment: str) -> Report:
    with recording(), draft_link(rail_id, settings, environment) as link:
        return _findings(lambda: rail(rail_id).check(link))


def _findings(check: Any) -> Report:
    try:
        report: Report = check()
    except CasewayError as error:
        return Report([Finding(error.code, False, error.sentence, error.remedy)])
    return report


def _keep_report(connection: Connection, report: Report) -> None:
    connection.checked_at = now()
    connection.check_report = [asdict(finding) for finding in report.findings]
    connection.certificate_ends_at = first_end(connection)


def _stored(actor: Actor, slug: str) -> Connection | None:
    with scope(actor.organisation_id):
        return Connection.objects.filter(slug=slug).first()


def _named(slug: str) -> Connection:
    connection = Connection.objects.select_for_update().filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    return connection


def _write_down(actor: Actor, connection: Connection, kind: str, reason: str) -> None:
    record(kind, connection.organisation_id, actor=actor.name, connection=connection.name, reason=reason)
    audit.record(actor, kind, "connection", connection.slug, reason=reason)
