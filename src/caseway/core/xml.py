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
        _refuse_doctype(data)
        root = etree.fromstring(data, etree.XMLParser(huge_tree=True, **_SAFE))
    except etree.XMLSyntaxError as error:
        raise _malformed(error) from None
    except ValueError:
        raise Invalid("The XML cannot be read.", code="xml.malformed", line=1) from None
    _refuse_depth(root, max_depth)
    return root


def _refuse_doctype(data: bytes) -> None:
    """Read as far as the root element with the library's own limits still on, in whatever encoding."""
    parser = etree.XMLPullParser(("start",), huge_tree=False, **_SAFE)
    for begin in range(0, len(data), 4096):
        parser.feed(data[begin : begin + 4096])
        for _, root in parser.read_events():
            assert isinstance(root, etree._Element)
            info = root.getroottree().docinfo
            if info.internalDTD is not None or info.doctype:
                raise Invalid(
                    "The XML has a DOCTYPE, which is not accepted.",
                    code="xml.doctype",
                    remedy="Send the XML without a document type declaration.",
                )
            return


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
