"""The keys of a connection: made, imported, certified, put in force, and retired, each in the audit trail.

A private part is made or read here, sealed at once, and never returned: a rail gets it from the key ring
(caseway.delivery.keyring) for the moment of use.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.models import Organisation
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core import certificates
from caseway.core.certificates import Subject
from caseway.core.clock import now
from caseway.core.errors import Conflict, Invalid, NotFound
from caseway.core.jwk import Use, chain_of, public_jwk, thumbprint
from caseway.core.key_files import BITS, KeyFile, read_key_file
from caseway.core.log import get_logger
from caseway.core.secrets import decrypt, encrypt
from caseway.delivery.endings import note_first_end
from caseway.delivery.key_needs import needs_of
from caseway.delivery.keyring import SEALED_AS
from caseway.delivery.models import Connection, ConnectionKey

OVERLAP = timedelta(days=30)
MAX_OVERLAP = timedelta(days=730)
_EXPONENT = 65537
State = ConnectionKey.State


def list_keys(actor: Actor, slug: str) -> list[ConnectionKey]:
    """Return the keys of a connection, the newest first, without their private parts."""
    require(actor, "keys.read")
    with scope(actor.organisation_id):
        return list(_connection(slug).keys.defer("private"))


def public_key(actor: Actor, slug: str, kid: str) -> dict[str, Any]:
    """Return the JWK of a key as it is published. Raises `NotFound`."""
    require(actor, "keys.read")
    with scope(actor.organisation_id):
        return dict(_key(slug, kid).public)


def generate_key(actor: Actor, slug: str, use: Use, subject: Subject | None = None) -> ConnectionKey:
    """Make a key with a self-signed certificate. Takes some seconds; it is not in force yet.

    Without a subject the certificate names the organisation. Raises `Invalid`, `NotFound`, `NotPermitted`.
    """
    require(actor, "keys.edit")
    with scope(actor.organisation_id):
        name = _connection(slug).name
    key = generate_private_key(_EXPONENT, BITS)
    certificate = certificates.self_signed(key, subject or _subject(actor, name), use)
    return _keep(actor, slug, use, KeyFile(key, (certificate,)), "generated")


def import_key(actor: Actor, slug: str, use: Use, content: bytes | str, password: str = "") -> ConnectionKey:
    """Keep a key from a file: a private JWK, PKCS #8 as PEM (certificates may stand with it), or PKCS #12.

    One without a certificate gets a self-signed one. Raises what `read_key_file` raises, and `Conflict`
    (`keys.known`) where the connection has the key already.
    """
    require(actor, "keys.edit")
    raw = content.encode() if isinstance(content, str) else content
    found = read_key_file(raw, use, password)
    if not found.chain:
        certificate = certificates.self_signed(found.key, _subject(actor, slug), use)
        found = KeyFile(found.key, (certificate,), found.kid)
    return _keep(actor, slug, use, found, "imported")


def certificate_request(actor: Actor, slug: str, kid: str, subject: Subject) -> str:
    """Return a request (PKCS #10, PEM) by which an authority certifies a key."""
    require(actor, "keys.edit")
    with scope(actor.organisation_id):
        row = _key(slug, kid)
        _require_private(row)
        audit.record(actor, "keys.certificate_requested", "connection", slug, kid=kid, use=row.use)
    return certificates.request(_opened(row), subject, _use(row))


def install_certificate(actor: Actor, slug: str, kid: str, chain_pem: str) -> ConnectionKey:
    """Give a key the certificate an authority issued, with the chain above it, in any order.

    Raises `Invalid`: `keys.certificate_unreadable`, `keys.certificate_mismatch`, `keys.chain_broken`,
    `keys.certificate_not_valid`.
    """
    require(actor, "keys.edit")
    found = certificates.read_pem(chain_pem)
    with scope(actor.organisation_id):
        row = _key(slug, kid, lock=True)
        _require_private(row)
        public = _opened(row).public_key()
        chain = certificates.chain_for(public, found)
        certificates.require_valid(chain)
        row.public = public_jwk(public, row.kid, _use(row), chain)
        row.ends_at = certificates.ends_at(chain)
        row.save(update_fields=["public", "ends_at"])
        _write_down(actor, slug, row, "keys.certificate_installed", ends_at=row.ends_at.isoformat())
    return row


def put_in_force(actor: Actor, slug: str, kid: str, overlap: timedelta = OVERLAP) -> ConnectionKey:
    """Let a key be the one that counts; the one before goes on to be understood for a while.

    Both or neither: others see at every moment exactly one key in force. Raises `Conflict` where the key is
    retired, `Invalid` where its certificate is not valid now.
    """
    require(actor, "keys.edit")
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Invalid("An overlap lasts from 0 to 730 days.", code="keys.overlap_unusable")
    with scope(actor.organisation_id):
        row = _key(slug, kid, lock=True)
        _require_private(row)
        certificates.require_valid(chain_of(row.public))
        if row.state != State.IN_FORCE:
            before = row.connection.keys.filter(use=row.use, state=State.IN_FORCE)
            before.update(state=State.OVERLAP, overlap_until=now() + overlap)
            row.state, row.in_force_at, row.overlap_until = State.IN_FORCE, now(), None
            row.save(update_fields=["state", "in_force_at", "overlap_until"])
            _write_down(actor, slug, row, "keys.put_in_force", overlap_days=overlap.days)
    return row


def retire_key(actor: Actor, slug: str, kid: str, reason: str = "", *, force: bool = False) -> ConnectionKey:
    """Erase the private part of a key for good; the public one is kept as evidence.

    Raises `Conflict` (`keys.still_needed`, `details["why"]`) while something may still need it, unless forced
    with a reason: what was encrypted for it and not collected yet can then never be read.
    """
    require(actor, "keys.edit")
    with scope(actor.organisation_id):
        row = _key(slug, kid, lock=True)
        why = needs_of(row)
        if row.state == State.RETIRED:
            return row
        if why and not (force and reason.strip()):
            raise Conflict(
                "The key may still be needed. " + " ".join(why),
                code="keys.still_needed",
                remedy="Put another key in force and let the overlap end. Force it only where the key is in "
                "the wrong hands, and say why.",
                why=why,
            )
        retire(actor, slug, row, reason=reason.strip()[:300], forced=bool(why))
    return row


def retire(actor: Actor, slug: str, row: ConnectionKey, **details: Any) -> None:
    """Erase the private part of a locked key, in the caller's scope."""
    row.state, row.private = State.RETIRED, ""
    row.retired_at, row.overlap_until = now(), None
    row.save(update_fields=["state", "private", "retired_at", "overlap_until"])
    _write_down(actor, slug, row, "keys.retired", **details)


def _keep(actor: Actor, slug: str, use: Use, found: KeyFile, origin: str) -> ConnectionKey:
    certificates.require_valid(found.chain)
    public, kid = found.key.public_key(), found.kid or thumbprint(found.key.public_key())
    jwk = public_jwk(public, kid, use, found.chain)
    with scope(actor.organisation_id):
        connection = _connection(slug, lock=True)
        if any(kid == one.kid or jwk["n"] == one.public["n"] for one in connection.keys.all()):
            raise Conflict(
                "The connection has this key, or one of this id, already.",
                code="keys.known",
                remedy="A key serves one use only; make another one for the other use.",
            )
        row = ConnectionKey.objects.create(
            organisation_id=actor.organisation_id,
            connection=connection,
            use=use,
            kid=kid,
            public=jwk,
            private=_sealed(found.key),
            origin=origin,
            created_by=actor.name[:200],
            ends_at=certificates.ends_at(found.chain),
        )
        _write_down(actor, slug, row, f"keys.{origin}")
    return row


def _write_down(actor: Actor, slug: str, row: ConnectionKey, action: str, **details: Any) -> None:
    note_first_end(row.connection)
    audit.record(actor, action, "connection", slug, kid=row.kid, use=row.use, **details)
    get_logger().info("key.changed", connection=slug, kid=row.kid, use=row.use, action=action)


def _subject(actor: Actor, name: str) -> Subject:
    organisation = Organisation.objects.get(id=actor.organisation_id)
    country = organisation.country or "DE"
    return Subject(name[:64], organisation=organisation.name[:64], country=country)


def _sealed(key: RSAPrivateKey) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encrypt(pem.decode(), SEALED_AS)


def _opened(row: ConnectionKey) -> RSAPrivateKey:
    pem = decrypt(row.private, SEALED_AS).encode()
    # Its arithmetic was checked when it was made or imported; checking it again takes 0.6 s.
    found = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(found, RSAPrivateKey)
    return found


def _use(row: ConnectionKey) -> Use:
    return "sign" if row.use == ConnectionKey.Use.SIGN else "decrypt"


def _require_private(row: ConnectionKey) -> None:
    if not row.private:
        raise Conflict(
            "The key is retired; its private part is gone.",
            code="keys.retired",
            remedy="Generate or import another key.",
        )


def _connection(slug: str, *, lock: bool = False) -> Connection:
    rows = Connection.objects.select_for_update() if lock else Connection.objects
    connection = rows.filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    return connection


def _key(slug: str, kid: str, *, lock: bool = False) -> ConnectionKey:
    # The connection is locked, not the key: two keys change places in one go.
    row = _connection(slug, lock=lock).keys.select_related("connection").filter(kid=kid).first()
    if row is None:
        raise NotFound("The connection has no such key.", code="keys.not_found")
    return row
