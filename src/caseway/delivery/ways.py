"""By which of the ways that routes open an answer goes to an applicant: by one, or by none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, get_args

from caseway.delivery.occasion import origin_of
from caseway.intake.data import ReplyChannel
from caseway.intake.models import Submission
from caseway.rails.inbound import Receives
from caseway.rails.registry import rail

if TYPE_CHECKING:
    from caseway.delivery.owe import Match

CHANNELS: Final = frozenset(get_args(ReplyChannel)) - {""}


def way_to_answer(answer: Submission, matches: Sequence[Match]) -> Match | None:
    """Return the way an answer takes, or None where no matching route leads to the applicant.

    A route for the channel the applicant chose goes before one for all channels, then the order of routes
    decides. A rail named after a channel carries only that one, and who sent us an application is answered
    over that very connection.
    """
    able = [one for one in matches if _can_carry(answer, one)]
    return min(able, key=lambda one: (one.channel != answer.channel, one.position), default=None)


def is_way(match: Match) -> bool:
    """Say whether a route leads to applicants, whichever channel they chose."""
    return rail(match.connection.rail).manifest.answers


def _can_carry(answer: Submission, match: Match) -> bool:
    found = rail(match.connection.rail)
    if not found.manifest.answers:
        return False
    if found.manifest.id in CHANNELS and found.manifest.id != answer.reply.get("channel"):
        return False
    return not isinstance(found, Receives) or bool(origin_of(answer.case_id, match.connection.id))
