"""Test before save: is it there, does it let us in, is it CMIS 1.1, has it what filing needs? No effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, Unavailable
from caseway.core.http import certificate_days
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.session import Repository, Session
from caseway.rails.contract import Finding, Link, Report

_CERTIFICATE_DAYS = 30
_CLOCK = timedelta(minutes=2)


def check(link: Link) -> Report:
    """Return what was found, in order; the first failure that ends the talk ends the report."""
    link.cache.drop("cmis.repository")
    dates: list[str] = []

    def note(response: httpx2.Response) -> None:
        dates.append(response.headers.get("date", ""))

    link.client.event_hooks["response"].append(note)
    try:
        findings = [*_reach(link), *_certificates(link.settings)]
    finally:
        link.client.event_hooks["response"].remove(note)
    return Report([*findings, *_clock(dates)])


def _reach(link: Link) -> Iterator[Finding]:
    try:
        session = Session(link)
    except CasewayError as error:
        yield from _no_talk(error)
        return
    repository = session.repository
    yield Finding("cmis.reachable", True, "The DMS answers.")
    yield Finding("cmis.authentication", True, "The DMS accepts our login.")
    yield Finding(
        "cmis.repository", True, f"The repository {repository.id} is there.", details=_product(repository)
    )
    yield _version(repository)
    yield from _capabilities(repository, session.settings)
    yield _root(session)
    for type_id in session.settings.required_types:
        yield _type(session, type_id)


def _no_talk(error: CasewayError) -> Iterator[Finding]:
    """Say how far we came."""
    reached = not isinstance(error, Unavailable) and not error.code.startswith("http.")
    if reached:
        yield Finding("cmis.reachable", True, "The DMS answers.")
    let_in = reached and error.code not in ("cmis.unauthorized", "cmis.permission_denied")
    if let_in and error.code == "cmis.repository_unknown":
        yield Finding("cmis.authentication", True, "The DMS accepts our login.")
    yield Finding(error.code, False, error.sentence, error.remedy, error.details)


def _product(repository: Repository) -> dict[str, Any]:
    names = ("vendorName", "productName", "productVersion", "repositoryName")
    return {name: repository.info.get(name) for name in names}


def _version(repository: Repository) -> Finding:
    parts = repository.version.split(".")
    known = all(part.isdecimal() for part in parts)
    ok = known and [int(part) for part in parts] >= [1, 1]
    return Finding(
        "cmis.version",
        ok,
        f"The repository speaks CMIS {repository.version or '(not said)'}.",
        "" if ok else "The Browser binding needs CMIS 1.1; ask the vendor for it.",
    )


def _capabilities(repository: Repository, settings: CmisSettings) -> Iterator[Finding]:
    yield Finding(
        "cmis.capability.query",
        True,
        "Filed objects can be searched for."
        if repository.can_query
        else "There is no search; filed objects are found by path and by listing the folder.",
    )
    if settings.chunk_bytes:
        yield Finding(
            "cmis.capability.append",
            True,
            "Large documents can be sent in pieces."
            if repository.can_append
            else "Large documents are sent in one piece; the DMS takes no pieces.",
        )


def _root(session: Session) -> Finding:
    path = session.path("")
    try:
        folder = session.client.object_by_path(path)
    except ObjectNotFound:
        return Finding(
            "cmis.root_path", False, f"There is no folder {path}.", "Create it, or correct the root folder."
        )
    except CasewayError as error:
        return Finding("cmis.root_path", False, error.sentence, error.remedy, error.details)
    ok = folder.properties.get("cmis:baseTypeId") in (None, "cmis:folder")
    return Finding("cmis.root_path", ok, f"The folder {path} is there." if ok else f"{path} is no folder.")


def _type(session: Session, type_id: str) -> Finding:
    try:
        kind = session.fresh_type(type_id)
    except ObjectNotFound:
        return Finding(
            "cmis.type_missing",
            False,
            f"The DMS has no type {type_id}.",
            "Have it made in the DMS, with the vendor's module for portals.",
            {"type": type_id},
        )
    except CasewayError as error:
        return Finding("cmis.type_missing", False, error.sentence, error.remedy, {"type": type_id})
    return Finding(
        "cmis.type",
        kind.creatable,
        f"The type {type_id} is there." if kind.creatable else f"Nothing can be made of type {type_id}.",
        details={"type": type_id, "fingerprint": kind.fingerprint},
    )


def _certificates(settings: CmisSettings) -> Iterator[Finding]:
    http = settings.http()
    host = urlsplit(settings.service_url).hostname or ""
    try:
        days = certificate_days(host, http)
    except Unavailable:
        return  # said already
    except NotConfigured as error:
        yield Finding("cmis.certificate", False, error.sentence, error.remedy)
        return
    for whose, left in (("The DMS's", days.server), ("Our", days.client)):
        if left is not None:
            yield Finding(
                "cmis.certificate_days",
                left > 0,
                f"{whose} certificate holds for {left} more days.",
                "" if left >= _CERTIFICATE_DAYS else "Have it renewed in time.",
                {"days": left},
            )


def _clock(dates: list[str]) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(dates[0]) if dates else None
    except ValueError:
        return
    if theirs is None or theirs.tzinfo is None:
        return
    apart = abs(theirs - now())
    yield Finding(
        "cmis.clock",
        apart <= _CLOCK,
        f"The clocks differ by {round(apart.total_seconds())} seconds.",
        "" if apart <= _CLOCK else "Set both clocks by the same time server; dates and tokens depend on it.",
    )
