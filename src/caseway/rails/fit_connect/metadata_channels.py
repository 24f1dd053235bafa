"""The ways to answer that metadata can name: exactly one, of those that exist (`replyChannel`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from caseway.rails.fit_connect.formats import Email, Uri, Uuid
from caseway.rails.fit_connect.metadata_base import MISSING, Closed, Open


class EMail(Open):
    """An address for e-mail."""

    address: Email
    pgp_public_key: Annotated[str, Field(pattern=r"^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n")] = MISSING


class DeMail(Open):
    """An address for De-Mail."""

    address: Email


class Fink(Open):
    """A mailbox of a service account."""

    fink_postfach_ref: Annotated[str, Field(pattern=r"^[._a-z0-9~/-]+$", max_length=150)]
    host: Uri = MISSING


class Elster1(Open):
    """An ELSTER account of 1.0.0."""

    account_id: Annotated[str, Field(pattern=r"^[0-9]{10}$")]
    liefer_ticket: str = MISSING
    geschaeftszeichen: Annotated[str, Field(max_length=10)] = MISSING


class Elster2(Open):
    """An ELSTER account of later versions."""

    account_id: str
    liefer_ticket: str = MISSING
    geschaeftszeichen: Annotated[str, Field(max_length=60)] = MISSING


class EncryptionPublicKey(Open):
    """The key replies are sealed for; `jwk` judges it further."""

    kty: Literal["RSA"]
    key_ops: Annotated[list[Literal["wrapKey"]], Field(alias="key_ops")]
    alg: Literal["RSA-OAEP-256"]
    kid: Annotated[str, Field(min_length=8, max_length=64)]
    n: Annotated[str, Field(min_length=683)]
    e: Literal["AQAB"]


class FitConnect(Open):
    """Replies over FIT-Connect."""

    process_standards: Annotated[list[Uri], Field(min_length=1)]
    encryption_public_key: EncryptionPublicKey


class Mailbox(Open):
    """The mailbox of the DeutschlandID."""

    mailbox_uuid: Uuid


class ReplyChannel1(Closed):
    """The way to answer of 1.0.0."""

    e_mail: EMail = MISSING
    de_mail: DeMail = MISSING
    fink: Fink = MISSING
    elster: Elster1 = MISSING


class ReplyChannel2(Closed):
    """The way to answer of later versions."""

    e_mail: EMail = MISSING
    de_mail: DeMail = MISSING
    fink: Fink = MISSING
    elster: Elster2 = MISSING
    fit_connect: FitConnect = MISSING
    id_bund_de_mailbox: Mailbox = MISSING
