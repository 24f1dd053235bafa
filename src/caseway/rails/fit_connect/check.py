"""Test before save: are we let in, are the keys there, are the destinations reachable? Without any effect.

Scopes are not looked at: the platform renames them without notice and advises against relying on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, Unavailable
from caseway.core.http import certificate_days
from caseway.rails.contract import Finding, Link, Report
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import TESTING, FitConnectSettings
from caseway.rails.fit_connect.destinations import Destination, Destinations
from caseway.rails.fit_connect.errors import Call
from caseway.rails.fit_connect.routing import Routing, version_of
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.fit_connect.waiting import takes_replies

_CERTIFICATE_DAYS = 30
_CLOCK = timedelta(minutes=2)
_ENVIRONMENTS = {"test": TESTING, "reference": ("reference",), "production": ("production",)}


def check(link: Link) -> Report:
    """Return what was found, in order; the first failure that ends the talk ends the report."""
    dates: list[str] = []

    def note(response: httpx2.Response) -> None:
        dates.append(response.headers.get("date", ""))

    link.client.event_hooks["response"].append(note)
    try:
        findings = [*_environment(link), *_talk(link), *_certificates(link.settings)]
    finally:
        link.client.event_hooks["response"].remove(note)
    return Report([*findings, *_clock(dates)])


def _environment(link: Link) -> Iterator[Finding]:
    settings: FitConnectSettings = link.settings
    fitting = _ENVIRONMENTS.get(settings.platform, (link.environment,))
    if link.environment not in fitting:
        yield Finding(
            "fit_connect.environment",
            False,
            f"The platform {settings.platform} does not belong to the environment {link.environment}.",
            "Choose the platform of this environment; each has credentials of its own.",
        )
    if settings.allow_self_signed and not settings.self_signed_allowed(link.environment):
        yield Finding(
            "fit_connect.self_signed",
            False,
            "Self-signed keys are accepted outside of a test environment.",
            "Switch it off, and enter the root certificates of the administration's PKI.",
        )


def _talk(link: Link) -> Iterator[Finding]:
    client, settings = Client.of(link), link.settings
    try:
        version = _version(client)
    except CasewayError as error:
        yield _failed(error)
        return
    yield Finding("fit_connect.reachable", True, "The delivery service answers.")
    yield Finding("fit_connect.authentication", True, "The platform gives our API client a token.")
    told = f"It has version {version}." if version else "It does not tell its version."
    yield Finding("fit_connect.version", True, told, details={"version": version})
    yield _service_keys(Destinations(client))
    if settings.sends and settings.addressing == "fixed":
        yield _recipient(Destinations(client), settings)
    for destination_id in settings.receive_destinations if settings.receives else ():
        yield _own(client, destination_id)
    if settings.sends and settings.addressing == "routing":
        yield from _routing(client)
    if takes_replies(settings):
        yield _reply_issuer(client, settings)


def _version(client: Client) -> str:
    """Ask for the version; a token is needed for it, so that the login is tried as well."""
    try:
        return version_of(client.read(client.addresses.info(), Call("info")))
    except CasewayError as error:
        # v2 may have no such page; whether the address is right is told by its keys.
        if error.details.get("status") in (404, 405):
            return ""
        raise


def _failed(error: CasewayError, **details: str) -> Finding:
    return Finding(error.code, False, error.sentence, error.remedy, {**error.details, **details})


def _service_keys(destinations: Destinations) -> Finding:
    try:
        keys = destinations.service_keys()
    except CasewayError as error:
        return _failed(error)
    fit = [key for key in keys if key.get("alg") == "PS512"]
    return Finding(
        "fit_connect.service_keys",
        bool(fit),
        f"The delivery service shows {len(fit)} keys that sign events.",
        "" if fit else "Check the address of the Submission API.",
    )


def _recipient(destinations: Destinations, settings: FitConnectSettings) -> Finding:
    about = {"destination": settings.destination_id}
    try:
        found = destinations.get(settings.destination_id)
        problem = _unfit(found, settings)
        if not problem:
            destinations.key(found.id, found.encryption_kid)
    except CasewayError as error:
        return _failed(error, **about)
    if problem:
        return Finding("fit_connect.destination_unfit", False, problem[0], problem[1], about)
    return Finding(
        "fit_connect.destination", True, f"The destination {found.id} takes submissions.", "", about
    )


def _unfit(found: Destination, settings: FitConnectSettings) -> tuple[str, str] | None:
    if not found.active:
        return f"The destination is {found.status}.", "Ask its owner to activate it."
    service = settings.service_identifier
    if service and found.service(service) is None:
        offered = ", ".join(one.identifier for one in found.services[:20])
        return "The destination does not offer our service.", f"It offers: {offered or 'none'}."
    least = _parts(settings.metadata_minimum)
    if not any(_parts(version) >= least for version in found.metadata_versions):
        takes = ", ".join(found.metadata_versions[:20])
        return "The destination takes older metadata only.", f"It takes: {takes or 'none'}."
    return None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else -1 for part in version.split("."))


def _own(client: Client, destination_id: str) -> Finding:
    about = {"destination": destination_id}
    try:
        found = Destinations(client).get(destination_id)
        Submissions(client).may_list(destination_id)
    except CasewayError as error:
        return _failed(error, **about)
    return Finding(
        "fit_connect.own_destination",
        found.active,
        f"Our destination {destination_id} is {found.status}, and we may fetch what waits there.",
        "" if found.active else "Activate it in the portal.",
        about,
    )


def _reply_issuer(client: Client, settings: FitConnectSettings) -> Finding:
    """Say in whose name we answer replies; that the id has the right form is a rule of the settings."""
    if settings.reply_issuer == "client":
        return Finding("fit_connect.reply_issuer", True, "Replies are answered as our API client.")
    about = {"destination": settings.sender_destination_id}
    try:
        found = Destinations(client).get(settings.sender_destination_id)
    except CasewayError as error:
        return _failed(error, **about)
    return Finding(
        "fit_connect.reply_issuer",
        True,
        f"Replies are answered as our destination {found.id}, which the delivery service knows.",
        "",
        about,
    )


def _routing(client: Client) -> Iterator[Finding]:
    try:
        version = Routing(client).version()
        keys = Destinations(client).portal_keys()
    except CasewayError as error:
        yield _failed(error)
        return
    yield Finding("fit_connect.routing", True, f"The routing service answers, version {version or '?'}.")
    yield Finding(
        "fit_connect.portal_keys",
        bool(keys),
        f"The portal shows {len(keys)} keys that sign destination data.",
        "" if keys else "Check the address of the portal.",
    )


def _certificates(settings: FitConnectSettings) -> Iterator[Finding]:
    http = settings.http()
    own = urlsplit(http.base_url).netloc
    for base in settings.addresses().hosts():
        parts = urlsplit(base)
        pinned = http.host_ip if parts.netloc == own else None
        reached = http.model_copy(update={"base_url": base, "host_ip": pinned})
        host = parts.hostname or ""
        try:
            left = certificate_days(host, reached, parts.port).server
        except Unavailable:
            continue  # said already, or not needed for what this connection does
        except NotConfigured as error:
            yield Finding("fit_connect.certificate", False, error.sentence, error.remedy, {"host": host})
            continue
        if left is not None:
            yield Finding(
                "fit_connect.certificate_days",
                left > 0,
                f"The certificate of {host} holds for {left} more days.",
                "" if left >= _CERTIFICATE_DAYS else "It should be renewed there in time.",
                {"host": host, "days": left},
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
        "fit_connect.clock",
        apart <= _CLOCK,
        f"The clocks differ by {round(apart.total_seconds())} seconds.",
        ""
        if apart <= _CLOCK
        else "Set our clock by a time server: signed events and callbacks depend on it.",
    )
