"""What somebody says of an answer: its words, its files, and another way where the applicant named one."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from caseway.core.errors import Invalid
from caseway.intake.data import DocumentData, ReplyWish
from caseway.intake.text import Line, Paragraphs


class AnswerData(BaseModel):
    """An answer. `to` is how the applicant wants to be answered now; without it, as in the application."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,
    )

    subject: Annotated[str, Line(300, 1)]
    body: Annotated[str, Paragraphs(100_000)]
    to: ReplyWish | None = None
    documents: Annotated[tuple[DocumentData, ...], Field(max_length=1000)] = ()

    @field_validator("body")
    @classmethod
    def _says_something(cls, body: str) -> str:
        if not body.strip():
            raise PydanticCustomError("answer_empty", "An answer says something.")
        return body.replace("\r\n", "\n")

    @classmethod
    def of(cls, **said: object) -> Self:
        """Return what was typed. Raises `Invalid` (`answer.invalid`) with a sentence for each field."""
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            raise Invalid(
                "Some of this cannot be sent as an answer.",
                code="answer.invalid",
                remedy="Correct the fields named.",
                fields={".".join(map(str, one["loc"])): one["msg"] for one in error.errors()},
            ) from error
