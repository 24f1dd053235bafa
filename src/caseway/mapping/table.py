"""The five-column table (Name, Ziel, Repo-ID, Typ, Wert): how administrators exchange mappings.

Read with `;`, `|`, tab or comma, with or without byte order mark, in German or English. What the five
columns cannot hold is named by `table_losses`, never dropped in silence.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping.defaults import IDEMPOTENCY, TIMEZONE, with_defaults
from caseway.mapping.document import TARGETS, check
from caseway.mapping.expressions import kind_of
from caseway.mapping.findings import Finding
from caseway.mapping.hints import did_you_mean
from caseway.mapping.table_words import (
    COLUMNS,
    HEADERS,
    KIND_WORDS,
    TARGET_WORDS,
    column_of,
    kind_of_word,
    target_of,
)
from caseway.mapping.vocabulary import term

MAX_BYTES = 1024 * 1024
MAX_ROWS = 2000
DELIMITERS = (";", "|", "\t", ",")

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_KEPT = ("label", "value")


def read_table(data: bytes | str, *, mapping_id: str, version: int = 1, title: str = "") -> dict[str, Any]:
    """Return the mapping a table describes; types, parents and names are left to the defaults.

    Raises `Invalid` with `line` in its details: `mapping.table_encoding`, `mapping.table_header`,
    `mapping.table_columns`, `mapping.table_target`, `mapping.table_kind`, `mapping.table_empty_cell`,
    `mapping.table_duplicate`, `mapping.property_unknown`, `mapping.control_character`; and `TooLarge`.
    """
    targets: dict[str, Any] = {}
    for line, cells in _rows(_text(data)):
        name, rule = _rule(cells, line)
        properties = targets.setdefault(name, {"properties": {}})["properties"]
        if cells["property"] in properties:
            raise _bad(
                "table_duplicate", line, "sets a property its target has already", "Keep one of the rows."
            )
        properties[cells["property"]] = rule
    head = {"apiVersion": "caseway/mapping/v1", "kind": "DmsMapping", "id": mapping_id, "version": version}
    return check({**head, **({"title": title} if title else {}), "targets": targets})


def write_table(
    resolved: Mapping[str, Any], *, language: Literal["de", "en"] = "de", delimiter: str = ";"
) -> str:
    """Return the table of a resolved mapping, safe to open in a spreadsheet and readable by `read_table`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADERS[language])
    for name, property_id, rule in _fields(resolved):
        kind = kind_of(rule["value"])
        if kind not in KIND_WORDS[language]:
            continue
        words = TARGET_WORDS[language][name], KIND_WORDS[language][kind]
        content = rule["value"][kind]
        value = ", ".join(map(_word, content)) if isinstance(content, list) else _word(content)
        row = (rule.get("label", ""), words[0], property_id, words[1], value)
        writer.writerow([_escaped(cell) for cell in row])
    return out.getvalue()


def table_losses(resolved: Mapping[str, Any]) -> list[Finding]:
    """Return, as warnings, what `write_table` cannot say of a resolved mapping."""
    found = [_loss(key, "the table holds properties only") for key in _beyond_properties(resolved)]
    for name, property_id, rule in _fields(resolved):
        path = f"targets.{name}.properties.{property_id}"
        kind = kind_of(rule["value"])
        if kind not in KIND_WORDS["de"]:
            found.append(
                _loss(f"{path}.value", f"the whole row is left out: {kind} has no word in the table")
            )
            continue
        if kind == "const" and not isinstance(rule["value"]["const"], str):
            found.append(_loss(f"{path}.value", "the constant becomes text"))
        found += [_loss(f"{path}.{key}", "there is no column for it") for key in rule if key not in _KEPT]
    return found


def _word(content: Any) -> str:
    return str(content).lower() if isinstance(content, bool) else str(content)


def _loss(path: str, why: str) -> Finding:
    return Finding(
        "mapping.table_loss", "warning", path, f"Not in the table: {why}.", "Export as YAML to keep it."
    )


def _beyond_properties(resolved: Mapping[str, Any]) -> Iterator[str]:
    """Name what a table read back would not have, or would have by default anyway."""
    for key, default in (
        ("timezone", TIMEZONE),
        ("idempotency", IDEMPOTENCY),
        ("namespaces", {}),
        ("lookups", {}),
    ):
        if resolved.get(key, default) != default:
            yield key
    yield from (key for key in ("connection", "remit", "abstract") if key in resolved)
    bare = {name: {"properties": target["properties"]} for name, target in resolved["targets"].items()}
    defaults = with_defaults({"targets": bare})["targets"]
    for name, target in resolved["targets"].items():
        yield from (f"targets.{name}.{key}" for key in target if target[key] != defaults[name].get(key))
        if not target["properties"]:
            yield f"targets.{name}"


