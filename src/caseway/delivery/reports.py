"""The report of a conformance run: everything that was proven, signed by the installation that ran it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caseway import __version__
from caseway.access.models import Organisation
from caseway.core.errors import Invalid
from caseway.core.signing import public_keys, sign, verify
from caseway.delivery.models import ConformanceRun
from caseway.delivery.proof import digest_of

KIND = "caseway-conformance+jwt"
_FORM = "caseway/conformance/v1"


@dataclass(frozen=True)
class CheckedReport:
    """A report whose signature holds."""

    facts: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        return self.facts["passed"] is True


def report_of(run: ConformanceRun) -> str:
    """Return the signed report of a run that has ended (compact JWS)."""
    organisation = Organisation.objects.get(id=run.organisation_id)
    assert run.finished_at is not None
    return sign(
        {
            "form": _FORM,
            "run": str(run.id),
            "caseway": __version__,
            "organisation": {"slug": organisation.slug, "name": organisation.name},
            "connection": {"slug": run.connection.slug, "name": run.connection.name},
            "environment": run.environment,
            "proven": run.proven,
            "digest": run.settings_digest,
            "startedAt": run.started_at.isoformat(),
            "finishedAt": run.finished_at.isoformat(),
            "startedBy": run.started_by,
            "clauses": run.clauses,
            "findings": run.findings,
            "passed": run.passed,
        },
        KIND,
    )


def check_report(token: str, more_keys: Iterable[Mapping[str, Any]] = ()) -> CheckedReport:
    """Check a report: its signature, and that it does not contradict itself.

    `more_keys` are public keys of other installations (JWK). Raises `Invalid`: `signature.…`,
    `report.unknown_form`, `report.contradicts_itself`.
    """
    facts = verify(token, KIND, [*public_keys()["keys"], *more_keys])
    if facts.get("form") != _FORM:
        raise Invalid("This report has a form that is not known here.", code="report.unknown_form")
    if not _holds(facts):
        raise Invalid("The report contradicts itself.", code="report.contradicts_itself")
    return CheckedReport(facts)


def _holds(facts: Mapping[str, Any]) -> bool:
    try:
        said = {one["code"] for one in facts["findings"]}
        well = all(one["ok"] is True for one in facts["findings"])
        whole = bool(facts["clauses"]) and {one["code"] for one in facts["clauses"]} <= said
        same = digest_of(facts["proven"]) == facts["digest"]
    except (KeyError, TypeError):
        return False
    return same and facts["passed"] is (well and whole)
