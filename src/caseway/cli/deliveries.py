"""`caseway deliveries` and `caseway replay`: look at what is owed, try again one or many."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

deliveries = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What is owed, and what became of it."
)
replay = typer.Typer(add_completion=False, no_args_is_help=True, help="Many retries as one batch.")

_State = typer.Option("", help="Only deliveries in this state.")
_Code = typer.Option("", help="Only deliveries with this cause.")
_Connection = typer.Option("", help="Only deliveries to this connection (slug).")


@deliveries.command("list")
def list_(
    state: str = _State,
    code: str = _Code,
    connection: str = _Connection,
    limit: int = typer.Option(50, min=1, max=1000),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """List deliveries, newest first."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.queries import DeliveryFilter
    from caseway.delivery.queries import deliveries as page

    actor = operator(organisation)
    with scope(actor.organisation_id):
        rows = [
            {
                "id": str(one.id),
                "submission": one.submission.reference if one.submission else None,
                "purpose": one.purpose,
                "connection": one.connection.slug,
                "state": one.state,
                "code": one.code,
                "attempts": one.attempts,
                "next_attempt_at": one.next_attempt_at,
            }
            for one in page(DeliveryFilter(state=state, code=code, connection=connection), limit=limit)
        ]
    table(rows, ["id", "submission", "connection", "state", "code", "attempts"], as_json)


@deliveries.command()
def attention(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List what needs a person, by cause."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.queries import attention_groups

    with scope(operator(organisation).organisation_id):
        rows = [
            {
                "count": group.count,
                "code": group.code,
                "connection": group.connection_slug,
                "oldest": group.oldest,
                "sentence": group.sentence,
            }
            for group in attention_groups()
        ]
    table(rows, ["count", "code", "connection", "oldest", "sentence"], as_json)


@deliveries.command()
def wire(
    delivery: UUID,
    limit: int = typer.Option(200, min=1, max=1000),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Show what was exchanged with the other side for one delivery, oldest first."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.wirelog import exchanges_of

    columns = ["at", "action", "status", "exception", "duration_ms", "object_id", "method", "url"]
    actor = operator(organisation)
    with scope(actor.organisation_id):
        found = exchanges_of(actor, delivery, after=None, limit=limit)
        rows = [{name: getattr(one, name) for name in columns} for one in found]
    table(rows, columns, as_json)


@deliveries.command()
def digest(
    hours: int = typer.Option(24, min=1, max=8760, help="How far back to look."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Say what happened lately and what needs a person, by cause, the oldest first."""
    set_up()
    from datetime import timedelta

    from caseway.core.clock import now
    from caseway.delivery.digest import digest as digest_of

    found = digest_of(operator(organisation).organisation_id, now() - timedelta(hours=hours))
    say(found.as_json(), found.as_text(), as_json)


@deliveries.command()
def retry(
    delivery: UUID, reason: str = "", organisation: OrganisationOption = "", as_json: Json = False
) -> None:
    """Try one delivery again now."""
    set_up()
    from caseway.delivery.retry import retry_delivery

    done = retry_delivery(operator(organisation), delivery, reason)
    say({"id": str(done.id), "state": done.state}, f"{done.id} is {done.get_state_display()}.", as_json)


@deliveries.command()
def close(
    delivery: UUID,
    reason: str = typer.Option(..., help="Why nothing needs to be sent."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """End a stuck delivery without sending it."""
    set_up()
    from caseway.delivery.retry import close_delivery

    done = close_delivery(operator(organisation), delivery, reason)
    say({"id": str(done.id), "state": done.state}, f"{done.id} is closed.", as_json)


@replay.command()
def plan(
    state: str = _State,
    code: str = _Code,
    connection: str = _Connection,
    reason: str = "",
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Write down what a replay would send and skip, and why. Sends nothing."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.filtering import DeliveryFilter
    from caseway.delivery.replay import plan_replay

    actor = operator(organisation)
    planned = plan_replay(actor, DeliveryFilter(state=state, code=code, connection=connection), reason)
    with scope(actor.organisation_id):
        items: list[dict[str, Any]] = [
            {"delivery": str(item.delivery_id), "decision": item.decision, "reason": item.reason}
            for item in planned.items.all()
        ]
    if as_json:
        say({"replay": str(planned.id), "items": items}, "", as_json)
        return
    table(items, ["delivery", "decision", "reason"], as_json)
    typer.echo(f"Replay {planned.id}. Start it with `caseway replay start {planned.id}`.")


def _verb(name: str, does: str) -> None:
    def command(replay_id: UUID, organisation: OrganisationOption = "", as_json: Json = False) -> None:
        set_up()
        from caseway.delivery import replay as replaying

        done = getattr(replaying, f"{name}_replay")(operator(organisation), replay_id)
        say({"replay": str(done.id), "state": done.state}, f"{done.id} is {done.state}.", as_json)

    command.__doc__ = does
    replay.command(name)(command)


_verb("start", "Start a planned replay; the worker does it.")
_verb("pause", "Stop a running replay between two items.")
_verb("resume", "Let a paused replay go on.")
_verb("cancel", "End a replay; what it did stays done.")

COMMANDS = {"deliveries": deliveries, "replay": replay}
