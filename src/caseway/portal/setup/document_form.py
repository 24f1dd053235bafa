"""A whole mapping as the inputs of one form, and back without loss. Pure: no request, no database."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping import yamltext
from caseway.mapping.document import TARGETS
from caseway.portal.sentences import words_of
from caseway.portal.setup import rule_fields
from caseway.portal.setup.rule_fields import FIELD_NAMES, Fields

MAX_ROWS = 150  # above that the form would carry more inputs than a server takes; YAML has no such limit

UNMENTIONED, ON, REMOVED = "unmentioned", "on", "removed"
_HEAD_WORDS = ("title", "extends", "connection", "timezone")
HEAD_NAMES = (*_HEAD_WORDS, "abstract", "namespaces", "lookups", "key_property", "rest")
TARGET_NAMES = ("state", "type", "parent_kind", "parent", "name_kind", "name", "rest")


@dataclass
class Row:
    """One rule: its inputs by name, and what is wrong with them by name."""

    fields: Fields = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = {**dict.fromkeys(("id", *FIELD_NAMES), ""), **self.fields}

    @property
    def blank(self) -> bool:
        """Whether nothing was typed into it, so that it may be left out."""
        typed = {name for name, value in self.fields.items() if value.strip()}
        return typed <= {"kind"} and self.fields.get("kind") != rule_fields.REMOVE


@dataclass
class TargetForm:
    """One target: its own inputs and its rows."""

    name: str
    fields: Fields = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = {**dict.fromkeys(TARGET_NAMES, ""), **self.fields}

    @property
    def state(self) -> str:
        return self.fields["state"] or UNMENTIONED


@dataclass
class DocumentForm:
    """A mapping in inputs. `identity` holds what the form never changes: apiVersion, kind, id."""

    identity: dict[str, Any]
    fields: Fields
    targets: list[TargetForm]
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = {**dict.fromkeys(HEAD_NAMES, ""), **self.fields}

    def target(self, name: str) -> TargetForm:
        """Return the inputs of one target. Raises `KeyError`."""
        return {target.name: target for target in self.targets}[name]

    @property
    def rows(self) -> int:
        return sum(len(target.rows) for target in self.targets)

    def all_errors(self) -> list[tuple[str, str]]:
        """Return (anchor, sentence) of everything wrong, in the order of the page."""
        found = [(f"d.{name}", sentence) for name, sentence in self.errors.items()]
        for target in self.targets:
            found += [(f"t.{target.name}.{name}", sentence) for name, sentence in target.errors.items()]
            for number, row in enumerate(target.rows):
                found += [(f"r.{target.name}.{number}.{name}", s) for name, s in row.errors.items()]
        return found


def to_form(document: Mapping[str, Any]) -> DocumentForm:
    """Return the inputs for a document; `to_document` gives the same document back."""
    rest = deepcopy(dict(document))
    identity: dict[str, Any] = {
        name: rest.pop(name) for name in ("apiVersion", "kind", "id", "version") if name in rest
    }
    targets = rest.pop("targets", {})
    fields = {name: rest.pop(name) for name in _HEAD_WORDS if _fits_one_line(rest.get(name))}
    if isinstance(rest.get("abstract"), bool):
        fields["abstract"] = "yes" if rest.pop("abstract") else "no"
    _take_namespaces(rest, fields)
    if rest.get("lookups"):
        fields["lookups"] = yamltext.dump(rest.pop("lookups"))
    _take_key(rest, fields)
    fields["rest"] = yamltext.dump(rest) if rest else ""
    return DocumentForm(identity, fields, [_target_form(name, targets) for name in TARGETS])


def from_post(identity: Mapping[str, Any], post: Mapping[str, str]) -> DocumentForm:
    """Return the inputs as they were sent; the numbers of the rows are counted anew."""
    fields = {name: post[f"d.{name}"] for name in HEAD_NAMES if f"d.{name}" in post}
    targets = [_posted_target(name, post) for name in TARGETS]
    return DocumentForm(dict(identity), fields, targets)


def to_document(form: DocumentForm) -> dict[str, Any] | None:
    """Return the document the inputs say, or None when some are wrong; then `all_errors` names them."""
    document: dict[str, Any] = dict(form.identity)
    document |= {name: form.fields[name].strip() for name in _HEAD_WORDS if form.fields.get(name, "").strip()}
    if form.fields.get("abstract"):
        document["abstract"] = form.fields["abstract"] == "yes"
    for name, read in _HEAD_PARTS.items():
        _collect(document, form.errors, name, form.fields.get(name, ""), read)
    targets = {
        target.name: _target_document(target) for target in form.targets if target.state != UNMENTIONED
    }
    if form.all_errors():
        return None
    return {**document, "targets": targets} if targets else document


def _fits_one_line(text: Any) -> bool:
    return (
        isinstance(text, str)
        and text != ""
        and text == text.strip()
        and "\n" not in text
        and "\r" not in text
    )


def _take_namespaces(rest: dict[str, Any], fields: Fields) -> None:
    namespaces = rest.get("namespaces")
    if namespaces and all(isinstance(uri, str) for uri in namespaces.values()):
        lines = "\n".join(f"{prefix} = {uri}" for prefix, uri in namespaces.items())
        if _read_namespaces(lines) == {"namespaces": namespaces}:
            fields["namespaces"] = lines
            del rest["namespaces"]


def _take_key(rest: dict[str, Any], fields: Fields) -> None:
    idempotency = rest.get("idempotency") or {}
    if _fits_one_line(idempotency.get("keyProperty")):
        fields["key_property"] = idempotency.pop("keyProperty")
        if not idempotency:
            del rest["idempotency"]


def _read_namespaces(text: str) -> dict[str, Any]:
    found = {}
    for line in filter(str.strip, text.splitlines()):
        prefix, equals, uri = line.partition("=")
        if not equals or not prefix.strip() or not uri.strip():
            raise Invalid(
                f"“{line[:60]}” is not a prefix and its namespace.",
                code="mapping.namespace_notation",
                remedy="Write one line each: prefix = namespace.",
            )
        found[prefix.strip()] = uri.strip()
    return {"namespaces": found}


def _read_lookups(text: str) -> dict[str, Any]:
    return {"lookups": _yaml_map(text)}


def _read_key(text: str) -> dict[str, Any]:
    return {"idempotency": {"keyProperty": text.strip()}}


def _yaml_map(text: str) -> dict[str, Any]:
    loaded = yamltext.load(text)
    if not isinstance(loaded, dict):
        raise Invalid(
            "This is not a YAML map.", code="mapping.yaml", remedy="Write lines of the form name: value."
        )
    return loaded


_HEAD_PARTS = {
    "namespaces": _read_namespaces,
    "lookups": _read_lookups,
    "key_property": _read_key,
    "rest": _yaml_map,
}


def _collect(result: dict[str, Any], errors: dict[str, str], name: str, text: str, read: Any) -> None:
    if not text.strip():
        return
    try:
        result.update(_merged(result, read(text)))
    except Invalid as error:
        errors[name] = words_of(error)


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Merge maps by key, one level deep: `idempotency` has a field of its own and entries in the rest."""
    result = dict(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = {**result[key], **value} if both else value
    return result


def _target_form(name: str, targets: Mapping[str, Any]) -> TargetForm:
    if name not in targets:
        return TargetForm(name, {"state": UNMENTIONED})
    if targets[name] is None:
        return TargetForm(name, {"state": REMOVED})
    rest = dict(targets[name])
    rules = rest.pop("properties", {})
    fields: Fields = {"state": ON}
    if _fits_one_line(rest.get("type")):
        fields["type"] = rest.pop("type")
    if isinstance(rest.get("parent"), dict):
        fields["parent_kind"], fields["parent"] = next(iter(rest.pop("parent").items()))
    _take_name(rest, fields)
    fields["rest"] = yamltext.dump(rest) if rest else ""
    rows = [Row({"id": key, **rule_fields.to_fields(rule)}) for key, rule in rules.items()]
    return TargetForm(name, fields, rows)


def _take_name(rest: dict[str, Any], fields: Fields) -> None:
    value = rest.get("name")
    if isinstance(value, dict) and len(value) == 1:
        kind, text = next(iter(value.items()))
        if kind in rule_fields.ONE_LINE_KINDS and _fits_one_line(text):
            fields["name_kind"], fields["name"] = kind, text
            del rest["name"]


def _posted_target(name: str, post: Mapping[str, str]) -> TargetForm:
    fields = {key: post[f"t.{name}.{key}"] for key in TARGET_NAMES if f"t.{name}.{key}" in post}
    said = post.get(f"t.{name}.rows", "")
    count = min(int(said), MAX_ROWS) if said.isascii() and said.isdigit() else 0
    rows = [Row(_posted_row(f"r.{name}.{number}", post)) for number in range(count)]
    return TargetForm(name, fields, rows)


def _posted_row(prefix: str, post: Mapping[str, str]) -> Fields:
    found = {name: post.get(f"{prefix}.{name}", "").replace("\r\n", "\n") for name in FIELD_NAMES}
    return {name: value for name, value in found.items() if value}


def _target_document(target: TargetForm) -> dict[str, Any] | None:
    if target.state == REMOVED:
        return None
    result: dict[str, Any] = {}
    if kind := target.fields.get("type", "").strip():
        result["type"] = kind
    if place := target.fields.get("parent_kind"):
        result["parent"] = {place: "case" if place == "target" else target.fields.get("parent", "").strip()}
    if name := target.fields.get("name", "").strip():
        result["name"] = {target.fields.get("name_kind") or "template": name}
    _collect(result, target.errors, "rest", target.fields.get("rest", ""), _yaml_map)
    rules = _rules(target)
    return {**result, "properties": rules} if rules else result


def _rules(target: TargetForm) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for row in target.rows:
        if row.blank:
            continue
        property_id = row.fields.get("id", "").strip()
        if not property_id:
            row.errors["id"] = "The repository id is missing."
        elif property_id in rules:
            row.errors["id"] = f"The property {property_id} has a rule above already."
        try:
            rules[property_id] = rule_fields.to_rule(row.fields)
        except Invalid as error:
            name = str(
                error.details.get("field", "expert" if row.fields.get("kind") == "expert" else "value")
            )
            row.errors[name] = words_of(error)
    return rules
