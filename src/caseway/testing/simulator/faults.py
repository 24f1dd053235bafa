"""Switches: what a simulator does wrong on purpose, to which requests, how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from caseway.core.errors import Invalid, NotFound

SCOPE = ("actions", "name", "times", "after", "probability", "seed")


@dataclass(frozen=True, slots=True)
class Switch:
    """A kind of fault a simulator knows. `parameters` gives each parameter its default."""

    kind: str
    sentence: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """A switch that is on.

    It applies to requests whose action is in `actions` (empty = any) and of which one name matches `name`
    (shell pattern; empty = any), after the first `after` of them, for `times` of them (None = for ever), each
    with `probability` drawn from a generator seeded with `seed`.
    """

    kind: str
    id: str = ""
    actions: frozenset[str] = frozenset()
    name: str = ""
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)
    applied: int = 0
    seen: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def matches(self, action: str, names: Iterable[str]) -> bool:
        """Return whether a request is in the scope of this fault, however often it applied before."""
        if self.actions and action not in self.actions:
            return False
        return not self.name or any(fnmatchcase(name, self.name) for name in names)

    def draw(self) -> bool:
        """Count one request in scope; return whether the fault applies to it."""
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.applied >= self.times):
            return False
        if self.probability < 1.0 and self.dice.random() >= self.probability:
            return False
        self.applied += 1
        return True

    def spent(self) -> bool:
        """Return whether it will never apply again."""
        return self.times is not None and self.applied >= self.times

    def describe(self) -> dict[str, Any]:
        """Return the fault as the admin API shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "actions": sorted(self.actions),
            "name": self.name,
            "times": self.times,
            "after": self.after,
            "probability": self.probability,
            "seed": self.seed,
            **self.parameters,
            "applied": self.applied,
            "spent": self.spent(),
        }


class Faults:
    """The switches of one simulator. Safe to use from several threads."""

    def __init__(self, known: Iterable[Switch]) -> None:
        self.known = {switch.kind: switch for switch in known}
        self._on: list[Fault] = []
        self._lock = threading.Lock()
        self._ids = count(1)

    def add(self, kind: str, **settings: Any) -> Fault:
        """Turn a switch on. Scope: `actions`, `name`, `times`, `after`, `probability`, `seed`.

        Raises `Invalid` (`simulator.unknown_fault`, `simulator.bad_fault`).
        """
        switch = self.known.get(kind)
        if switch is None:
            raise Invalid(f"There is no switch {kind!r}.", code="simulator.unknown_fault")
        fault = _fault(switch, settings)
        with self._lock:
            fault.id = f"f{next(self._ids)}"
            self._on.append(fault)
        return fault

    def remove(self, id_or_kind: str) -> None:
        """Turn off the fault of this id, or all of this kind. Raises `NotFound`."""
        with self._lock:
            kept = [fault for fault in self._on if id_or_kind not in (fault.id, fault.kind)]
            if len(kept) == len(self._on):
                raise NotFound(f"No fault {id_or_kind!r} is on.", code="simulator.fault_not_found")
            self._on = kept

    def clear(self) -> None:
        """Turn everything off."""
        with self._lock:
            self._on = []

    def take(self, kind: str, action: str, names: Iterable[str] = ()) -> Fault | None:
        """Return the first fault of `kind` that applies to this request, counted; None when none does."""
        if not self._on:
            return None
        with self._lock:
            for fault in self._on:
                if fault.kind == kind and fault.matches(action, names) and fault.draw():
                    return fault
        return None

    def first(self, kinds: Iterable[str], action: str, names: Iterable[str] = ()) -> Fault | None:
        """Return the first fault of any of `kinds` that applies, in the order they were turned on."""
        if not self._on:
            return None
        wanted = set(kinds)
        with self._lock:
            for fault in self._on:
                if fault.kind in wanted and fault.matches(action, names) and fault.draw():
                    return fault
        return None

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(list(self._on))

    def __len__(self) -> int:
        return len(self._on)


def _fault(switch: Switch, settings: Mapping[str, Any]) -> Fault:
    unknown = set(settings) - set(SCOPE) - set(switch.parameters)
    if unknown:
        raise Invalid(
            f"The switch {switch.kind!r} has no setting {sorted(unknown)[0]!r}.", code="simulator.bad_fault"
        )
    try:
        return _typed(switch, settings)
    except (TypeError, ValueError) as problem:
        raise Invalid(
            f"A setting of {switch.kind!r} is wrong: {problem}", code="simulator.bad_fault"
        ) from None


def _typed(switch: Switch, settings: Mapping[str, Any]) -> Fault:
    actions = settings.get("actions") or ()
    times = settings.get("times")
    parameters = {
        name: type(default)(settings[name]) if settings.get(name) not in (None, "") else default
        for name, default in switch.parameters.items()
    }
    seed = int(settings.get("seed") or 0)
    return Fault(
        switch.kind,
        actions=frozenset([actions] if isinstance(actions, str) else actions),
        name=str(settings.get("name") or ""),
        times=None if times in (None, "") else int(times),
        after=int(settings.get("after") or 0),
        probability=float(settings.get("probability", 1.0)),
        seed=seed,
        parameters=parameters,
        dice=random.Random(seed),
    )
