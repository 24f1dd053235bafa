"""XML from others, read without trust: no DOCTYPE, no entities, no network, bounded in size and depth."""

from __future__ import annotations

from typing import Any

from lxml import etree

from caseway.core.errors import Invalid, TooLarge

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 200

_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
}


def parse(data: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> etree._Element:
    """Return the root element.

    Text nodes may be as long as the whole (documents travel in base64). Raises `TooLarge` with
    `xml.too_large`, `Invalid` with `xml.doctype`, `xml.too_deep` or `xml.malformed`; the last names the line
    and never what stands there.
    """
    if len(data) > max_bytes:
        raise TooLarge(f"The XML is larger than {max_bytes} bytes.", code="xml.too_large", limit=max_bytes)
    try:
        # The head is read while the library's own limits are on. Where that reader sees no root the other one
        # might (UTF-32): two readers who disagree are not given a chance.
        _refuse_doctype(peek_root(data))
        root = etree.fromstring(data, etree.XMLParser(huge_tree=True, **_SAFE))
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    except ValueError:
        raise Invalid("The XML cannot be read.", code="xml.malformed", line=1) from None
    _refuse_doctype(root)
    _refuse_depth(root, max_depth)
    return root


def peek_root(data: bytes) -> etree._Element | None:
    """Return the root element as it opens, or None where no XML begins; reads no further, in any encoding."""
    parser = etree.XMLPullParser(("start",), huge_tree=False, **_SAFE)
    try:
        for begin in range(0, len(data), 4096):
            parser.feed(data[begin : begin + 4096])
            for _, element in parser.read_events():
                return _element(element)
        parser.close()
    except etree.XMLSyntaxError:
        pass  # what opened before the fault counts
    try:
        return next((_element(element) for _, element in parser.read_events()), None)
    except etree.XMLSyntaxError:
        return None


def _element(found: object) -> etree._Element:
    assert isinstance(found, etree._Element)
    return found


def _refuse_doctype(root: etree._Element | None) -> None:
    if root is None:
        raise Invalid("The XML cannot be read.", code="xml.malformed", line=1)
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise Invalid(
            "The XML has a DOCTYPE, which is not accepted.",
            code="xml.doctype",
            remedy="Send the XML without a document type declaration.",
        )


def _refuse_depth(root: etree._Element, max_depth: int) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > max_depth:
            raise Invalid(
                f"The XML is nested more than {max_depth} deep.", code="xml.too_deep", limit=max_depth
            )


def _malformed(error: etree.XMLSyntaxError) -> Invalid:
    line = error.lineno or 1
    return Invalid(
        f"The XML is not well-formed (line {line}).",
        code="xml.malformed",
        remedy="Correct the XML at the given line.",
        line=line,
    )
