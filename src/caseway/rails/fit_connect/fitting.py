"""What of the settings of a connection does not fit together, in words for who enters them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caseway.rails.fit_connect.config import FitConnectSettings

UUID = r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"


def problems_of(settings: FitConnectSettings) -> Iterator[str]:
    """Yield what does not fit together."""
    yield from _address_problems(settings)
    if settings.allow_self_signed and settings.platform in ("reference", "production"):
        yield "self-signed keys are for test platforms only"
    if settings.receives and not settings.receive_destinations:
        yield "receiving needs the ids of our destinations"
    if any(not re.fullmatch(UUID, one) for one in settings.receive_destinations):
        yield "our destinations must be ids such as 879ee109-a690-4db8-ab32-424284184d7d"
    if settings.sends and settings.addressing == "fixed" and not settings.destination_id:
        yield "sending to a fixed destination needs its id"
    if settings.callback_url and settings.callback_secret is None:
        yield "a callback address needs its secret"
    if settings.reply_channel == "fit_connect" and not settings.reply_standards:
        yield "answers over FIT-Connect need a process standard"
    if settings.sends and settings.reply_channel == "fit_connect":
        yield from _reply_problems(settings)


def _reply_problems(settings: FitConnectSettings) -> Iterator[str]:
    """Who accepts a reply names itself as the issuer of an event, which is an id (set-payload 1.2.2, iss)."""
    if settings.reply_issuer == "destination" and not settings.sender_destination_id:
        yield "answering replies as our own destination needs its id (Our own destination)"
    if settings.reply_issuer == "client" and not re.fullmatch(UUID, settings.client_id):
        yield (
            "replies cannot be answered as our API client, whose id is no UUID: enter the id from the "
            "portal, or answer as our own destination"
        )


def _address_problems(settings: FitConnectSettings) -> Iterator[str]:
    where = settings.addresses()
    needed = {"token_url": where.token, "submission_url": where.submission}
    if where.destinations_from == "destination":
        needed["destination_url"] = where.destination
    if settings.sends and settings.addressing == "routing":
        needed |= {"routing_url": where.routing, "portal_url": where.portal}
    if missing := [name for name, value in needed.items() if not value]:
        yield f"the platform {settings.platform} also needs: {', '.join(missing)}"
    plain = (where.token, where.submission, where.destination, where.routing, where.portal)
    if settings.platform != "custom" and any(address.startswith("http://") for address in plain):
        yield "only a custom platform may be reached without TLS"
