"""Comparing authentication tags: did the delivery service, or the recipient, see the very parts we saw?

Codes (`fit_connect.…`), all `TokenRefused`:
- `set_tags_missing`: the event carries no tags; accept-submission of older adopters comes so
- `set_tags_malformed`: they are not 22 characters of base64url each
- `set_tags_metadata_differ`, `set_tags_data_differ`: another content was seen
- `set_tags_attachments_differ`: other attachments, or other contents of them
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.sets import UUID, Tags

_TAG = re.compile(r"[A-Za-z0-9_-]{22}")
_REMEDY = "Do not rely on this submission; tell the operator of the delivery service."


def tags_in(payload: Mapping[str, Any]) -> Tags:
    """Return the tags an event carries. Raises `TokenRefused` when there are none, or unreadable ones."""
    found = payload.get("authenticationTags")
    if found is None:
        raise TokenRefused(
            "The event does not say which content was seen.",
            code="fit_connect.set_tags_missing",
            remedy="The recipient's software should name the authentication tags; ask its operator.",
        )
    if not isinstance(found, dict) or not isinstance(found.get("attachments", {}), dict):
        raise _malformed()
    attachments = {name.lower(): tag for name, tag in found.get("attachments", {}).items()}
    tags = Tags(found.get("metadata", ""), found.get("data"), attachments)
    named = [tags.metadata, *([] if tags.data is None else [tags.data]), *attachments.values()]
    if not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in named):
        raise _malformed()
    if not all(UUID.fullmatch(name) for name in attachments):
        raise _malformed()
    return tags


def check_tags(payload: Mapping[str, Any], ours: Tags) -> None:
    """Raise `TokenRefused` unless an event names exactly the parts we sent or received."""
    theirs = tags_in(payload)
    if theirs.metadata != ours.metadata:
        raise TokenRefused(
            "The metadata seen there are not those seen here.",
            code="fit_connect.set_tags_metadata_differ",
            remedy=_REMEDY,
        )
    if theirs.data != ours.data:
        raise TokenRefused(
            "The subject data seen there are not those seen here.",
            code="fit_connect.set_tags_data_differ",
            remedy=_REMEDY,
        )
    mine = {name.lower(): tag for name, tag in ours.attachments.items()}
    if theirs.attachments != mine:
        raise TokenRefused(
            "The attachments seen there are not those seen here.",
            code="fit_connect.set_tags_attachments_differ",
            remedy=_REMEDY,
            attachments=sorted(
                name
                for name in mine.keys() | theirs.attachments.keys()
                if mine.get(name) != theirs.attachments.get(name)
            ),
        )


def _malformed() -> TokenRefused:
    return TokenRefused(
        "The authentication tags of the event are malformed.",
        code="fit_connect.set_tags_malformed",
        remedy="Whoever issued the event must issue it anew.",
    )
