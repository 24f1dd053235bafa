"""JSON by a set of JSON Schema files, formats checked; references lead into the set and nowhere else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from caseway.core.errors import Invalid
from caseway.rails.keys import SchemaFile

_BASE = "http://schema.invalid/"  # RFC 2606: nothing is ever there
_WORDS = {
    "additionalProperties": "it has a member that is not allowed",
    "unevaluatedProperties": "it has a member that is not allowed",
    "enum": "the value is none of those allowed",
    "const": "the value is not the one allowed",
    "pattern": "the value does not have the form that is asked for",
    "minLength": "the value is too short",
    "maxLength": "the value is too long",
    "minItems": "there are too few",
    "maxItems": "there are too many",
    "uniqueItems": "some are the same",
    "anyOf": "it fits none of the alternatives",
    "oneOf": "it does not fit exactly one of the alternatives",
    "required": "a required member is missing",
}
_OPEN_NAMES = ("patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames")

formats = FormatChecker()


def problems(schema: SchemaFile, data: bytes) -> Iterator[str]:
    """Yield what is wrong with data, in order of discovery."""
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        yield "The data are no readable JSON in UTF-8."
        return
    for error in _compiled(schema).iter_errors(value):
        yield _sentence(error)


def check(schema: SchemaFile) -> None:
    """Do nothing where the set can be used. Raises `Invalid` (`schema.…`)."""
    for name in schema.files:
        _object(name, schema.files[name])
    _compiled(schema)


def _compiled(schema: SchemaFile) -> Validator:
    texts = tuple(
        sorted((name, content.decode("utf-8-sig", "replace")) for name, content in schema.files.items())
    )
    return _compile(sha256(repr(texts).encode()).hexdigest(), schema.entry, texts)


@lru_cache(maxsize=16)
def _compile(digest: str, entry: str, texts: tuple[tuple[str, str], ...]) -> Validator:
    contents = {name: _object(name, text.encode()) for name, text in texts}
    first = contents[entry]
    beside = str(first.get("$id") or _BASE + entry)
    registry: Registry[Any] = Registry()
    for name, content in contents.items():
        resource = Resource.from_contents(content, default_specification=DRAFT202012)
        for uri in {urljoin(beside, name), str(content.get("$id") or urljoin(beside, name))}:
            registry = registry.with_resource(uri, resource)
    for name, content in contents.items():
        _check_references(name, content, registry, str(content.get("$id") or urljoin(beside, name)))
    kind = validator_for(first, default=Draft202012Validator)
    try:
        kind.check_schema(first)
    except SchemaError as error:
        raise Invalid(
            f"The schema cannot be used: {error.json_path} breaks the rules of JSON Schema.",
            code="schema.unusable",
            remedy="Check the files with the tool they came from.",
        ) from error
    return kind({**first, "$id": beside}, registry=registry, format_checker=formats)


def _check_references(name: str, node: Any, registry: Registry[Any], base: str) -> None:
    if isinstance(node, list):
        for one in node:
            _check_references(name, one, registry, base)
    if not isinstance(node, dict):
        return
    resolver = registry.resolver(base)
    reference = node.get("$ref")
    if isinstance(reference, str):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            raise Invalid(
                f"{name} refers to {reference[:200]}, which is not among the files.",
                code="schema.reference_missing",
                remedy="Add the file; nothing is fetched from elsewhere.",
            ) from None
    for one in node.values():
        _check_references(name, one, registry, base)


def _object(name: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid(
            f"{name} is no JSON Schema.",
            code="schema.unreadable",
            remedy="A JSON Schema is an object of JSON.",
        )
    return found


def _sentence(error: ValidationError) -> str:
    """Say where and what, without the value; names that the sender chose are left out as well."""
    open_named = any(part in _OPEN_NAMES for part in list(error.absolute_schema_path)[:-1])
    where = "/".join(map(str, error.absolute_schema_path)) if open_named else error.json_path
    words = _WORDS.get(str(error.validator), "the value does not fit its rule")
    if error.validator == "required" and isinstance(error.validator_value, list):
        present = error.instance if isinstance(error.instance, Mapping) else {}
        missing = [one for one in error.validator_value if one not in present]
        words = f"missing: {', '.join(map(str, missing))}"
    if error.validator in ("type", "format"):
        words = f"the value is not of the {error.validator} {error.validator_value}"
    return f"{where[:200]}: {words}."


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$")  # RFC 3339 §5.6
_TIME = re.compile(r"^\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$")
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*$")  # RFC 3986 §2, §3
_REFERENCE = re.compile(r"^[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*$")
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*$")


@formats.checks("date-time", raises=ValueError)
def _date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not _DATE_TIME.fullmatch(value):
        return False
    second = value[17:19]
    datetime.fromisoformat(value[:17] + ("59" if second == "60" else second))  # a leap second is allowed
    return True


@formats.checks("time", raises=ValueError)
def _time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not _TIME.fullmatch(value):
        return False
    time.fromisoformat(value[:6] + ("59" if value[6:8] == "60" else value[6:8]))
    return True


@formats.checks("uri", raises=ValueError)
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(_URI.fullmatch(value) and urlsplit(value).scheme)


@formats.checks("uri-reference", raises=ValueError)
def _uri_reference(value: object) -> bool:
    return not isinstance(value, str) or bool(_REFERENCE.fullmatch(value))


@formats.checks("email")
def _email(value: object) -> bool:
    return not isinstance(value, str) or bool(_EMAIL.fullmatch(value))
