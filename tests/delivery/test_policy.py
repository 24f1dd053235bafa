"""When to try again: the promise in hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from caseway.delivery.policy import LONGEST_ASKED, next_try
from caseway.rails.manifest import RetryPolicy

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
POLICY = RetryPolicy()


def test_the_pauses_are_those_promised() -> None:
    exact = RetryPolicy(jitter=0)

    assert [30, 120, 600, 1800, 7200, 14400, 14400] == [
        (next_try(exact, failures, AT) - AT).total_seconds() for failures in range(1, 8)
    ]


@given(st.integers(1, 60))
def test_no_pause_strays_more_than_ten_per_cent(failures: int) -> None:
    pause, meant = next_try(POLICY, failures, AT) - AT, POLICY.delay(failures)

    assert meant * 0.9 <= pause <= meant * 1.1


@given(st.integers(1, 10), st.integers(0, 100_000))
def test_a_pause_asked_for_is_never_cut_short_below_four_hours(failures: int, seconds: int) -> None:
    asked = timedelta(seconds=seconds)

    assert next_try(POLICY, failures, AT, asked=asked) - AT >= min(asked, LONGEST_ASKED)
