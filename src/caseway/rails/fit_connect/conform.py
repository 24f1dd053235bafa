"""The conformance run: what FITKO asks participants to test before they move on, each tried for real.

A run sends and answers only submissions that are marked as tests (`conform_desk.MARK`), and sends them only
to the place that was set aside: the destination named for the run, or that of a test connection. A sender and
a receiver prove themselves against each other: the receiver's run answers what the sender's run sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from caseway.core.errors import CasewayError
from caseway.rails.conformance import Clause, Ground
from caseway.rails.contract import Finding, Link
from caseway.rails.fit_connect import check as checking
from caseway.rails.fit_connect import conform_receiving as receiving
from caseway.rails.fit_connect import conform_sending as sending
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.conform_run import Run
from caseway.rails.fit_connect.waiting import takes_replies

Trial = Callable[[Run], str]

_LET_IN = Clause("fit_connect.conform.let_in", "The platform lets us in and its keys are there")


def _clause(name: str, title: str, trial: Trial) -> tuple[Clause, Trial]:
    return Clause(f"fit_connect.conform.{name}", title), trial


_SENDING = (
    _clause("recipient", "The recipient is active and its key is trusted", sending.recipient),
    _clause("sent", "A submission is handed over, and the platform confirms its content", sending.sent),
    _clause("large", "A large attachment goes over in fragments", sending.large),
    _clause("forged", "A forged event is not believed", sending.forged),
    _clause("judged", "The recipient's signed verdict arrives", sending.judged),
)
_ANSWERED = (_clause("reply_key", "An answer to us can be opened", sending.reply_key),)
_RECEIVING = (
    _clause("may_read", "What waits for our destinations can be read", receiving.may_read),
    _clause("keys", "The published keys are ours", receiving.keys),
    _clause("rotation", "After a change of keys the former ones still open", receiving.rotation),
    _clause("collected", "A submission is fetched, decrypted and proven", receiving.collected),
    _clause("accepted", "It is accepted, and the log shows it", receiving.accepted),
    _clause("rejected", "Another one is rejected with a standard problem", receiving.rejected),
    _clause("cleared", "What is left of the tests is taken away", receiving.cleared),
    _clause("callback", "A forged callback is refused", receiving.callback),
)


def clauses(link: Link) -> Sequence[Clause]:
    """Return what a run of this connection proves (`Conforms.clauses`)."""
    return [_LET_IN, *(clause for clause, _ in _trials(link.settings))]


def conform(link: Link, ground: Ground) -> Iterator[Finding]:
    """Try each clause (`Conforms.conform`). What others depend on ends the run when it fails."""
    bad = [one for one in checking.check(link).findings if not one.ok]
    if bad:
        yield Finding(_LET_IN.code, False, bad[0].sentence, bad[0].remedy, {"cause": bad[0].code})
        return
    yield Finding(_LET_IN.code, True, _LET_IN.title)
    run = Run(link, ground)
    for clause, trial in _trials(link.settings):
        try:
            sentence = trial(run)
        except CasewayError as error:
            theirs = {"remote": told} if (told := error.details.get("remote")) else {}
            yield Finding(clause.code, False, error.sentence, error.remedy, {"cause": error.code, **theirs})
        else:
            yield Finding(clause.code, True, sentence)


def _trials(settings: FitConnectSettings) -> Sequence[tuple[Clause, Trial]]:
    sent = _SENDING if settings.sends else ()
    answered = _ANSWERED if takes_replies(settings) else ()
    return (*sent, *answered, *(_RECEIVING if settings.receives else ()))
