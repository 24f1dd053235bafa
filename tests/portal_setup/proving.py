"""A rail with everything a rail may also have: a conformance run, a directory, a checklist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field, SecretStr

from caseway.core.http import HttpSettings
from caseway.rails.conformance import Clause, Ground
from caseway.rails.contract import Finding, Link, RailSettings
from caseway.rails.directory import Accepts, Area, Party, Wanted
from caseway.rails.onboarding import Fact, Item, Who
from caseway.testing.ledger import LedgerRail

SERVICE = "99102013104000"
SCHEMA = "https://example.org/schema/hund"
DESTINATION = "d40e7b13-9e11-4f4b-8f3a-000000000001"
FIRST, SECOND = Clause("prove.first", "A submission goes through"), Clause("prove.second", "A large one too")


class ProvingSettings(RailSettings):
    """Settings as a rail with environments of its own has them."""

    platform: Literal["sandbox", "test", "reference"] = Field("sandbox", title="Platform")
    client_secret: SecretStr = Field(title="Client secret")
    addressing: Literal["routing", "fixed"] = "routing"
    destination_id: str = ""

    def http(self) -> HttpSettings:
        return HttpSettings(base_url="http://127.0.0.1:9")


class ProvingRail(LedgerRail):
    """What it finds and proves is scripted: `findings`, `known`."""

    settings_type: type[RailSettings] = ProvingSettings

    def __init__(self) -> None:
        super().__init__()
        self.manifest = self.manifest.model_copy(update={"id": "proving", "names": {"en": "Proving"}})
        self.findings = [Finding(one.code, True, one.title) for one in (FIRST, SECOND)]
        self.known: list[Party] = [a_party()]
        self.asked: list[Wanted] = []

    def clauses(self, link: Link) -> Sequence[Clause]:
        return (FIRST, SECOND)

    def conform(self, link: Link, ground: Ground) -> Iterator[Finding]:
        yield from self.findings

    def areas(self, words: str, link: Link) -> Sequence[Area]:
        return [Area("4711", "Beispielhausen", "Gemeinde"), Area("4712", "Beispielkreis", "Kreis")]

    def parties(self, wanted: Wanted, link: Link) -> Sequence[Party]:
        self.asked.append(wanted)
        return self.known

    def onboarding(self, settings: Any) -> Sequence[Item]:
        return [
            _item("service", "responsible_officer", "Which service is it?"),
            _item("client", "it_provider", "Is there an API client?"),
            _item("key", "it_provider", "Is there a key to sign with?", ("key_sign",)),
        ]


def a_party(**changes: Any) -> Party:
    """Return somebody who takes the service of the tests."""
    values: dict[str, Any] = {
        "id": DESTINATION,
        "name": "Steueramt Beispielhausen",
        "reachable": True,
        "status": "active",
        "accepts": [
            Accepts(SERVICE, [("https://example.org/schema/hund", "application/json")], ["DE091620000000"])
        ],
        "reply_channels": ("fit_connect", "e_mail"),
        "metadata_versions": ("1.0.0", "2.1.0"),
        "findings": [Finding("trust.signed", True, "What the directory says is signed by the portal.")],
        "details": {"imprint": "https://example.org/impressum"},
    }
    return Party(**{**values, **changes})


def _item(code: str, who: Who, question: str, facts: tuple[Fact, ...] = ()) -> Item:
    title = {"en": f"Title of {code}", "de": f"Titel von {code}"}
    return Item(code, who, title, {"en": question}, {"en": "Ask early: it takes weeks."}, facts)
