"""The FIT-Connect rail: the contract, room by room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from caseway.rails.conformance import Clause, Ground
from caseway.rails.contract import (
    Finding,
    Link,
    Occasion,
    PlannedStep,
    RailSettings,
    Receipt,
    Report,
    Step,
)
from caseway.rails.directory import Area, Party, Wanted
from caseway.rails.fit_connect import callbacks, problems
from caseway.rails.fit_connect import check as checking
from caseway.rails.fit_connect import collect as collecting
from caseway.rails.fit_connect import conform as conforming
from caseway.rails.fit_connect import find as finding
from caseway.rails.fit_connect import follow as following
from caseway.rails.fit_connect import plan as planning
from caseway.rails.fit_connect import send as sending
from caseway.rails.fit_connect import waiting as listing
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.following import Followed, Sent
from caseway.rails.inbound import Arriving, Collected, Manners, Notice, Problem
from caseway.rails.manifest import Manifest
from caseway.rails.onboarding import Item, OnboardingItems

_ROOM = files("caseway.rails.fit_connect")


class FitConnectRail:
    """Carries submissions and replies end-to-end encrypted, both ways, with signed receipts."""

    manifest: Manifest = Manifest.read(_ROOM / "manifest.toml")
    settings_type: type[RailSettings] = FitConnectSettings

    def check(self, link: Link) -> Report:
        """Test a connection before it is saved (`Rail.check`)."""
        return checking.check(link)

    def verify(self, link: Link, mapping: Mapping[str, Any]) -> Report:
        """Nothing: what is carried needs no mapping (`Rail.verify`)."""
        return Report([])

    def types(self, link: Link, mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Nothing: the forms are schemas, registered per service (`Rail.types`)."""
        return {}

    def rehearse(self, sample: Occasion, link: Link, place: str) -> Report:
        """Test the connection only: what is submitted cannot be taken back (`Rail.rehearse`)."""
        return checking.check(link)

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        """Return the steps of an occasion (`Rail.plan`)."""
        return planning.plan(occasion, link)

    def send(self, step: Step, link: Link) -> Receipt:
        """Have the effect of one step (`Rail.send`)."""
        return sending.send(step, link)

    def probe(self, step: Step, link: Link) -> Receipt | None:
        """Say whether a step happened (`Rail.probe`)."""
        return sending.probe(step, link)

    def locate_page(self, receipt: Receipt, link: Link) -> str | None:
        """None: the platform has no page of a submission (`Rail.locate_page`)."""
        return None

    def follow(self, sent: Sent, link: Link) -> Followed:
        """Read what became of what was handed over (`Follows.follow`)."""
        return following.follow(sent, link)

    def manners(self, settings: Any) -> Manners:
        """Return how a connection receives and answers (`Receives.manners`)."""
        return listing.manners(settings)

    def waiting(self, link: Link) -> Iterator[Arriving]:
        """Yield what waits for us (`Receives.waiting`)."""
        return listing.waiting(link)

    def notice(self, headers: Mapping[str, str], body: bytes, link: Link, at: datetime) -> Notice:
        """Check a callback (`Receives.notice`)."""
        return callbacks.notice(headers, body, link.settings, at)

    def collect(self, arriving: Arriving, link: Link, room: Path) -> Collected:
        """Fetch, decrypt and check what arrived (`Receives.collect`)."""
        return collecting.collect(arriving, link, room)

    def reasons(self) -> Sequence[Problem]:
        """Return the standard problems (`Receives.reasons`)."""
        return problems.catalogue()

    def areas(self, words: str, link: Link) -> Sequence[Area]:
        """Search places (`Finds.areas`)."""
        return finding.areas(words, link)

    def parties(self, wanted: Wanted, link: Link) -> Sequence[Party]:
        """Return who takes a service in a place (`Finds.parties`)."""
        return finding.parties(wanted, link)

    def clauses(self, link: Link) -> Sequence[Clause]:
        """Return what a conformance run proves (`Conforms.clauses`)."""
        return conforming.clauses(link)

    def conform(self, link: Link, ground: Ground) -> Iterator[Finding]:
        """Try each clause (`Conforms.conform`)."""
        return conforming.conform(link, ground)

    def onboarding(self, settings: Any) -> Sequence[Item]:
        """Return what is to be settled before the first submission (`Onboards.onboarding`)."""
        return OnboardingItems.read(_ROOM / "onboarding.toml").for_roles(settings.roles)
