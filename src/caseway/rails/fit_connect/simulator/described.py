"""What a destination says of itself, read from a body (schemas Create-, Update-, PatchDestination)."""

from __future__ import annotations

import re
from typing import Any

from caseway.rails.fit_connect.simulator.call import Call
from caseway.rails.fit_connect.simulator.parcels import callback_of
from caseway.rails.fit_connect.simulator.problem import bad_request
from caseway.rails.fit_connect.simulator.submissions import REGION, URN

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
STATUSES = ("created", "active", "inactive", "decommissioned")
_CONTACT = ("legalName", "address", "phone", "email")


def read_description(call: Call, data: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Return the fields of a destination that a body sets. Raises 400; `whole`: nothing may be missing."""
    field = "services" if call.version == "v1" else "publicServices"
    readers = {
        "status": ("status", _status),
        "contactInformation": ("contact", _contact),
        field: ("services", services),
        "encryptionKid": ("encryption_kid", _text),
        "metadataVersions": ("metadata_versions", _versions),
        "replyChannels": ("reply_channels", _channels),
        "name": ("name", _text),
    }
    needed = ("contactInformation", field, "encryptionKid", "metadataVersions") if whole else ()
    missing = [name for name in needed if data.get(name) is None]
    if missing:
        raise bad_request(f"The field {missing[0]} is missing.")
    values: dict[str, Any] = {
        ours: read(data[name]) for name, (ours, read) in readers.items() if data.get(name) is not None
    }
    if data.get("callback") is not None:
        values["callback"] = callback_of(call, data["callback"])
    return values


def services(value: object) -> list[dict[str, Any]]:
    """Return the services of a destination (schema DestinationService). Raises 400."""
    if not isinstance(value, list) or not value:
        raise bad_request("At least one service is needed.")
    for item in value:
        _service(item)
    return value


def _service(item: object) -> None:
    if not isinstance(item, dict) or not URN.fullmatch(str(item.get("identifier"))):
        raise bad_request("The identifier of a service is a URN.")
    regions, schemas = item.get("regions"), item.get("submissionSchemas")
    if not isinstance(regions, list) or not regions or not all(REGION.fullmatch(str(r)) for r in regions):
        raise bad_request("A service has regions, each DE and an ARS.")
    if not isinstance(schemas, list) or not schemas:
        raise bad_request("A service has submissionSchemas.")
    for schema in schemas:
        if not isinstance(schema, dict) or not isinstance(schema.get("schemaUri"), str):
            raise bad_request("A submissionSchema has a schemaUri.")


def _status(value: object) -> str:
    if value not in STATUSES:
        raise bad_request(f"The status is one of {', '.join(STATUSES)}.")
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise bad_request("A text is missing.")
    return value


def _versions(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(_VERSION.fullmatch(str(item)) for item in value):
        raise bad_request("metadataVersions are versions such as 2.1.0.")
    return value


def _contact(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in _CONTACT):
        raise bad_request(f"contactInformation has {', '.join(_CONTACT)}.")
    return value


def _channels(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise bad_request("replyChannels names at least one channel.")
    return value
