"""Who may do what."""

from __future__ import annotations

from itertools import product
from uuid import uuid4

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import Role
from caseway.access.permissions import ACTIONS, SCOPES, actions_of, allowed, require
from caseway.core.errors import NotPermitted

ORGANISATION = uuid4()

# The table once more, role by role, so that a change of one line in the source is a decision and no slip.
FUNCTIONAL = {
    "submissions.create", "submissions.read", "documents.read", "cases.read", "deliveries.read",
    "deliveries.retry", "deliveries.close", "connections.read", "connections.edit", "connections.pause",
    "keys.read", "keys.edit", "conformance.run", "schemas.edit", "onboarding.edit",
    "mappings.read", "mappings.edit", "mappings.publish", "routes.edit", "simulators.use",
    "arrivals.read", "arrivals.decide", "answers.send",
}  # fmt: skip
CASEWORKER = {
    "submissions.create", "submissions.read", "documents.read", "cases.read", "deliveries.read",
    "deliveries.retry", "connections.read", "mappings.read", "arrivals.read", "arrivals.decide",
    "answers.send",
}  # fmt: skip
AUDITOR = {
    "submissions.read", "cases.read", "deliveries.read", "connections.read", "keys.read", "mappings.read",
    "audit.read", "arrivals.read",
}  # fmt: skip
EXPECTED = {
    Role.ADMINISTRATOR: FUNCTIONAL | {"users.edit", "clients.edit", "audit.read"},
    Role.FUNCTIONAL_ADMINISTRATOR: FUNCTIONAL,
    Role.CASEWORKER: CASEWORKER,
    Role.AUDITOR: AUDITOR,
}
OPENS = {
    "submissions:write": {"submissions.create"},
    "submissions:read": {"submissions.read", "documents.read", "cases.read"},
    "deliveries:read": {"deliveries.read", "connections.read"},
    "deliveries:write": {"deliveries.retry"},
    "connections:read": {"connections.read", "keys.read"},
    "connections:verify": {"connections.read", "conformance.run"},
    "mappings:read": {"mappings.read"},
    "arrivals:read": {"arrivals.read"},
    "arrivals:write": {"arrivals.decide"},
    "answers:write": {"answers.send"},
    "remit": {"remit.send"},
    "openid": set(),
    "profile": set(),
    "email": set(),
}


def person(role: str, scopes: frozenset[str] = frozenset()) -> Actor:
    return Actor("user", "1", "Erika Mustermann", ORGANISATION, role=role, scopes=scopes)


def client(*scopes: str) -> Actor:
    return Actor("client", "dms", "DMS", ORGANISATION, scopes=frozenset(scopes))


@pytest.mark.parametrize(("role", "action"), list(product(Role.values, ACTIONS)))
def test_a_person_may_what_the_role_has(role: str, action: str) -> None:
    assert (action in EXPECTED[Role(role)]) == allowed(person(role), action)


@pytest.mark.parametrize(("scope", "action"), list(product(OPENS, ACTIONS)))
def test_a_system_may_what_its_scope_opens(scope: str, action: str) -> None:
    assert (action in OPENS[scope]) == allowed(client(scope), action)


@pytest.mark.parametrize(("role", "scope", "action"), list(product(Role.values, OPENS, ACTIONS)))
def test_a_system_that_acts_for_a_person_is_bound_by_role_and_scope(
    role: str, scope: str, action: str
) -> None:
    both = action in EXPECTED[Role(role)] and action in OPENS[scope]

    assert both == allowed(person(role, frozenset({scope})), action)


def test_the_tables_are_complete() -> None:
    assert set(OPENS) == set(SCOPES)
    assert set() == {action for actions in SCOPES.values() for action in actions} - set(ACTIONS)
    assert {role: set(actions_of(role)) for role in Role} == EXPECTED


def test_a_token_without_scopes_may_nothing() -> None:
    assert [action for action in ACTIONS if allowed(client(), action)] == []


def test_somebody_without_a_role_may_nothing() -> None:
    assert [action for action in ACTIONS if allowed(person(""), action)] == []


def test_caseway_itself_may_everything() -> None:
    assert all(allowed(system(ORGANISATION), action) for action in ACTIONS)


def test_an_unknown_scope_opens_nothing() -> None:
    assert [action for action in ACTIONS if allowed(client("everything", "*"), action)] == []


def test_an_unknown_action_is_a_mistake_in_the_program() -> None:
    with pytest.raises(KeyError):
        allowed(system(ORGANISATION), "documents.shred")


def test_who_may_not_is_told_what_is_missing() -> None:
    with pytest.raises(NotPermitted, match=r"connections\.edit") as refusal:
        require(person(Role.AUDITOR), "connections.edit")

    assert refusal.value.code == "access.not_permitted"
    assert refusal.value.details == {"action": "connections.edit"}
