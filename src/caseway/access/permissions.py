"""Who may do what: one table for people (role × action), one for systems (scope × action).

Use-case functions call `require(actor, "deliveries.retry")`; no view decides by itself.
"""

from __future__ import annotations

from caseway.access.actor import Actor
from caseway.access.models import Role
from caseway.core.errors import NotPermitted

_A, _F, _C, _U = Role.ADMINISTRATOR, Role.FUNCTIONAL_ADMINISTRATOR, Role.CASEWORKER, Role.AUDITOR

ACTIONS: dict[str, frozenset[Role]] = {
    "submissions.create": frozenset({_A, _F, _C}),
    "submissions.read": frozenset({_A, _F, _C, _U}),
    "documents.read": frozenset({_A, _F, _C}),
    "cases.read": frozenset({_A, _F, _C, _U}),
    "deliveries.read": frozenset({_A, _F, _C, _U}),
    "deliveries.retry": frozenset({_A, _F, _C}),
    "deliveries.close": frozenset({_A, _F}),
    "connections.read": frozenset({_A, _F, _C, _U}),
    "connections.edit": frozenset({_A, _F}),
    "connections.pause": frozenset({_A, _F}),
    "keys.read": frozenset({_A, _F, _U}),
    "keys.edit": frozenset({_A, _F}),
    "conformance.run": frozenset({_A, _F}),
    "schemas.edit": frozenset({_A, _F}),
    "onboarding.edit": frozenset({_A, _F}),
    "mappings.read": frozenset({_A, _F, _C, _U}),
    "mappings.edit": frozenset({_A, _F}),
    "mappings.publish": frozenset({_A, _F}),
    "routes.edit": frozenset({_A, _F}),
    "arrivals.read": frozenset({_A, _F, _C, _U}),
    "arrivals.decide": frozenset({_A, _F, _C}),
    "answers.send": frozenset({_A, _F, _C}),
    "users.edit": frozenset({_A}),
    "clients.edit": frozenset({_A}),
    "audit.read": frozenset({_A, _U}),
    "simulators.use": frozenset({_A, _F}),
    "remit.send": frozenset(),  # the return channel is for systems
}
"""Every action there is, and the roles that may do it. The auditor sees who did what, not the documents."""

SCOPES: dict[str, frozenset[str]] = {
    "submissions:write": frozenset({"submissions.create"}),
    "submissions:read": frozenset({"submissions.read", "documents.read", "cases.read"}),
    "deliveries:read": frozenset({"deliveries.read", "connections.read"}),
    "deliveries:write": frozenset({"deliveries.retry"}),
    "connections:read": frozenset({"connections.read", "keys.read"}),
    "connections:verify": frozenset({"connections.read", "conformance.run"}),
    "mappings:read": frozenset({"mappings.read"}),
    "arrivals:read": frozenset({"arrivals.read"}),
    "arrivals:write": frozenset({"arrivals.decide"}),
    "answers:write": frozenset({"answers.send"}),
    "remit": frozenset({"remit.send"}),
    "openid": frozenset(),
    "profile": frozenset(),
    "email": frozenset(),
}
"""Every scope a token can carry (RFC 6749, section 3.3), and the actions it opens.

The last three tell a system who signed in (OpenID Connect Core 1.0, section 5.4) and open nothing.
"""

IDENTITY_SCOPES = frozenset({"openid", "profile", "email"})


def allowed(actor: Actor, action: str) -> bool:
    """Tell whether the actor may do this. Raises `KeyError` for an action that is not in `ACTIONS`.

    A person is bound by their role; a system by its token's scopes; a system that acts for a person by both.
    """
    roles = ACTIONS[action]
    if actor.kind == "system":
        return True
    if actor.kind == "client":
        return _in_scope(actor.scopes, action)
    return actor.role in roles and (not actor.scopes or _in_scope(actor.scopes, action))


def require(actor: Actor, action: str) -> None:
    """Do nothing if the actor may do this. Raises `NotPermitted` with `access.not_permitted` otherwise."""
    if not allowed(actor, action):
        raise NotPermitted(
            f"This needs the permission {action}.",
            code="access.not_permitted",
            remedy="Ask an administrator of your organisation for the role or scope that has it.",
            action=action,
        )


def actions_of(role: str) -> frozenset[str]:
    """Return what a role may do."""
    return frozenset(action for action, roles in ACTIONS.items() if role in roles)


def _in_scope(scopes: frozenset[str], action: str) -> bool:
    return any(action in SCOPES.get(scope, ()) for scope in scopes)
