"""Log lines: of the closed list, redacted, readable by machines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from caseway.core import log
from caseway.core.events import EVENTS


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Log to a text, and put everything back afterwards."""
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    stream = io.StringIO()
    log.configure(strict=True, stream=stream)
    yield stream
    structlog.configure(**configuration)
    root.handlers[:] = handlers
    root.setLevel(level)


def only(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    return dict(json.loads(line))


def test_a_line_is_json_with_time_level_and_fields(lines: io.StringIO) -> None:
    log.get_logger().info("submission.received", bytes=1024)

    line = only(lines)
    assert ("submission.received", "info", 1024) == (line["event"], line["level"], line["bytes"])
    assert line["timestamp"].endswith("+00:00")


def test_every_value_is_redacted(lines: io.StringIO) -> None:
    fields = {
        "who": "123456782",
        "deep": [{"mail": "erika@example.org"}],
        "password": "x",
        "number": 123456782,
    }

    log.get_logger().info("submission.received", **fields)

    line = only(lines)
    assert ("[bsn]", [{"mail": "[e-mail]"}], "[redacted]", "[bsn]") == tuple(line[name] for name in fields)


def test_an_exception_is_redacted(lines: io.StringIO) -> None:
    try:
        raise ValueError("no such person: 123456782")
    except ValueError:
        log.get_logger().exception("job.failed")

    line = only(lines)
    assert "ValueError: no such person: [bsn]" in line["exception"]


def test_lines_of_libraries_are_redacted_too(lines: io.StringIO) -> None:
    logging.getLogger("some.package").warning("sent to %s", "erika@example.org")

    assert "sent to [e-mail]" == only(lines)["event"]


def test_an_event_that_is_not_listed_is_a_fault_in_tests(lines: io.StringIO) -> None:
    with pytest.raises(log.UnknownEvent):
        log.get_logger().info("submission.lost")


def test_an_event_that_is_not_listed_is_marked_in_production(lines: io.StringIO) -> None:
    log.configure(stream=lines)

    log.get_logger().info("submission.lost")

    assert only(lines)["event_unknown"] is True


def test_the_level_holds(lines: io.StringIO) -> None:
    log.get_logger().debug("submission.received")

    assert "" == lines.getvalue()


def test_the_console_is_readable(lines: io.StringIO) -> None:
    log.configure(style="console", strict=True, stream=lines)

    log.get_logger().info("submission.received", who="123456782")

    assert "submission.received" in lines.getvalue()
    assert "who=[bsn]" in lines.getvalue()


def test_every_event_has_a_name_of_two_parts_and_a_sentence() -> None:
    assert all(name.count(".") == 1 and name == name.lower() for name in EVENTS)
    assert all(meaning.endswith(".") for meaning in EVENTS.values())
