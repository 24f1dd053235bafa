"""The words of the mapping editor's choices, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from caseway.mapping.document import TARGETS


def words_for() -> dict[str, Any]:
    """Return every list of choices as (value, words)."""
    return {
        "kinds": [
            ("property", _("Property")),
            ("xpath", _("XPath")),
            ("jsonpath", _("JSONPath")),
            ("const", _("Constant")),
            ("template", _("Template")),
            ("first", _("First that is filled")),
            ("concat", _("Put together")),
            ("", _("As the base says")),
            ("remove", _("Take the base's away")),
            ("expert", _("As YAML")),
        ],
        "name_kinds": [
            ("template", _("Template")),
            ("property", _("Property")),
            ("xpath", _("XPath")),
            ("const", _("Constant")),
        ],
        "states": [("on", _("filed")), ("removed", _("not filed")), ("unmentioned", _("as the base says"))],
        "parents": [
            ("", _("as the base says")),
            ("path", _("folder")),
            ("target", _("the case file")),
            ("id", _("object id")),
        ],
        "flags": [("", _("as it is")), ("yes", _("yes")), ("no", _("no"))],
        "required": [("", _("optional")), ("yes", _("required")), ("no", _("no, whatever the base says"))],
        "types": [("", _("as the DMS says")), *_same("string id boolean integer decimal datetime html uri")],
        "on_empty": [
            ("", _("leave it out")),
            ("unset", _("unset it")),
            ("emptyString", _("send empty text")),
            ("fail", _("stop the filing")),
        ],
        "on_overflow": [("", _("stop the filing")), ("truncate", _("cut it"))],
        "on_unmapped": [
            ("", _("stop the filing")),
            ("keep", _("keep the value")),
            ("default", _("take the default")),
        ],
        "conditions": [
            ("", _("always")),
            ("present", _("is filled")),
            ("equals", _("equals")),
            ("in", _("is one of")),
        ],
        "cases": [("", _("as it is")), ("upper", _("capitals")), ("lower", _("small letters"))],
        "locales": [
            ("", _("1234.56")),
            ("de", _("1.234,56 (de)")),
            ("nl", _("1.234,56 (nl)")),
            ("da", _("1.234,56 (da)")),
        ],
        "targets": target_words(),
    }


def target_words() -> dict[str, str]:
    """Return what the targets are called."""
    return dict(
        zip(
            TARGETS,
            (
                _("Case file"),
                _("File (application)"),
                _("File (structured)"),
                _("File (other)"),
                _("Message"),
            ),
            strict=True,
        )
    )


def _same(words: str) -> list[tuple[str, str]]:
    return [(word, word) for word in words.split()]
