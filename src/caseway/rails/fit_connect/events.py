"""The event log of a case: signed tokens, oldest first, as they came; they prove nothing until checked.

Source: Submission API 1.1.3, EventLog; tokens are RFC 8417, verified by `caseway.rails.fit_connect.sets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import JOSE, Client
from caseway.rails.fit_connect.errors import Call


@dataclass(frozen=True)
class Events:
    """The calls about event logs."""

    client: Client

    def of_case(self, case_id: str) -> Iterator[str]:
        """Yield the tokens of a case. Raises `NotThere` (`fit_connect.case_unknown`)."""
        yield from self._log(self.client.addresses.case_events(case_id), Call("readLog", "case", case_id))

    def of_submission(self, submission_id: str) -> Iterator[str]:
        """Yield the tokens about one submission; not every installation has this list."""
        url = self.client.addresses.submissions(submission_id, "events")
        yield from self._log(url, Call("readLog", "submission", submission_id))

    def of_reply(self, reply_id: str) -> Iterator[str]:
        """Yield the tokens about one reply; not every installation has this list."""
        url = self.client.addresses.replies(reply_id, "events")
        yield from self._log(url, Call("readLog", "reply", reply_id))

    def post(self, case_id: str, token: str) -> None:
        """Put a signed event of ours into the log of a case.

        Raises `StateConflict` when the submission is not in the state for it (answered already, perhaps by
        this very event), `Unprocessable` (`fit_connect.event_refused`) when the token is not as it must be.
        """
        call = Call("postEvent", "case", case_id, effect=True)
        self.client.send("POST", self.client.addresses.case_events(case_id), call, Body.of(token), JOSE)

    def _log(self, url: str, call: Call) -> Iterator[str]:
        for page in self.client.pages(url, call, "eventLog"):
            yield from page.texts("eventLog", needed=True)
