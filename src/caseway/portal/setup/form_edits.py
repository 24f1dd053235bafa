"""What the buttons of the mapping editor do to the form: add, remove, move, insert. Pure; no script."""

from __future__ import annotations

from caseway.portal.setup.document_form import ON, UNMENTIONED, DocumentForm, Row, TargetForm
from caseway.portal.setup.rule_fields import Fields


def apply(form: DocumentForm, command: str, chosen: str) -> str:
    """Carry out a button's command and return the anchor to show next; unknown commands change nothing.

    Commands: `add:case`, `remove:case:3`, `up:case:3`, `down:case:3`, `use:<kind>:<expression>` (into the row
    `chosen`, `case:3`, or a new row of the target `case`), `require:case:<id>|<label>` and `offer:…`.
    """
    verb, _, rest = command.partition(":")
    if verb == "use":
        return _use(form, rest, chosen)
    target_name, _, rest = rest.partition(":")
    target = next((one for one in form.targets if one.name == target_name), None)
    if target is None:
        return ""
    if verb == "add":
        return _add(target, {})
    if verb in ("require", "offer"):
        property_id, _, label = rest.partition("|")
        required = {"required": "yes"} if verb == "require" else {}
        return _add(target, {"id": property_id, "label": label, **required})
    if (
        verb in ("remove", "up", "down")
        and rest.isascii()
        and rest.isdigit()
        and int(rest) < len(target.rows)
    ):
        return _move(target, int(rest), verb)
    return ""


def anchor(target: TargetForm, number: int) -> str:
    """Return the id of a row on the page."""
    return f"r.{target.name}.{number}"


def _add(target: TargetForm, fields: Fields) -> str:
    if target.state == UNMENTIONED:
        target.fields["state"] = ON
    target.rows.append(Row({"kind": "property", **fields}))
    return anchor(target, len(target.rows) - 1)


def _move(target: TargetForm, number: int, verb: str) -> str:
    row = target.rows.pop(number)
    if verb == "remove":
        return f"t.{target.name}"
    place = max(number - 1, 0) if verb == "up" else min(number + 1, len(target.rows))
    target.rows.insert(place, row)
    return anchor(target, place)


def _use(form: DocumentForm, what: str, chosen: str) -> str:
    kind, _, expression = what.partition(":")
    while kind == "xpath" and expression.startswith("{"):
        declared, _, expression = expression[1:].partition("}")
        _declare(form, declared)
    target_name, _, number = chosen.partition(":")
    target = next((one for one in form.targets if one.name == target_name), form.targets[0])
    if number.isascii() and number.isdigit() and int(number) < len(target.rows):
        row = target.rows[int(number)]
        row.fields |= {"kind": kind, "value": expression}
        return anchor(target, int(number))
    return _add(target, {"kind": kind, "value": expression})


def _declare(form: DocumentForm, declared: str) -> None:
    """Add a namespace, offered by the source column as `{prefix=uri}` before the expression."""
    prefix, _, uri = declared.partition("=")
    line = f"{prefix} = {uri}"
    known = form.fields.get("namespaces", "")
    if line not in known.splitlines():
        form.fields["namespaces"] = f"{known.rstrip()}\n{line}".strip()
