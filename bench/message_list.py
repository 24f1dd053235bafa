"""The list of messages at many messages: the questions of the page, over and over, in one scope."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bench.figures import Scale, percentile
from bench.fill import waiting
from bench.world import World, world

ROUNDS = 20
BATCH = 50_000
PAGE = 50


def run(scale: Scale) -> dict[str, Any]:
    """Return p95 in milliseconds of pages and counts."""
    count = scale.pick(50_000, 1_000_000)
    with world() as here:
        url = f"{here.simulator()}/cmis/browser"
        connection = here.connect(url, "queued", "queued")
        for number in range(count // BATCH):
            state = "refused" if number == 0 else "delivered"
            waiting(here, BATCH, connection.id, f"m{number}x", state=state)
        questions = _questions()
        return {"messages": count} | {
            f"{name}_p95_ms": _p95(here, question) for name, question in questions.items()
        }


def _questions() -> dict[str, Callable[[], Any]]:
    from caseway.access.scope import everything
    from caseway.intake.models import Submission
    from caseway.portal.reading.messages import MessageFilter, message_rows, messages, state_counts

    def page(chosen: MessageFilter, after: Any = None) -> Any:
        rows = messages(chosen).order_by("-id")
        return message_rows((rows.filter(id__lt=after) if after else rows)[:PAGE])

    with everything():
        middle = Submission.objects.get(reference=f"S-m0x{BATCH // 2}").id

    return {
        "first_page": lambda: page(MessageFilter()),
        "page_in_the_middle": lambda: page(MessageFilter(), middle),
        "refused": lambda: page(MessageFilter(state="refused")),
        "by_reference": lambda: page(MessageFilter(q="S-m0x4711")),
        "by_form": lambda: page(MessageFilter(form="queued")),
        "counts": lambda: state_counts(MessageFilter()),
    }


def _p95(here: World, question: Callable[[], Any]) -> float:
    from caseway.access.scope import scope

    took = []
    for _ in range(ROUNDS + 3):
        with scope(here.organisation_id):
            began = time.perf_counter()
            question()
            took.append((time.perf_counter() - began) * 1000)
    return percentile(took[3:], 95)
