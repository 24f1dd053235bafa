"""When to try again: pure arithmetic over a rail's policy."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from caseway.rails.manifest import RetryPolicy

LONGEST_ASKED = timedelta(hours=4)


def next_try(
    policy: RetryPolicy,
    failures: int,
    at: datetime,
    *,
    asked: timedelta | None = None,
    chance: random.Random | None = None,
) -> datetime:
    """Return when to try again after the given number of failures (1 is the first).

    A pause the other side asked for (`Retry-After`) is obeyed exactly where it is longer than ours, up to
    four hours; our own pauses are spread by the policy's jitter, so that a recovered system is not overrun.
    """
    spread = (chance or random).uniform(1 - policy.jitter, 1 + policy.jitter)
    pause = policy.delay(max(failures, 1)) * spread
    if asked is not None:
        pause = max(pause, min(asked, LONGEST_ASKED))
    return at + pause


def longest_pause(policy: RetryPolicy) -> timedelta:
    """Return the longest pause that `next_try` may ask for."""
    own = max(policy.then_every, *policy.delays, 0)
    return max(timedelta(seconds=own) * (1 + policy.jitter), LONGEST_ASKED)


def window_ends(policy: RetryPolicy, starts: datetime) -> datetime:
    """Return when trying ends and a person is asked."""
    return starts + timedelta(seconds=policy.window)