def _fields(resolved: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name in TARGETS:
        target = resolved["targets"].get(name)
        for property_id, rule in (target or {}).get("properties", {}).items():
            yield name, property_id, rule


def _text(data: bytes | str) -> str:
    if len(data) > MAX_BYTES:
        raise TooLarge("The table is larger than 1 MiB.", code="mapping.too_large", limit=MAX_BYTES)
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:  # spreadsheets on Windows still save in code page 1252
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(
        "The table is not text in a known encoding.",
        code="mapping.table_encoding",
        remedy="Save it as CSV UTF-8.",
    )


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, cells by column) of each row that is not empty."""
    if "\x00" in text:
        raise Invalid("The table holds a NUL character.", code="mapping.control_character")
    hint = text[:4].casefold() == "sep="  # one spreadsheet writes its delimiter so
    lines = (text.partition("\n")[2] if hint else text).lstrip("\r\n")
    skipped = text[: len(text) - len(lines)].count("\n")
    delimiter, columns = _header(lines, skipped + 1)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)
    try:
        next(reader)
        for number, row in enumerate(reader):
            line = reader.line_num + skipped
            if number > MAX_ROWS:
                raise TooLarge(
                    f"The table has more than {MAX_ROWS} rows.", code="mapping.too_large", line=line
                )
            if any(cell.strip() for cell in row):
                yield line, _cells(row, columns, line)
    except csv.Error as error:
        raise _bad(
            "table_columns", reader.line_num + skipped, "is not a row of a table", "Check its quotes."
        ) from error


def _header(text: str, line: int) -> tuple[str, list[str]]:
    """Return (delimiter, columns in their order), by which delimiter makes the first line a header."""
    first = text.partition("\n")[0].strip("\r")
    for delimiter in DELIMITERS:
        words = next(csv.reader([first], delimiter=delimiter), [])
        while words and not words[-1].strip():
            words.pop()
        columns = [column_of(_unescaped(word)) for word in words]
        if sorted(filter(None, columns)) == sorted(COLUMNS) and None not in columns:
            return delimiter, [column for column in columns if column]
    raise _bad(
        "table_header",
        line,
        "is not a header",
        f"Begin with {'; '.join(HEADERS['de'])} or the English words.",
    )


def _cells(row: list[str], columns: list[str], line: int) -> dict[str, str]:
    if len(row) < len(columns) or any(cell.strip() for cell in row[len(columns) :]):
        raise _bad(
            "table_columns",
            line,
            f"has {len(row)} columns instead of 5",
            "Put a cell with the delimiter in quotes.",
        )
    cells = {column: _unescaped(cell).strip() for column, cell in zip(columns, row, strict=False)}
    for column, word in zip(COLUMNS, HEADERS["en"], strict=True):
        if not cells[column] and column != "name":
            raise _bad(
                "table_empty_cell", line, f"has nothing under {word}", "Fill the cell in, or remove the row."
            )
    return cells


def _rule(cells: Mapping[str, str], line: int) -> tuple[str, dict[str, Any]]:
    name, kind = target_of(cells["target"]), kind_of_word(cells["kind"])
    if name is None:
        known = (*TARGET_WORDS["de"].values(), *TARGET_WORDS["en"].values())
        raise _bad("table_target", line, "names no known target", did_you_mean(cells["target"], known))
    if kind is None:
        known = (*KIND_WORDS["de"].values(), *KIND_WORDS["en"].values())
        raise _bad("table_kind", line, "names no known kind of value", did_you_mean(cells["kind"], known))
    if kind == "property":
        _check_term(cells["value"], line)
    label = {"label": cells["name"]} if cells["name"] else {}
    return name, {**label, "value": {kind: cells["value"]}}


def _check_term(name: str, line: int) -> None:
    try:
        term(name)
    except Invalid as error:
        raise Invalid(
            f"Line {line}: {error.sentence}", code=error.code, remedy=error.remedy, line=line, name=name
        ) from error


def _bad(code: str, line: int, what: str, remedy: str) -> Invalid:
    return Invalid(f"Line {line} {what}.", code=f"mapping.{code}", remedy=remedy, line=line)


def _escaped(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; `_unescaped` takes it away again."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell
