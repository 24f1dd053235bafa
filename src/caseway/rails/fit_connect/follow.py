"""What became of what was handed over, told by the event log alone, and only by what is verified in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from caseway.rails.contract import Link, Receipt
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.plan import SUBMIT
from caseway.rails.following import Followed, LogEntry, Sent, Verdict


def follow(sent: Sent, link: Link) -> Followed:
    """Return the log of the case and the verdict, when it has fallen (`Follows.follow`)."""
    handed_over = next(one for key, one in sent.receipts.items() if key.startswith(f"{SUBMIT}:"))
    facts = handed_over.facts
    entries = log.read(facts["remote_case_id"], link, destinations=(facts.get("destination_id", ""),))
    return Followed(entries, verdict_of(entries, handed_over, link.settings))


def verdict_of(
    entries: Sequence[LogEntry], handed_over: Receipt, settings: FitConnectSettings
) -> Verdict | None:
    """Return what the entries decide about a submission or reply, or None.

    Forwarding (v1) decides nothing: whom it was passed on to accepts or rejects it (docs: event log).
    """
    what = handed_over.facts["what"]
    about = f"{what}:{handed_over.remote_id}"
    for entry in entries:
        if not entry.verified or entry.about != about:
            continue
        if entry.what == f"accept-{what}":
            return _taken(entry, handed_over.facts["tags"])
        if entry.what == f"reject-{what}":
            return _rejected(entry)
        if entry.what == f"delete-{what}":
            return Verdict(
                False,
                "The delivery service deleted it before it was answered.",
                "fit_connect.deleted_unanswered",
            )
    if what == "reply" and settings.reply_proof == "submitted":
        return _reply_held(entries, about, handed_over.facts["tags"])
    return None


def _taken(entry: LogEntry, tags: Mapping[str, Any]) -> Verdict:
    if "authenticationTags" in entry.facts and not log.same_tags(entry, tags):
        return Verdict(
            False,
            "The recipient accepted another content than what we sent.",
            "fit_connect.accepted_other_content",
            facts=dict(entry.facts),
        )
    return Verdict(True, f"The recipient answered with {entry.what}.", facts=dict(entry.facts))


def _rejected(entry: LogEntry) -> Verdict:
    problems = list(_problems(entry.facts.get("problems")))
    titles = "; ".join(one["title"] for one in problems if one.get("title"))
    sentence = f"The recipient rejected it: {titles}" if titles else "The recipient rejected it."
    return Verdict(False, sentence[:500], "fit_connect.rejected", problems, dict(entry.facts))


def _problems(found: Any) -> Iterator[dict[str, str]]:
    """The problems in their own words, bounded, with the members of RFC 9457 only."""
    if not isinstance(found, list):
        return
    for one in found[:50]:
        if isinstance(one, dict):
            yield {
                name: str(one[name])[:1000]
                for name in ("type", "title", "detail", "instance")
                if isinstance(one.get(name), str)
            }


def _reply_held(entries: Sequence[LogEntry], about: str, tags: Mapping[str, Any]) -> Verdict | None:
    """A reply counts as delivered once the delivery service says, signed, that it holds this very content."""
    held = log.find(entries, "submit-reply", about)
    if held is None:
        return None
    return _taken(held, tags)
