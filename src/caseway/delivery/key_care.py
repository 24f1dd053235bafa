"""How keys look to people, and what is done with them by night: overlaps that are over end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import Name
from cryptography.x509.oid import NameOID

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.certificates import is_self_signed
from caseway.core.clock import now
from caseway.core.jwk import chain_of
from caseway.delivery.key_needs import needs_of_others
from caseway.delivery.keys import retire
from caseway.delivery.models import Connection, ConnectionKey


@dataclass(frozen=True)
class KeyView:
    """A key as screens and lists show it; nothing private."""

    kid: str
    use: str
    state: str
    origin: str
    created_at: datetime
    created_by: str
    in_force_at: datetime | None
    overlap_until: datetime | None
    retired_at: datetime | None
    ends_at: datetime | None
    days_left: int | None  # of the certificate
    self_signed: bool  # good for test environments only
    subject: str
    issuer: str


def describe(row: ConnectionKey) -> KeyView:
    """Return what may be shown of a key."""
    chain = chain_of(row.public)
    return KeyView(
        kid=row.kid,
        use=row.use,
        state=row.state,
        origin=row.origin,
        created_at=row.created_at,
        created_by=row.created_by,
        in_force_at=row.in_force_at,
        overlap_until=row.overlap_until,
        retired_at=row.retired_at,
        ends_at=row.ends_at,
        days_left=(row.ends_at - now()).days if row.ends_at else None,
        self_signed=is_self_signed(chain),
        subject=_common_name(chain[0].subject) if chain else "",
        issuer=_common_name(chain[0].issuer) if chain else "",
    )


def end_overlaps() -> int:
    """Retire the keys whose overlap is over and that nothing needs any more. Returns how many."""
    return sum(_end_overlaps(organisation) for organisation in Organisation.objects.order_by("slug"))


def _end_overlaps(organisation: Organisation) -> int:
    ended = 0
    with scope(organisation.id):
        over = Connection.objects.filter(
            keys__state=ConnectionKey.State.OVERLAP, keys__overlap_until__lte=now()
        )
        slugs = list(over.values_list("slug", flat=True).distinct())
    for slug in slugs:
        with scope(organisation.id):
            connection = Connection.objects.select_for_update().get(slug=slug)
            for row in connection.keys.filter(state=ConnectionKey.State.OVERLAP, overlap_until__lte=now()):
                if not needs_of_others(row):
                    retire(system(organisation.id), slug, row, reason="its overlap is over")
                    ended += 1
    return ended


def _common_name(name: Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""
