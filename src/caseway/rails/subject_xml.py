"""XML by a set of XSD files (W3C XML Schema 1.0), loaded from the set and from nowhere else."""

from __future__ import annotations

import posixpath
import re
import threading
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from caseway.core.errors import Invalid
from caseway.core.xml import parse
from caseway.rails.keys import SchemaFile

_BASE = "http://schema.invalid/"  # RFC 2606: nothing is ever there
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_POINTING = frozenset(f"{_XSD}{name}" for name in ("include", "import", "redefine"))
_NAME = re.compile(r"^(?:Element|Attribute) '(?:\{[^}']*\})?([^'\s]{1,80})'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\([^()]{1,600}\)")
_WORDS = {
    "SCHEMAV_ELEMENT_CONTENT": "something else is expected here, or something is missing",
    "SCHEMAV_CVC_ELT_1": "this is not an element the schema begins with",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "this attribute is not allowed here",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "a required attribute is missing",
    "SCHEMAV_CVC_ENUMERATION_VALID": "the value is none of those allowed",
    "SCHEMAV_CVC_PATTERN_VALID": "the value does not have the form that is asked for",
    "SCHEMAV_CVC_MINLENGTH_VALID": "the value is too short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "the value is too long",
}
_lock = threading.Lock()  # a compiled schema keeps the errors of its last validation


def problems(schema: SchemaFile, data: bytes) -> Iterator[str]:
    """Yield what is wrong with data, in order."""
    try:
        root = parse(data)
    except Invalid as error:
        yield error.sentence
        return
    compiled = _compiled(schema)
    with _lock:
        compiled.validate(root)
        found = [_sentence(one) for one in compiled.error_log]  # type: ignore[attr-defined]
    yield from found


def check(schema: SchemaFile) -> None:
    """Do nothing where the set can be compiled. Raises `Invalid` (`schema.…`)."""
    for name, content in schema.files.items():
        root = _parsed(name, content)
        for location in _locations(root):
            if _in_set(location, name, schema.files) is None:
                raise Invalid(
                    f"{name} refers to {location[:200]}, which is not among the files.",
                    code="schema.reference_missing",
                    remedy="Add the file; nothing is fetched from elsewhere.",
                )
    _compiled(schema)


def _compiled(schema: SchemaFile) -> etree.XMLSchema:
    digest = sha256()
    for name, content in sorted(schema.files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return _compile(digest.hexdigest(), schema.entry, _Files(schema.files))


class _Files:
    """The files of a set, told apart by the digest beside them in the cache."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Files)


@lru_cache(maxsize=16)
def _compile(digest: str, entry: str, files: _Files) -> etree.XMLSchema:
    _parsed(entry, files.files[entry])
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_OfSet(files.files))
    try:
        root = etree.fromstring(files.files[entry], parser, base_url=_BASE + entry)
        return etree.XMLSchema(root)
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        raise Invalid(
            f"The schema cannot be used: {str(error)[:300]}",
            code="schema.unusable",
            remedy="XSD 1.0 is understood; check the files with the tool they came from.",
        ) from error


class _OfSet(etree.Resolver):
    """Answers every reference from the set; what is not there is empty, and never looked for elsewhere."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(  # type: ignore[override]
        self, system_url: str, public_id: str, context: Any
    ) -> Any:
        name = _in_set(system_url, "", self._files)
        if name is None:
            return self.resolve_empty(context)  # type: ignore[attr-defined]
        _parsed(name, self._files[name])
        return self.resolve_string(self._files[name], context, base_url=_BASE + name)


def _parsed(name: str, content: bytes) -> etree._Element:
    try:
        return parse(content)
    except Invalid as error:
        raise Invalid(
            f"{name}: {error.sentence}", code="schema.unreadable", remedy=error.remedy, reason=error.code
        ) from error


def _locations(root: etree._Element) -> Iterator[str]:
    for child in root:
        location = child.get("schemaLocation")
        if child.tag in _POINTING and location:
            yield location


def _in_set(location: str, beside: str, files: Mapping[str, bytes]) -> str | None:
    """Return the name of the file a location means: by its path beside the other, else by its last part."""
    path = location.removeprefix(_BASE) if location.startswith(_BASE) else location
    near = posixpath.normpath(posixpath.join(posixpath.dirname(beside), path))
    if near in files:
        return near
    last = posixpath.basename(urlsplit(path).path)
    same = [name for name in files if posixpath.basename(name) == last]
    return same[0] if last and len(same) == 1 else None


def _sentence(error: Any) -> str:
    """Say where and what, without the value; names and what is expected come from the schema."""
    where = f"Line {error.line}"
    named = _NAME.match(error.message)
    if named:
        where += f", {named[1]}"
    words = _WORDS.get(error.type_name, "the value does not fit its type")
    expected = _EXPECTED.search(error.message) if error.type_name == "SCHEMAV_ELEMENT_CONTENT" else None
    return f"{where}: {words}." + (f" {re.sub(r'[{][^}]*[}]', '', expected[0])}." if expected else "")
