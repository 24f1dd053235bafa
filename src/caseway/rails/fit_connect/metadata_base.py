"""How metadata are checked: as JSON is, without conversion, names as on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

MISSING: Any = None
"""The default of a member that may be missing. Null itself is never a value: defaults are not validated."""


class Open(BaseModel):
    """An object that may hold members we do not know."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )


class Closed(Open):
    """An object that may not."""

    model_config = ConfigDict(extra="forbid")
