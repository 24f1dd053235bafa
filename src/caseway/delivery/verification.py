"""Is a connection well, and do the mappings bound to it still fit the other side?"""

from __future__ import annotations

from dataclasses import asdict, replace

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import CasewayError
from caseway.delivery.connections import check_connection
from caseway.delivery.links import OpenConnection, open_connection, recording, write_exchanges
from caseway.delivery.models import Connection
from caseway.mapping.models import MappingVersion
from caseway.rails.contract import Finding, Report


def verify_connection(actor: Actor, slug: str) -> Report:
    """Test a connection and hold every mapping in force there against it.

    Raises `NotFound`, `NotPermitted`; what the other side says wrong is a finding.
    """
    require(actor, "connections.read")
    findings = list(check_connection(actor, slug).findings)
    with scope(actor.organisation_id):
        connection = Connection.objects.get(slug=slug)
        versions = list(
            MappingVersion.objects.filter(bindings__connection_slug=slug, resolved__isnull=False).distinct()
        )
    opened = open_connection(connection)
    with recording() as exchanges:
        for version in versions:
            findings += _verify(opened, version)
    with scope(actor.organisation_id):
        write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
        connection.check_report = [asdict(finding) for finding in findings]
        connection.save(update_fields=["check_report"])
    return Report(findings)


def _verify(opened: OpenConnection, version: MappingVersion) -> list[Finding]:
    try:
        report = opened.rail.verify(opened.link, version.resolved or {})
    except CasewayError as error:
        return [Finding(error.code, False, f"{version}: {error.sentence}", error.remedy)]
    if report.ok:
        return [Finding("mapping.verified", True, f"{version} fits the other side.")]
    return [replace(one, sentence=f"{version}: {one.sentence}") for one in report.findings if not one.ok]
