"""The conformance run: what filing needs of a DMS, each tried for real at a place set aside, then deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from caseway.core.errors import Invalid, OutcomeUnknown, Refused
from caseway.core.ids import short_reference
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.check import check
from caseway.rails.cmis.clauses import (
    CLEAN,
    CONFLICT,
    CONNECT,
    FILING,
    LARGE,
    NAMES,
    ONCE,
    READ_BACK,
    REFUSAL,
    TYPES,
    bad,
    good,
    of_report,
    tried,
)
from caseway.rails.cmis.multipart import Content
from caseway.rails.cmis.plan import CASE, types_of
from caseway.rails.cmis.rehearse import into_scratch
from caseway.rails.cmis.send import probe, send
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import FOLDER, Target
from caseway.rails.cmis.trial import Trial, plain_mapping
from caseway.rails.cmis.verify import verify
from caseway.rails.cmis.wrong import text_of, wrong_value
from caseway.rails.conformance import Clause, Ground
from caseway.rails.contract import Document, Finding, Link, Receipt
from caseway.rails.samples import large_content, sample_document

_ODD_NAMES = ("Führungszeugnis für Zoë.pdf", f"{'Überlanger Name ' * 20}.pdf", "leer.pdf")


def conform(link: Link, ground: Ground) -> Iterator[Finding]:
    """Try each clause in order; whatever happens, what was made is deleted in the end."""
    reached = tried(CONNECT, lambda: _connect(link))
    yield reached
    if not reached.ok:
        return
    run = _Run(link, ground)
    try:
        for clause, act in run.acts():
            yield tried(clause, act)
    finally:
        # Also when nobody asks for the next finding any more: nothing of ours stays in the DMS.
        cleaned = tried(CLEAN, run.clean)
    yield cleaned


def _connect(link: Link) -> Finding:
    return of_report(CONNECT, check(link))


@dataclass
class _Run:
    """One run; every act is a clause."""

    link: Link
    ground: Ground
    session: Session = field(init=False)
    trial: Trial | None = None
    own_folder: str = ""  # path of the folder the run made for itself

    def __post_init__(self) -> None:
        self.session = Session(self.link)

    def acts(self) -> Iterator[tuple[Clause, Callable[[], Finding]]]:
        """Yield the clauses between connecting and cleaning up."""
        yield from ((TYPES, self.types), (FILING, self.filing), (READ_BACK, self.read_back))
        yield from ((ONCE, self.once), (CONFLICT, self.conflict), (LARGE, self.large))
        yield from ((NAMES, self.names), (REFUSAL, self.refusal))

    def mapping(self) -> dict[str, Any]:
        return dict(self.ground.sample.mapping or plain_mapping())

    def types(self) -> Finding:
        mapping = self.mapping()
        # The folders of the mapping are not used: everything goes to the place set aside.
        report = verify(self.session, into_scratch(self.ground.place or "/", mapping))
        return of_report(TYPES, report)

    def filing(self) -> Finding:
        trial = Trial(self.session, self.ground.sample, self.ground.patience)
        self.trial = trial
        place = self.ground.place or self._folder_of_our_own(trial)
        sample = replace(self.ground.sample, mapping=into_scratch(place, self.mapping()))
        trial.sample = sample
        try:
            receipts = trial.file(sample)
        except Invalid as error:
            raise Invalid(
                error.sentence,
                code=error.code,
                remedy="The sample does not fill the mapping: name a submission of this form to try with.",
                **error.details,
            ) from error
        return good(FILING, objects=len(receipts), warnings=_warnings(receipts))

    def read_back(self) -> Finding:
        trial, checked = self._filed(), 0
        for document in trial.sample.documents:
            receipt = trial.receipts.get(f"document:{document.id}")
            if receipt is not None and "sha256" in receipt.facts:
                self._compare(receipt, document)
                checked += 1
        return good(READ_BACK, documents=checked) if checked else bad(READ_BACK, "No content was filed.")

    def once(self) -> Finding:
        trial = self._filed()
        before, before_children = dict(trial.receipts), self._children(trial)
        trial.receipts.clear()
        try:
            for planned in trial.steps(trial.sample):
                step = trial.step(planned, trial.sample, attempt=2)
                for again in (probe(step, self.session), send(step, self.session)):
                    if again is not None and again.remote_id != before[planned.key].remote_id:
                        trial.note(again.remote_id)
                        return bad(ONCE, f"{planned.title} was filed twice.", object_id=again.remote_id)
                trial.receipts[planned.key] = before[planned.key]
        finally:
            trial.receipts.update(before)
        if self._children(trial) != before_children:
            return bad(ONCE, "The case folder holds more than before.")
        return good(ONCE, objects=len(before))

    def conflict(self) -> Finding:
        trial = self._filed()
        ours = trial.later(self._document("conflict.pdf", b"%PDF-1.4\nours"))
        (planned, *_) = trial.steps(ours)
        foreign, content = self._foreign(Target.read(planned.payload))
        trial.note(foreign)
        try:
            receipt = trial.file(ours)[0]
        except Refused as error:
            outcome = error.code
        else:
            outcome = "filed beside it"
            if receipt.remote_id == foreign:
                return bad(CONFLICT, "Our document was put into somebody else's.", object_id=foreign)
        self._compare(Receipt(foreign), content)
        return good(CONFLICT, outcome=outcome)

    def large(self) -> Finding:
        size = self.ground.large_bytes
        document = self._document("large.pdf", large_content(size))
        piece = max(1, size // 3) if self.session.settings.chunk_bytes else 0
        settings = self.session.settings.model_copy(update={"chunk_bytes": piece})
        session = Session(replace(self.link, settings=settings))
        trial = self._filed()
        (receipt, *_) = trial.file(trial.later(document), session)
        self._compare(receipt, document)
        return good(LARGE, bytes=size, in_pieces=bool(piece) and session.repository.can_append)

    def names(self) -> Finding:
        trial = self._filed()
        contents = (b"%PDF-1.4\numlaut", b"%PDF-1.4\nlong", b"")
        documents = [
            self._document(name, content, index)
            for index, (name, content) in enumerate(zip(_ODD_NAMES, contents, strict=True), 2)
        ]
        trial.file(trial.later(*documents))
        receipts = [trial.receipts[f"document:{document.id}"] for document in documents]
        for receipt, document in zip(receipts, documents, strict=True):
            if document.size:
                self._compare(receipt, document)
        return good(NAMES, warnings=_warnings(receipts))

    def refusal(self) -> Finding:
        trial = self._filed()
        case = trial.receipts[CASE].remote_id
        wrong = wrong_value(types_of(trial.sample.mapping or {}, self.session).values())
        client, folder = self.session.client, wrong.base == FOLDER
        try:
            made = (
                client.create_folder(case, wrong.properties)
                if folder
                else client.create_document(case, wrong.properties, None)
            )
        except Refused as error:
            said = str(error.details.get("remote", ""))[:300]
            return good(REFUSAL, property=wrong.property, remote=said)
        trial.note(made.id, folder=folder)
        sentence = f"The DMS took a value of the wrong type for {wrong.property}."
        return bad(REFUSAL, sentence, property=wrong.property)

    def clean(self) -> Finding:
        left = self.trial.clean() if self.trial else []
        if self.own_folder:
            self.session.forget_folder(self.own_folder)
        if left:
            remedy = "Delete them in the DMS by hand."
            return bad(CLEAN, f"{len(left)} objects of the run could not be deleted.", remedy, objects=left)
        return good(CLEAN)

    def _folder_of_our_own(self, trial: Trial) -> str:
        name = short_reference("Caseway-Probe")
        properties = {"cmis:objectTypeId": text_of("cmis:folder", "id"), "cmis:name": text_of(name)}
        try:
            made = self._made_or_found(properties, f"/{name}")
        except Refused as error:
            raise Refused(
                "The DMS does not let the run make a folder of its own.",
                code="cmis.conform_place",
                remedy="Have a folder made for such runs, and name it as the place.",
                **error.details,
            ) from error
        trial.note(made.id, folder=True)
        self.own_folder = f"/{name}"
        return self.own_folder

    def _made_or_found(self, properties: dict[str, Any], path: str) -> CmisObject:
        root = self.session.folder_at("")
        try:
            return self.session.client.create_folder(root, properties)
        except OutcomeUnknown:
            return self.session.client.object_by_path(self.session.path(path))

    def _filed(self) -> Trial:
        if self.trial is None or CASE not in self.trial.receipts:
            raise Refused(
                "This could not be tried: the case folder was not filed.",
                code="cmis.conform_not_filed",
                remedy="Mend what the clause of filing found.",
            )
        return self.trial

    def _document(self, name: str, content: Any, index: int = 1) -> Document:
        return sample_document(self.ground.room, self._filed().role(), name, content, index=index)

    def _compare(self, receipt: Receipt, document: Document) -> None:
        digest = hashlib.sha256()
        with self.session.client.content(receipt.remote_id) as pieces:
            for piece in pieces:
                digest.update(piece)
        if digest.hexdigest() != document.sha256:
            raise Refused(
                f"“{document.title[:80]}” does not come back as it was sent.",
                code="cmis.conform_content_differs",
                remedy="Ask the vendor what changes contents when they are filed.",
                object_id=receipt.remote_id,
            )

    def _children(self, trial: Trial) -> set[str]:
        case = trial.receipts[CASE].remote_id
        return {child.id for child in self.session.client.children(case, pages=5)}

    def _foreign(self, target: Target) -> tuple[str, Document]:
        """Make a document of the same name that carries other keys and another content."""
        content = sample_document(
            self.ground.room, "attachment", "foreign.pdf", b"%PDF-1.4\ntheirs, and longer"
        )
        properties = target.all_properties(target.name)
        for key in target.keys:
            if key.property in properties:
                properties[key.property] = {**properties[key.property], "value": "somebody else's"}
        kind = self.session.type(target.type)
        body = Content("foreign.pdf", "application/pdf", content.size, content.open)
        made = self.session.client.create_document(
            self._filed().receipts[CASE].remote_id,
            properties,
            None if kind.content == "notallowed" else body,
            versioning=target.versioning,
        )
        return made.id, content


def _warnings(receipts: Sequence[Receipt]) -> list[str]:
    return sorted({warning for receipt in receipts for warning in receipt.warnings})
