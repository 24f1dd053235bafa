"""What a conformance run proves of a DMS, clause by clause, and how a finding of one is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caseway.core.errors import CasewayError
from caseway.rails.conformance import Clause
from caseway.rails.contract import Finding, Report

CONNECT = Clause("cmis.conform_connect", "It answers, lets us in and speaks CMIS 1.1")
TYPES = Clause("cmis.conform_types", "The types are there, with the properties the mapping fills")
FILING = Clause("cmis.conform_filing", "A case folder is filed with application, data and attachments")
READ_BACK = Clause("cmis.conform_read_back", "Everything is read back as it was sent, byte for byte")
ONCE = Clause("cmis.conform_once", "Filed again, it is found and not doubled")
CONFLICT = Clause("cmis.conform_conflict", "Somebody else's document of the same name stays as it is")
LARGE = Clause("cmis.conform_large", "A large document arrives whole, in pieces where the DMS can")
NAMES = Clause("cmis.conform_names", "Umlauts, long names and an empty file arrive as they are")
REFUSAL = Clause("cmis.conform_refusal", "A value of the wrong type is refused in the DMS's own words")
CLEAN = Clause("cmis.conform_clean", "What the run made is deleted, and nothing stays")
CLAUSES = (CONNECT, TYPES, FILING, READ_BACK, ONCE, CONFLICT, LARGE, NAMES, REFUSAL, CLEAN)


def tried(clause: Clause, act: Callable[[], Finding]) -> Finding:
    """Return what an act found, or what stopped it."""
    try:
        return act()
    except CasewayError as error:
        details = {**error.details, "error": error.code}
        return Finding(clause.code, False, error.sentence, error.remedy, details)


def good(clause: Clause, **details: Any) -> Finding:
    """Return the finding of a clause that holds."""
    return Finding(clause.code, True, f"{clause.title}.", details=details)


def bad(clause: Clause, sentence: str, remedy: str = "", **details: Any) -> Finding:
    """Return the finding of a clause that does not hold."""
    return Finding(clause.code, False, sentence, remedy, details)


def of_report(clause: Clause, report: Report) -> Finding:
    """Return a report as the one finding of a clause."""
    wrong = [one for one in report.findings if not one.ok]
    if not wrong:
        return good(clause)
    more = f" ({len(wrong) - 1} more)" if len(wrong) > 1 else ""
    codes = sorted({one.code for one in wrong})
    return bad(clause, f"{wrong[0].sentence}{more}", wrong[0].remedy, codes=codes)
