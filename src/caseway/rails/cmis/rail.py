"""The CMIS rail: the contract, room by room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from caseway.rails.cmis import check as checking
from caseway.rails.cmis import conform as conforming
from caseway.rails.cmis import plan as planning
from caseway.rails.cmis import rehearse as rehearsing
from caseway.rails.cmis import send as sending
from caseway.rails.cmis import verify as verifying
from caseway.rails.cmis.clauses import CLAUSES
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.cmis.session import Session
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
from caseway.rails.manifest import Manifest


class CmisRail:
    """Files applications and messages into a DMS over CMIS 1.1, Browser binding."""

    manifest: Manifest = Manifest.read(files("caseway.rails.cmis") / "manifest.toml")
    settings_type: type[RailSettings] = CmisSettings

    def check(self, link: Link) -> Report:
        """Test a connection before it is saved (`Rail.check`)."""
        return checking.check(link)

    def verify(self, link: Link, mapping: Mapping[str, Any]) -> Report:
        """Hold a resolved mapping against the types and folders of the DMS (`Rail.verify`)."""
        return verifying.verify(Session(link), mapping)

    def types(self, link: Link, mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Return the type definitions a mapping names (`Rail.types`)."""
        return {key: one.raw for key, one in planning.types_of(mapping, Session(link)).items()}

    def rehearse(self, sample: Occasion, link: Link, place: str) -> Report:
        """File a sample below a scratch folder and delete it again (`Rail.rehearse`)."""
        return rehearsing.rehearse(link, sample, place)

    def clauses(self, link: Link) -> Sequence[Clause]:
        """Return what a conformance run proves (`Conforms.clauses`)."""
        return CLAUSES

    def conform(self, link: Link, ground: Ground) -> Iterator[Finding]:
        """Try each clause at the DMS (`Conforms.conform`)."""
        return conforming.conform(link, ground)

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        """Return the steps of an occasion (`Rail.plan`)."""
        return planning.plan(occasion, Session(link))

    def send(self, step: Step, link: Link) -> Receipt:
        """Have the effect of one step (`Rail.send`)."""
        return sending.send(step, Session(link))

    def probe(self, step: Step, link: Link) -> Receipt | None:
        """Say whether a step arrived (`Rail.probe`)."""
        return sending.probe(step, Session(link))

    def locate_page(self, receipt: Receipt, link: Link) -> str | None:
        """Return the page of an object, where the connection names one (`Rail.locate_page`)."""
        template: str = link.settings.object_page
        return template.replace("{object_id}", quote(receipt.remote_id, safe="")) if template else None
