"""What the description of the API says beyond what the views' signatures tell."""

from __future__ import annotations

from typing import Any

from caseway.answers.data import AnswerData
from caseway.intake.data import SubmissionData

_REF = "#/components/schemas/{model}"
PROBLEM = "application/problem+json"

_submission = SubmissionData.model_json_schema(by_alias=True, ref_template=_REF)
_answer = AnswerData.model_json_schema(by_alias=True, ref_template=_REF)

SCHEMAS: dict[str, Any] = {
    **_submission.pop("$defs", {}),
    **_answer.pop("$defs", {}),
    "SubmissionData": _submission,
    "AnswerData": _answer,
    "Problem": {
        "title": "Problem",
        "description": "An error (RFC 9457). `code` is stable.",
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "remedy", "instance"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "remedy": {"type": "string"},
            "instance": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
                },
            },
            "facts": {"type": "object"},
        },
    },
}


def _upload(part: str, schema: str) -> dict[str, Any]:
    """A multipart request: a JSON part, then files, under an idempotency key."""
    return {
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": f"New for each {part}, the same for each repeat of it.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": [part],
                        "properties": {part: {"$ref": _REF.format(model=schema)}},
                        "additionalProperties": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                        },
                    },
                    "encoding": {part: {"contentType": "application/json"}},
                }
            },
        },
    }


SUBMIT = _upload("submission", "SubmissionData")
ANSWER = _upload("answer", "AnswerData")


def complete(description: dict[str, Any]) -> dict[str, Any]:
    """Add our schemas, and the problem as the answer of every operation to what goes wrong."""
    description["components"].setdefault("schemas", {}).update(SCHEMAS)
    answer = {
        "description": "What went wrong",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = answer
    return description
