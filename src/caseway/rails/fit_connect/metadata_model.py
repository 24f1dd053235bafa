"""The shape of metadata, 1.x and 2.x: every member FIT-Connect has, and no other at the top.

Source: metadata schemas 1.0.0 and 2.1.0, in our own words, and stricter where those leave things open: the
top level is closed, a reply channel must be one that exists, formats are asserted. Deeper objects may hold
more. Of 1.1 to 1.5 no schema is public: they are taken as 1.0.0 with what 2.1.0 knows besides.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from caseway.rails.fit_connect.formats import Amount, Date, Moment, Uri, Uuid
from caseway.rails.fit_connect.metadata_base import MISSING, Closed, Open
from caseway.rails.fit_connect.metadata_channels import ReplyChannel1, ReplyChannel2

Sha512: TypeAlias = Annotated[str, Field(pattern=r"^[a-f0-9]{128}$")]
MimeType: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.+-]+$")]
Word: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=36)]
Detached: TypeAlias = Annotated[
    str, Field(pattern=r"^(?:[A-Za-z0-9+/=][A-Za-z0-9+/=_.-]*|[A-Za-z0-9+/=_.-]*[A-Za-z0-9_-])$")
]
Urn: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9()+,.:=@;$_!*'%/?#-]+$", min_length=7, max_length=255
    ),
]
DataType: TypeAlias = Literal["application/json", "application/xml"]


class Hash(Open):
    """SHA-512 over the plaintext."""

    type: Literal["sha512"]
    content: Sha512


class Signature(Open):
    """How a part is signed, and the signature itself where it is detached."""

    signature_format: Literal["cms", "xml", "pdf", "asic", "json"]
    detached_signature: bool
    eidas_ades_profile: Literal[
        "http://uri.etsi.org/ades/191x2/level/baseline/B-B#",
        "http://uri.etsi.org/ades/191x2/level/baseline/B-T#",
        "http://uri.etsi.org/ades/191x2/level/baseline/B-LT#",
        "http://uri.etsi.org/ades/191x2/level/baseline/B-LTA#",
    ] = MISSING
    content: Detached = MISSING


class SubmissionSchema(Open):
    """Which schema the subject data keep."""

    schema_uri: Uri
    mime_type: DataType


class Data(Open):
    """The subject data."""

    hash: Hash
    signature: Signature = MISSING
    submission_schema: SubmissionSchema


class _Attachment(Open):
    hash: Hash
    signature: Signature = MISSING
    filename: str = MISSING
    description: str = MISSING
    mime_type: MimeType
    attachment_id: Uuid
    fragments: Annotated[list[Uuid], Field(min_length=1)] = MISSING


class Attachment1(_Attachment):
    """An attachment of 1.0.0."""

    purpose: Literal["form", "attachment", "report"]


class Attachment2(_Attachment):
    """An attachment of 2.x."""

    purpose: Literal["form", "attachment", "report", "data"]


class Structure1(Open):
    """The content of 1.0.0."""

    data: Data = MISSING
    attachments: list[Attachment1]


class Structure1Later(Open):
    """The content of a later 1.x."""

    data: Data = MISSING
    attachments: list[Attachment2]


class Structure2(Open):
    """The content of 2.x."""

    data: Data
    attachments: list[Attachment2]


class Payment(Open):
    """What the payment service told."""

    transaction_url: Annotated[Uri, Field(min_length=1)] = MISSING
    transaction_id: Annotated[Word, Field(min_length=1)]
    transaction_reference: str
    transaction_timestamp: Moment = MISSING
    payment_method: Literal["GIROPAY", "PAYDIRECT", "CREDITCARD", "PAYPAL", "INVOICE", "OTHER"]
    payment_method_detail: Word = MISSING
    status: Literal["INITIAL", "BOOKED", "FAILED", "CANCELED"]
    gross_amount: Amount = MISSING


class References1(Open):
    """References of 1.x."""

    sender_reference: str = MISSING
    application_date: Date = MISSING


class References2(Closed):
    """References of 2.x."""

    sender_reference: str = MISSING
    application_date: Date = MISSING
    id_bund_de_application_id: Uuid = MISSING
    zustimmung_zum_digitalen_bescheid: bool = MISSING


class Product(Open):
    """The software that sent."""

    name: str
    description: str = MISSING
    version: str
    manufacturer: str


class Author(Open):
    """Who sent."""

    name: str
    description: str = MISSING
    url: str = MISSING
    product: Product


class DataSetSchema(Open):
    """Which schema a data set keeps."""

    schema_uri: Uri
    mime_type: Literal["application/json", "application/xml", "application/jose"]


class DataSet(Open):
    """A data set beside the subject data, such as an evidence of identity."""

    data_set_id: Uuid
    schema_: Annotated[DataSetSchema, Field(alias="schema")]
    hash: Hash
    description: str = MISSING
    content: Any


class PublicServiceType(Open):
    """The service, in 1.x."""

    name: str = MISSING
    description: str = MISSING
    identifier: Urn


class Authentication(Open):
    """An evidence of identity, in 1.x."""

    type: Literal["identificationReport"]
    version: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$")]
    content: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]+$")]


class _Metadata(Closed):
    schema_: Annotated[str, Field(alias="$schema")] = MISSING
    payment_information: Payment = MISSING


class Metadata1(_Metadata):
    """Metadata 1.0.0."""

    content_structure: Structure1
    public_service_type: PublicServiceType = MISSING
    authentication_information: Annotated[list[Authentication], Field(min_length=1)] = MISSING
    reply_channel: ReplyChannel1 = MISSING
    additional_reference_info: References1 = MISSING


class Metadata1Later(_Metadata):
    """Metadata 1.1 to 1.x."""

    content_structure: Structure1Later
    public_service_type: PublicServiceType = MISSING
    authentication_information: Annotated[list[Authentication], Field(min_length=1)] = MISSING
    reply_channel: ReplyChannel2 = MISSING
    additional_reference_info: References1 = MISSING
    author: Author = MISSING


class Metadata2(_Metadata):
    """Metadata 2.x."""

    schema_: Annotated[
        str,
        Field(
            alias="$schema",
            pattern=r"^https://schema\.fitko\.de/fit-connect/metadata/2\.[0-9]+\.[0-9]+/metadata\.schema\.json$",
        ),
    ]
    content_structure: Structure2
    reply_channel: ReplyChannel2 = MISSING
    additional_reference_info: References2 = MISSING
    author: Author = MISSING
    data_sets: list[DataSet] = MISSING
