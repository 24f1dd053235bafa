"""One step's life: written down before the first byte, probed when in doubt, proven by a receipt.

A transaction that begins a step also ends the one before it, so that a step costs one commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseway.access.scope import scope
from caseway.cases.writing import new_row
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.core.http import Exchange
from caseway.delivery.journal import Entry
from caseway.delivery.lanes import Claim, hold
from caseway.delivery.links import OpenConnection, rows_of
from caseway.delivery.models import Attempt, Delivery, Receipt, Step
from caseway.delivery.states import step_after
from caseway.rails.contract import Document
from caseway.rails.contract import Receipt as Proof
from caseway.rails.contract import Step as StepView
from caseway.testing import crash


class StepFailed(Exception):
    """A try of a step ended without a receipt; `error` says how, the journal says where."""

    def __init__(self, step: Step, attempt: Attempt, error: CasewayError) -> None:
        super().__init__(error.code)
        self.step = step
        self.attempt = attempt
        self.error = error


@dataclass
class Transmission:
    """The run of one delivery's steps by one worker. `entry` is what the next transaction will write."""

    claim: Claim
    delivery: Delivery
    opened: OpenConnection
    documents: Mapping[Any, Document]
    receipts: dict[str, Proof]
    exchanges: list[Exchange]
    steps: Sequence[Step]
    entry: Entry

    def run(self, step: Step) -> None:
        """Bring one step to its receipt. Raises `StepFailed` and `LeaseLost`."""
        if step.state == Step.State.TRANSMITTING:
            self._found_after_crash(step)
        if step.state == Step.State.UNKNOWN and self._probe(step):
            return
        self._send(step)

    def _send(self, step: Step) -> None:
        step.state = step_after(step.state, "sending")
        step.attempts += 1
        attempt = self._begin(step, Attempt.What.SEND)
        crash.point("send.before_first_byte")
        try:
            proof = self.opened.rail.send(self._view(step), self.opened.link)
        except CasewayError as error:
            raise StepFailed(step, attempt, error) from error
        crash.point("send.after_reply_before_commit")
        self._receipted(step, attempt, proof, "receipted")

    def _probe(self, step: Step) -> bool:
        attempt = self._begin(step, Attempt.What.PROBE)
        try:
            proof = self.opened.rail.probe(self._view(step), self.opened.link)
        except CasewayError as error:
            raise StepFailed(step, attempt, error) from error
        if proof is not None:
            self._receipted(step, attempt, proof, "probe_found")
            return True
        step.state = step_after(step.state, "probe_absent")
        self.entry.change(step, "state")
        self._end(attempt, "absent")
        self._write()
        return False

    def _receipted(self, step: Step, attempt: Attempt, proof: Proof, event: str) -> None:
        """Note the proof of a step; it is written with what comes next, before the first byte of that."""
        step.state = step_after(step.state, event)
        self.entry.change(step, "state")
        self._end(attempt, "receipted")
        self.receipts[step.key] = proof
        self.entry.add(
            new_row(
                Receipt,
                organisation_id=self.claim.organisation_id,
                connection_id=self.claim.connection_id,
                case_id=self.claim.case_id,
                step_id=step.id,
                key=step.key,
                remote_id=proof.remote_id,
                facts=proof.facts,
                adopted=proof.adopted,
                awaiting=proof.awaiting,
                warnings=list(proof.warnings),
            )
        )

    def _found_after_crash(self, step: Step) -> None:
        """A step that was being sent when its worker died: the outcome is unknown until it is probed."""
        step.state = step_after(step.state, "found_after_crash")
        with scope(self.claim.organisation_id):
            hold(self.claim)
            Step.objects.filter(id=step.id).update(state=step.state)
            Attempt.objects.filter(step=step, finished_at=None).update(finished_at=now(), outcome="lost")

    def _begin(self, step: Step, what: Attempt.What) -> Attempt:
        self.delivery.attempts += 1
        attempt = new_row(
            Attempt,
            organisation_id=self.claim.organisation_id,
            step_id=step.id,
            delivery_id=self.delivery.id,
            what=what,
            number=self.delivery.attempts,
            fence=self.claim.fence,
            worker=self.claim.worker,
        )
        self.entry.add(attempt)
        self.entry.change(step, "state", "attempts")
        self._write()
        crash.point("step.n_of_m")
        return attempt

    def _write(self) -> None:
        with scope(self.claim.organisation_id):
            self.commit()

    def commit(self) -> None:
        """Write what was noted, in the caller's transaction. Raises `LeaseLost`."""
        proven = any(isinstance(row, Receipt) for row in self.entry.new)
        self.entry.write(self.claim)
        if proven:
            crash.point("receipt.before_commit")

    def _end(self, attempt: Attempt, outcome: str) -> None:
        """Note how a try ended, and what was exchanged in it."""
        attempt.finished_at, attempt.outcome = now(), outcome
        self.entry.change(attempt, "finished_at", "outcome", "code", "sentence")
        self.entry.add(
            *rows_of(
                self.delivery.connection,
                self.exchanges,
                delivery_id=self.delivery.id,
                attempt_id=attempt.id,
            )
        )

    def save_failed(self, failure: StepFailed, outcome: str) -> None:
        """Write a try that failed, in the caller's transaction."""
        failure.attempt.code = failure.error.code[:80]
        failure.attempt.sentence = failure.error.sentence[:500]
        self._end(failure.attempt, outcome)
        self.commit()

    def _view(self, step: Step) -> StepView:
        return StepView(
            key=step.key,
            kind=step.kind,
            payload=step.payload,
            document=self.documents.get(step.document_id),
            documents=tuple(self.documents.values()),
            attempt=step.attempts,
            receipts=self.receipts,
            progress=step.progress,
            checkpoint=lambda progress: self._checkpoint(step, progress),
        )

    def _checkpoint(self, step: Step, progress: Mapping[str, Any]) -> None:
        step.progress = dict(progress)
        self.entry.change(step, "progress")
        self._write()
