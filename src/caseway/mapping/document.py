"""One mapping document: read from YAML, checked against the schema of the language, written back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from caseway.core.errors import Invalid
from caseway.mapping import yamltext
from caseway.mapping.hints import did_you_mean

MAX_PROBLEMS = 20
TARGETS = ("case", "application", "structured", "attachment", "message")

# One-of maps: a derived mapping replaces them whole, and a wrong one is explained at the map itself.
VALUE_KINDS = ("property", "xpath", "jsonpath", "const", "template", "first", "concat")


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `caseway/mapping/v1`."""
    text = files("caseway.mapping").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def load(text: str | bytes) -> dict[str, Any]:
    """Return the mapping in a YAML (or JSON) text, checked by `check`.

    Raises `Invalid` with a `mapping.*` code: those of `yamltext.load`, and `mapping.schema`.
    """
    return check(yamltext.load(text))


def dump(document: Mapping[str, Any]) -> str:
    """Return the mapping as YAML that `load` reads back to the same document."""
    return yamltext.dump(dict(document))


def check(document: Any) -> dict[str, Any]:
    """Return the document when it fits the schema.

    Raises `Invalid` (`mapping.schema`): `path` is the first wrong place, `problems` lists up to 20 of
    `{path, sentence, remedy}`.
    """
    problems = schema_problems(document)
    if not problems:
        return dict(document)
    first = problems[0]
    raise Invalid(
        f"The mapping does not fit the language at {first['path'] or 'its top'}: {first['sentence']}",
        code="mapping.schema",
        remedy=first["remedy"],
        path=first["path"],
        problems=problems,
    )


def schema_problems(document: Any) -> list[dict[str, str]]:
    """Return what does not fit the schema, at most 20 lines, in the order of the document."""
    errors = sorted(
        _validator().iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path]
    )
    leaves = [_leaf(error) for error in errors[:MAX_PROBLEMS]]
    return [_problem(leaf) for leaf in leaves]


def dotted(path: Iterable[Any]) -> str:
    """Return a place in a document as one text: `targets.case.properties.355`."""
    return ".".join(str(part) for part in path)


def _leaf(error: ValidationError) -> ValidationError:
    """Follow anyOf (null or the real thing) down to the rule that a person broke."""
    while error.validator == "anyOf":
        real = [inner for inner in error.context or () if inner.validator != "type" or inner.path]
        if not real:
            break
        error = min(real, key=lambda inner: (inner.validator == "oneOf", len(inner.path)))
    return error


def _problem(error: ValidationError) -> dict[str, str]:
    sentence, remedy = _explain(error)
    return {"path": dotted(error.absolute_path), "sentence": sentence, "remedy": remedy}


def _explain(error: ValidationError) -> tuple[str, str]:
    rule = str(error.validator)
    wanted: Any = error.validator_value
    if rule == "additionalProperties" and isinstance(error.instance, dict):
        rules: Any = error.schema
        known = sorted(rules.get("properties", {}))
        unknown = [key for key in error.instance if key not in known]
        return f"{', '.join(unknown[:5])} is not known here.", did_you_mean(unknown[0], known)
    if rule == "required":
        there: Any = error.instance
        missing = [key for key in wanted if key not in there]
        return f"{', '.join(missing)} is missing.", "Add it."
    if rule == "oneOf":
        return "give exactly one kind of value.", f"One of {', '.join(VALUE_KINDS)}."
    if rule in _SENTENCES:
        return _SENTENCES[rule].format(_shown(wanted)), ""
    return f"it breaks the rule {rule} of the schema.", "See the mapping reference."


def _shown(wanted: Any) -> str:
    many = wanted if isinstance(wanted, list) else [wanted]
    return ", ".join("nothing (null)" if item is None else str(item) for item in many)


_SENTENCES = {
    "anyOf": "it must be a map, or null.",
    "type": "it must be of type {0}.",
    "enum": "it must be one of {0}.",
    "const": "it must be {0}.",
    "pattern": "it must have the form {0}.",
    "minLength": "it must not be empty.",
    "maxLength": "it must have at most {0} characters.",
    "minItems": "it must have at least {0} entries.",
    "maxItems": "it must have at most {0} entries.",
    "minProperties": "it must not be empty.",
    "maxProperties": "it must have at most {0} entries.",
    "minimum": "it must be at least {0}.",
    "maximum": "it must be at most {0}.",
    "uniqueItems": "each entry may be there only once.",
}
