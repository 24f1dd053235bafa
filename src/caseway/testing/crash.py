"""Named crash points. In production a point costs one look at a module variable and does nothing.

`CASEWAY_CRASH=send.after_effect_before_reply` makes the process kill itself with SIGKILL the first time it
comes by; `CASEWAY_CRASH=send.before_first_byte:7` the seventh time. `CASEWAY_CRASH_MARK` names
a file that gets a line with the point before each death, so that a test can prove that the process died, and
where. docs/reference/crash-points.md lists the points.
"""

from __future__ import annotations

import os
import signal
import threading

POINTS = (
    "accept.before_commit",
    "accept.after_commit",
    "map.after_render",
    "claim.after_lease",
    "send.before_first_byte",
    "send.after_effect_before_reply",
    "send.after_reply_before_commit",
    "step.n_of_m",
    "receipt.before_commit",
    "replay.mid_batch",
    "arrival.after_collect",
    "arrival.after_intake",
    "arrival.before_answer_owed",
)

_armed, _, _count = os.environ.get("CASEWAY_CRASH", "").partition(":")
_remaining = int(_count or 1)
_mark = os.environ.get("CASEWAY_CRASH_MARK", "")
_lock = threading.Lock()


def point(name: str) -> None:
    """Die here if this point is armed and its count is reached."""
    if name == _armed:
        _come_by()


def _come_by() -> None:
    global _remaining
    with _lock:
        _remaining -= 1
        if _remaining == 0:
            _leave_mark()
            os.kill(os.getpid(), signal.SIGKILL)


def _leave_mark() -> None:
    if _mark:
        with open(_mark, "a", encoding="ascii") as file:  # noqa: PTH123 - pathlib has no append that is atomic
            file.write(f"{_armed}\n")
