"""Logging: JSON lines or a readable console, only events of the closed list, every value redacted."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

from caseway.core.clock import now
from caseway.core.events import EVENTS
from caseway.core.redaction import is_secret_name, redact_json, redact_text

Fields = MutableMapping[str, Any]


class UnknownEvent(Exception):
    """A log line names an event that `core/events.py` does not list."""


def configure(
    style: Literal["json", "console"] = "json",
    level: str = "INFO",
    strict: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set up logging of this process, for our events and for the libraries' own lines.

    `strict` (tests and development) raises `UnknownEvent` for an event that is not listed; otherwise the line
    is written with `event_unknown`. Lines go to `stream`, by default standard error.
    """
    check = _require_listed if strict else _mark_unlisted
    shared: list[Any] = [structlog.stdlib.add_log_level, _add_time]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            check,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    _route_everything(style, level, shared, stream)


def get_logger(name: str = "caseway") -> structlog.stdlib.BoundLogger:
    """Return a logger: `log.info("submission.received", submission=str(id), bytes=1024)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _route_everything(style: str, level: str, shared: list[Any], stream: TextIO | None) -> None:
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact_fields,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # a line for every job says nothing


def redact_fields(_: Any, __: str, fields: Fields) -> Fields:
    """Redact every value of a log line; a field named like a secret loses its value whole."""
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = "[redacted]" if is_secret_name(name) else redact_text(value)
        elif name != "timestamp":
            fields[name] = redact_json({name: value})[name] if is_secret_name(name) else redact_json(value)
    return fields


def _add_time(_: Any, __: str, fields: Fields) -> Fields:
    fields["timestamp"] = now().isoformat(timespec="milliseconds")
    return fields


def _require_listed(_: Any, __: str, fields: Fields) -> Fields:
    if fields.get("event") not in EVENTS:
        raise UnknownEvent(f"{fields.get('event')!r} is not in core/events.py")
    return fields


def _mark_unlisted(_: Any, __: str, fields: Fields) -> Fields:
    if fields.get("event") not in EVENTS:
        fields["event_unknown"] = True
    return fields
