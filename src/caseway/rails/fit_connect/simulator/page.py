"""The page of the simulated platform: cases, destinations, callbacks, requests, switches."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from caseway.rails.fit_connect.simulator.api import ACTIONS
from caseway.rails.fit_connect.simulator.counts import counts
from caseway.rails.fit_connect.simulator.model import Case, Parcel
from caseway.testing.simulator.page import frame, log_section, section, switches_section, table

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.simulator import FitConnectSimulator

SHOWN = 50


def render(simulator: FitConnectSimulator) -> str:
    """Return the page."""
    with simulator.platform.store.lock:
        sections = [
            '<div class="columns">',
            _addresses(simulator),
            _destinations(simulator),
            "</div>",
            _parcels(simulator),
            _callbacks(simulator),
            switches_section(simulator.faults, ACTIONS),
            _clock(simulator),
        ]
        lead = _lead(simulator)
    newest = islice(reversed(simulator.log.entries()), SHOWN)
    return frame("Simulated FIT-Connect", lead, [*sections, log_section(newest)])


def _lead(simulator: FitConnectSimulator) -> str:
    found = counts(simulator.platform)
    states = ", ".join(f"{number} {status}" for status, number in found["submissions"].items()) or "none yet"
    links = " · ".join(
        f'<a href="/admin/{name}">{name.capitalize()}</a>'
        for name in ("addresses", "state", "counts", "log", "callbacks", "faults")
    )
    return f"<p>Submissions: {escape(states)}. {links} (JSON)</p>"


def _addresses(simulator: FitConnectSimulator) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd><code>{escape(url)}</code></dd>"
        for name, url in simulator.addresses.items()
    )
    return section("addresses", "Addresses", f"<dl>{rows}</dl>")


def _destinations(simulator: FitConnectSimulator) -> str:
    rows = [
        (escape(item.name), f"<code>{item.id}</code>", escape(item.status), escape(_services(item.services)))
        for item in islice(simulator.platform.store.destinations.values(), SHOWN)
    ]
    return section(
        "destinations",
        "Destinations",
        table(("Name", "Id", "Status", "Services"), rows, "There is no destination."),
    )


def _services(services: list[dict[str, str]]) -> str:
    return ", ".join(item["identifier"].rpartition(":")[2] for item in services)


def _parcels(simulator: FitConnectSimulator) -> str:
    store = simulator.platform.store
    newest = islice(reversed(list(store.parcels.values())), SHOWN)
    rows = [
        (
            escape(parcel.kind),
            f"<code>{parcel.id}</code>",
            f"<code>{parcel.case_id}</code>",
            escape(parcel.status),
            escape(parcel.service.get("name", "")),
            f"{len(parcel.attachments)} of {len(parcel.announced)}",
            str(parcel.size()),
            escape(_log(store.cases[parcel.case_id], parcel)),
        )
        for parcel in newest
    ]
    headings = ("Kind", "Id", "Case", "Status", "Service", "Attachments", "Characters", "Events")
    return section("parcels", "Submissions and replies", table(headings, rows, "Nothing came yet."))


def _log(case: Case, parcel: Parcel) -> str:
    names = [event.name for event in case.events if event.subject == parcel.subject]
    return ", ".join(name.rpartition("-")[0] for name in names)


def _callbacks(simulator: FitConnectSimulator) -> str:
    newest = islice(reversed(list(simulator.platform.caller.sent)), SHOWN)
    rows = [
        (
            escape(item.kind),
            f"<code>{escape(item.url)}</code>",
            str(item.attempt),
            str(item.status) if item.status else '<span class="bad">no answer</span>',
            escape(item.fault),
        )
        for item in newest
    ]
    return section(
        "callbacks",
        "Callbacks",
        table(("Kind", "To", "Attempt", "Answer", "Fault"), rows, "No callback yet."),
    )


def _clock(simulator: FitConnectSimulator) -> str:
    moment = simulator.platform.store.clock.now()
    return section(
        "clock",
        "Clock",
        f"<p>It is <time>{moment:%Y-%m-%d %H:%M:%S}</time> UTC on the platform.</p>"
        '<form method="post" action="/admin/form/advance"><fieldset>'
        '<label>Days<input name="days" inputmode="decimal" value="1" size="4"></label>'
        "<button>Let time pass</button></fieldset></form>",
    )
