"""What a sender says of a submission: the JSON part `submission`. Strict, bounded, nothing unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from caseway.intake.moments import Moment
from caseway.intake.text import Line, Paragraphs

Role: TypeAlias = Literal["application", "structured", "attachment", "message"]
Kind: TypeAlias = Literal["application", "message", "answer"]
ReplyChannel: TypeAlias = Literal[
    "", "fit_connect", "email", "de_mail", "fink", "elster", "mailbox", "letter"
]
Line40: TypeAlias = Annotated[str, Line(40)]
Line60: TypeAlias = Annotated[str, Line(60)]
Line100: TypeAlias = Annotated[str, Line(100)]
Line200: TypeAlias = Annotated[str, Line(200)]
Line300: TypeAlias = Annotated[str, Line(300)]
LeikaKey: TypeAlias = Annotated[str, Line(20, pattern=r"^[0-9]*$")]
Channel: TypeAlias = Annotated[str, Line(40, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Email: TypeAlias = Annotated[str, Line(254, pattern=r"^([^@\s]+@[^@\s]+)?$")]


class _Part(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )


class Form(_Part):
    """The form it came from."""

    id: Line100 = ""
    name: Line200 = ""
    version: Line40 = ""


class Service(_Part):
    """The service applied for; `leikaId` is its key in the German catalogue of services (LeiKa)."""

    id: Line100 = ""
    name: Line200 = ""
    leika_id: LeikaKey = ""


class Applicant(_Part):
    """Who applies. Personal: never in a log, a list or an error."""

    type: Literal["person", "organisation"] = "person"
    given_name: Line200 = ""
    family_name: Line200 = ""
    organisation_name: Line200 = ""
    email: Email = ""
    mailbox_id: Line200 = ""


class Message(_Part):
    """A message to or from the applicant."""

    subject: Line300 = ""
    body: Annotated[str, Paragraphs(100_000)] = ""
    direction: Literal["in", "out"] = "in"
    sent_at: Moment | None = None


class ReplyWish(_Part):
    """How the applicant wants to be answered. Personal: never in a log, a list or an error."""

    channel: ReplyChannel = ""
    address: Line300 = ""  # e-mail address, account or mailbox; nothing for a letter


class CaseKey(_Part):
    """The case it belongs to, by its reference; opened under this reference where there is none."""

    reference: Annotated[str, Line(60, shortest=1)]


class DocumentData(_Part):
    """What is said of one file part, named by `part`."""

    part: Annotated[str, Line(100, shortest=1)]
    role: Role | None = None
    title: Line300 = ""
    field_key: Line200 = ""
    filename: Line200 = ""


class SubmissionData(_Part):
    """A submission as its sender describes it. `continues` names an earlier one, by id or reference."""

    kind: Kind = "application"
    form: Form = Form()
    service: Service = Service()
    applicant: Applicant | None = None
    submitted_at: Moment | None = None
    channel: Channel = "api"
    case: CaseKey | None = None
    continues: Line60 = ""
    message: Message | None = None
    region: Annotated[str, Line(12, pattern=r"^[0-9]*$")] = ""  # ARS or AGS of the place it is about
    reply: ReplyWish | None = None
    documents: Annotated[tuple[DocumentData, ...], Field(max_length=1000)] = ()
    test: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.case is not None and self.continues:
            raise PydanticCustomError("case_named_twice", "Name a case or an earlier submission, not both.")
        if (self.kind != "application") != (self.message is not None):
            raise PydanticCustomError(
                "message_and_kind", "A message and an answer have a message, and an application has none."
            )
        parts = [document.part for document in self.documents]
        if len(parts) != len(set(parts)):
            raise PydanticCustomError("part_described_twice", "Each file part is described once.")
        return self


@dataclass(frozen=True)
class Provenance:
    """How a submission came over a connection; said by Caseway itself, never by a sender."""

    origin: Mapping[str, Any]  # JSON: connection, remote ids, metadata
    reply: Mapping[str, Any] = field(default_factory=dict)  # the way to answer, as that rail needs it
