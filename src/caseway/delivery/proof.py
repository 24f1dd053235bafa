"""What a conformance run proves: the rail with these settings and these keys, in one environment.

The digest leaves secrets out, and settings that stand at their default: a new version of Caseway with a new
setting does not void a proof.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from caseway.core.signing import canonical
from caseway.delivery.links import unseal
from caseway.delivery.models import ConformanceRun, Connection, ConnectionKey


def proven_by(connection: Connection) -> dict[str, Any]:
    """Return what a run of a connection proves as it is now, in the caller's scope; nothing secret."""
    settings = unseal(connection)
    secret = {name for name in type(settings).model_fields if isinstance(getattr(settings, name), SecretStr)}
    in_force = connection.keys.filter(state=ConnectionKey.State.IN_FORCE).order_by("use")
    return {
        "rail": connection.rail,
        "settings": settings.model_dump(mode="json", exclude=secret, exclude_defaults=True),
        "keys": dict(in_force.values_list("use", "kid")),
    }


def digest_of(proven: dict[str, Any]) -> str:
    """Return the SHA-256 of what is proven, hex."""
    return sha256(canonical(proven)).hexdigest()


def passed_run(connection: Connection, environment: str | None = None) -> ConformanceRun | None:
    """Return the passed run that proves the settings and keys in force, or None; in the caller's scope.

    It is the newest finished one of them in the environment: what failed since does not count as proven.
    """
    newest = connection.conformance_runs.filter(
        environment=environment or connection.environment,
        settings_digest=digest_of(proven_by(connection)),
        finished_at__isnull=False,
    ).first()
    return newest if newest is not None and newest.passed else None
