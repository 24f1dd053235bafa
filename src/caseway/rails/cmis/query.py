"""Statements of the CMIS query language: one `=` predicate, as not every server has IN, OR or IN_FOLDER."""

from __future__ import annotations

import re

from caseway.core.errors import Invalid

_QUERY_NAME = re.compile(r"[^\s'\"\\,()=<>;]{1,200}")


def literal(text: str) -> str:
    """Return a character string literal; `\\'` and `\\\\` are the only escapes (CMIS 1.1 §2.1.14)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def ids_where(type_query_name: str, key_query_name: str, value: str) -> str:
    """Return the statement that finds the objects of a type whose property equals `value`.

    Only cmis columns are selected: a custom column beside them breaks some servers. Both names must be
    query names of the type definition, not ids. Raises `Invalid` for a name that could not be one.
    """
    for name in (type_query_name, key_query_name):
        _check(name)
    return f"SELECT cmis:objectId, cmis:name FROM {type_query_name} WHERE {key_query_name} = {literal(value)}"


def ids_where_aspect(type_query_name: str, aspect_query_name: str, key_query_name: str, value: str) -> str:
    """Return the statement that finds objects by a property of a secondary type, which needs a JOIN."""
    for name in (type_query_name, aspect_query_name, key_query_name):
        _check(name)
    return (
        f"SELECT d.cmis:objectId, d.cmis:name FROM {type_query_name} AS d "
        f"JOIN {aspect_query_name} AS s ON d.cmis:objectId = s.cmis:objectId "
        f"WHERE s.{key_query_name} = {literal(value)}"
    )


def _check(name: str) -> None:
    if not _QUERY_NAME.fullmatch(name):
        raise Invalid("A name cannot be used in a query.", code="cmis.query_name_unfit", name=name)
