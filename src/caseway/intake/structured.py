"""The structured file of a submission: XML or JSON that mappings look into, read once at the door."""

from __future__ import annotations

from collections.abc import Callable

from caseway.core.errors import Invalid, TooLarge
from caseway.core.xml import parse
from caseway.intake.facts import is_json, parse_json

STRUCTURED_BYTES = 20_000_000
"""The largest structured file, in bytes; larger ones are attachments."""


def is_structured(media_type: str) -> bool:
    """Tell whether a media type is XML or JSON (RFC 7303, 8; RFC 6839, 3.1)."""
    return is_json(media_type) or is_xml(media_type)


def is_xml(media_type: str) -> bool:
    """Tell whether a media type is XML, or a form of it such as `application/xhtml+xml`."""
    return media_type in ("application/xml", "text/xml") or media_type.endswith("+xml")


def check_structured(media_type: str, size: int, read: Callable[[], bytes]) -> None:
    """Read a structured file as a mapping will, so that a bad one is refused at the door.

    Raises `TooLarge` (`submission.structured_too_large`) and `Invalid` (`submission.structured_type`,
    `submission.structured_broken`, and the codes of `caseway.core.xml`).
    """
    if not is_structured(media_type):
        raise Invalid(
            "The structured file is neither XML nor JSON.",
            code="submission.structured_type",
            remedy="Send XML or JSON, or give the file the role attachment.",
        )
    if size > STRUCTURED_BYTES:
        raise TooLarge(
            f"A structured file may have {STRUCTURED_BYTES} bytes.",
            code="submission.structured_too_large",
            remedy="Send it as an attachment.",
        )
    if is_json(media_type):
        parse_json(read())
    else:
        parse(read())
