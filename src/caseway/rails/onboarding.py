"""What must be settled before a connection can carry anything: questions of a rail, and who answers them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Literal, Protocol, Self, TypeAlias, runtime_checkable

Who: TypeAlias = Literal["responsible_officer", "it_provider"]
Fact: TypeAlias = Literal[
    "checked", "key_sign", "key_decrypt", "schema", "route", "mapping", "conformance", "key_certified"
]
Words: TypeAlias = Mapping[str, str]  # by language; en is always there


@dataclass(frozen=True)
class Item:
    """One question. `satisfied_by`: facts of the connection that answer it without anybody being asked.

    The facts: `checked` (its last test was well), `key_sign`, `key_decrypt` (a key is in force),
    `key_certified` (no key in force vouches for itself only), `schema` (one is registered), `route`,
    `mapping` (one is bound), `conformance` (a passed run of its settings in its environment).
    """

    code: str
    who: Who
    title: Words
    question: Words
    help: Words
    satisfied_by: tuple[Fact, ...] = ()
    roles: tuple[str, ...] = ()  # of a connection, which it concerns; empty: all


@runtime_checkable
class Onboards(Protocol):
    """A rail with a checklist."""

    def onboarding(self, settings: Any) -> Sequence[Item]:
        """Return what is to be settled for a connection with these settings, in order."""


@dataclass(frozen=True)
class OnboardingItems:
    """The items of a rail, as its `onboarding.toml` lists them: tables `[[item]]` with texts by language."""

    items: tuple[Item, ...]

    @classmethod
    def read(cls, file: Traversable) -> Self:
        """Read the items. Raises `KeyError`, `ValueError` for a file that is not one (a test of ours)."""
        with file.open("rb") as stream:
            rows = tomllib.load(stream)["item"]
        return cls(tuple(_item(row) for row in rows))

    def for_roles(self, role: str) -> tuple[Item, ...]:
        """Return the items that concern a connection of a role; `both` is concerned by every one."""
        return tuple(item for item in self.items if role == "both" or not item.roles or role in item.roles)


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        code=row["code"],
        who=row["who"],
        title=row["title"],
        question=row["question"],
        help=row["help"],
        satisfied_by=tuple(row.get("satisfied_by", ())),
        roles=tuple(row.get("roles", ())),
    )
