"""The checklist of a connection: the rail's questions, what answers them by itself, and what people said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.certificates import is_self_signed
from caseway.core.clock import now
from caseway.core.errors import Invalid, NotFound
from caseway.core.jwk import chain_of
from caseway.delivery.links import unseal
from caseway.delivery.models import ChecklistItem, Connection, ConnectionKey, SubjectSchema
from caseway.delivery.proof import passed_run
from caseway.mapping.models import MappingBinding
from caseway.rails.conformance import Conforms
from caseway.rails.onboarding import Item, Onboards, Who, Words
from caseway.rails.registry import rail

ItemState: TypeAlias = Literal["open", "asked", "answered", "not_needed", "satisfied"]
MAX_TEXT = 4000
_OPEN = ("open", "asked")
_STATES: dict[str, ItemState] = {"asked": "asked", "answered": "answered", "not_needed": "not_needed"}


@dataclass(frozen=True)
class ItemView:
    """A question with its state. `satisfied`: facts of the connection answer it, `facts` says which."""

    code: str
    who: Who
    title: str
    question: str
    help: str
    state: ItemState
    asked_of: str
    asked_at: datetime | None
    answer: str
    answered_by: str
    answered_at: datetime | None
    facts: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in _OPEN


def checklist(actor: Actor, slug: str, language: str = "en") -> list[ItemView]:
    """Return the checklist of a connection in a language; empty where its rail has none."""
    require(actor, "connections.read")
    with scope(actor.organisation_id):
        connection = _connection(slug)
        items = _items(connection)
        rows = {row.code: row for row in connection.checklist.all()}
        facts = set(_facts(connection)) if items else set()
    return [_view(item, rows.get(item.code), facts, language) for item in items]


def ask_item(actor: Actor, slug: str, code: str, of: str) -> None:
    """Note whom a question was put to; it waits with them from now on."""
    _require_text(of, 200)
    with_whom = {"state": ChecklistItem.State.ASKED, "asked_of": of.strip(), "asked_at": now()}
    _write(actor, slug, code, {**with_whom, "asked_by": actor.name[:200]})


def answer_item(actor: Actor, slug: str, code: str, text: str) -> None:
    """Keep the answer to a question."""
    _require_text(text, MAX_TEXT)
    _write(actor, slug, code, _said(actor, ChecklistItem.State.ANSWERED, text))


def skip_item(actor: Actor, slug: str, code: str, reason: str) -> None:
    """Note that a question needs no answer here, and why."""
    _require_text(reason, MAX_TEXT)
    _write(actor, slug, code, _said(actor, ChecklistItem.State.NOT_NEEDED, reason))


def reopen_item(actor: Actor, slug: str, code: str) -> None:
    """Forget what became of a question; facts may still answer it."""
    require(actor, "onboarding.edit")
    with scope(actor.organisation_id):
        connection = _connection(slug)
        _item(connection, code)
        connection.checklist.filter(code=code).delete()
        audit.record(actor, "onboarding.reopened", "connection", slug, item=code)


def _write(actor: Actor, slug: str, code: str, values: Mapping[str, object]) -> None:
    require(actor, "onboarding.edit")
    with scope(actor.organisation_id):
        connection = _connection(slug)
        _item(connection, code)
        ChecklistItem.objects.update_or_create(
            organisation_id=actor.organisation_id, connection=connection, code=code, defaults=dict(values)
        )
        audit.record(actor, f"onboarding.{values['state']}", "connection", slug, item=code)


def _said(actor: Actor, state: str, text: str) -> dict[str, object]:
    return {"state": state, "answer": text.strip(), "answered_at": now(), "answered_by": actor.name[:200]}


def _view(item: Item, row: ChecklistItem | None, facts: set[str], language: str) -> ItemView:
    satisfied = bool(item.satisfied_by) and set(item.satisfied_by) <= facts
    state: ItemState = "satisfied" if satisfied else "open"
    if row is not None and not (satisfied and row.state == ChecklistItem.State.ASKED):
        state = _STATES[row.state]
    return ItemView(
        code=item.code,
        who=item.who,
        title=_in(item.title, language),
        question=_in(item.question, language),
        help=_in(item.help, language),
        state=state,
        asked_of=row.asked_of if row else "",
        asked_at=row.asked_at if row else None,
        answer=row.answer if row else "",
        answered_by=row.answered_by if row else "",
        answered_at=row.answered_at if row else None,
        facts=item.satisfied_by if satisfied else (),
    )


def _in(words: Words, language: str) -> str:
    return words.get(language, words["en"])


def _facts(connection: Connection) -> Iterator[str]:
    """Yield what is so, by the names of `caseway.rails.onboarding.Fact`."""
    if connection.checked_at and all(line.get("ok") for line in connection.check_report):
        yield "checked"
    keys = list(connection.keys.filter(state=ConnectionKey.State.IN_FORCE))
    yield from (f"key_{row.use}" for row in keys)
    if keys and not any(is_self_signed(chain_of(row.public)) for row in keys):
        yield "key_certified"
    if SubjectSchema.objects.exists():
        yield "schema"
    if connection.routes.filter(active=True).exists():
        yield "route"
    if MappingBinding.objects.filter(connection_slug=connection.slug).exists():
        yield "mapping"
    if isinstance(rail(connection.rail), Conforms) and passed_run(connection) is not None:
        yield "conformance"


def _items(connection: Connection) -> Sequence[Item]:
    known = rail(connection.rail)
    return known.onboarding(unseal(connection)) if isinstance(known, Onboards) else ()


def _item(connection: Connection, code: str) -> Item:
    found = next((item for item in _items(connection) if item.code == code), None)
    if found is None:
        raise NotFound("The checklist has no such question.", code="onboarding.not_found")
    return found


def _connection(slug: str) -> Connection:
    connection = Connection.objects.filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    return connection


def _require_text(text: str, most: int) -> None:
    if not 1 <= len(text.strip()) <= most:
        raise Invalid(f"Write something, up to {most} characters.", code="onboarding.text_unusable")
