"""Destinations and their keys: public to read, managed by the clients that serve them."""

from __future__ import annotations

import uuid
from typing import Any

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.call import Call, paged
from caseway.rails.fit_connect.simulator.described import read_description
from caseway.rails.fit_connect.simulator.model import Destination
from caseway.rails.fit_connect.simulator.problem import bad_request, forbidden, not_found
from caseway.rails.fit_connect.simulator.switches import CERTIFICATES
from caseway.testing.simulator import Response, json_response

NO_CACHE = [("Cache-Control", "no-cache")]


def destination_of(call: Call) -> Destination:
    """Return the destination a path names. Raises 400 or 404."""
    found = call.platform.store.destinations.get(call.uuid("destinationId"))
    if found is None:
        raise not_found("destination")
    return found


def show(call: Call) -> Response:
    """GET destination; who serves it sees contact and callback too."""
    destination = destination_of(call)
    shown = json_response(view(call, destination), 200, NO_CACHE)
    rotation = call.fault("rotate_key_after_lookup")
    if rotation is not None:
        old = call.platform.rotate(destination)
        if rotation.parameters["refuse_old"]:
            call.platform.refused_kids.add((destination.id, old))
    return shown


def show_key(call: Call) -> Response:
    """GET one key by its kid; no token needed."""
    destination, kid = destination_of(call), call.parameters["keyId"]
    found = call.platform.destination_key(destination, kid)
    if found is None:
        raise not_found("key")
    return json_response(_disturbed(call, destination, found), 200, NO_CACHE)


def show_keys(call: Call) -> Response:
    """GET all keys (destination API only), the current encryption key first."""
    destination = destination_of(call)
    kids = sorted(destination.keys, key=lambda kid: kid != destination.encryption_kid)
    keys = [call.platform.destination_key(destination, kid) for kid in kids]
    return json_response({"keys": [_disturbed(call, destination, key) for key in keys if key]}, 200, NO_CACHE)


def mine(call: Call) -> Response:
    """GET destinations: those the caller serves."""
    offset, limit = call.page()
    known = list(call.platform.store.destinations.values())
    found = [destination for destination in known if call.platform.serves(call.caller(), destination.id)]
    shown = [view(call, destination) for destination in found]
    return json_response(paged(shown, offset, limit, "destinations"), 200, NO_CACHE)


def create(call: Call) -> Response:
    """POST destination: made in status `created`, served by the caller. 201."""
    data = call.json({"encryptionKid": str, "encryptionPublicKey": dict, "signingPublicKey": dict})
    values = read_description(call, data, whole=True)
    keys = [_key(data["encryptionPublicKey"], "wrapKey"), _key(data["signingPublicKey"], "verify")]
    if keys[0]["kid"] != data["encryptionKid"]:
        raise bad_request("encryptionKid is not the kid of encryptionPublicKey.")
    destination = Destination(str(uuid.uuid4()), status="created", keys={key["kid"]: key for key in keys})
    _apply(destination, {**values, "status": "created", "encryption_kid": data["encryptionKid"]})
    with call.platform.store.lock:
        client = call.caller()
        client.destinations.append(destination.id)
        call.platform.store.save(destination, client)
    return json_response(
        view(call, destination), 201, [*NO_CACHE, ("Location", f"/destinations/{destination.id}")]
    )


def update(call: Call) -> Response:
    """PUT (whole) or PATCH (some fields). 200."""
    destination = _served(call)
    values = read_description(call, call.json({}), whole=call.request.method == "PUT")
    if call.request.method == "PATCH" and values.get("status") == "created":
        raise bad_request("A destination does not become `created` again.")
    kid = values.get("encryption_kid")
    if kid is not None and destination.keys.get(kid, {}).get("key_ops", ["wrapKey"]) != ["wrapKey"]:
        raise bad_request("encryptionKid is no encryption key of the destination.")
    if kid is not None and kid not in destination.keys:
        raise bad_request("encryptionKid is no key of the destination.")
    with call.platform.store.lock:
        _apply(destination, values)
        call.platform.store.save(destination)
    return json_response(view(call, destination), 200, NO_CACHE)


def delete(call: Call) -> Response:
    """DELETE destination. 204."""
    destination = _served(call)
    call.platform.store.forget_destination(destination.id)
    return Response(204)


def add_key(call: Call) -> Response:
    """POST a key; the same key again is no fault. 201."""
    destination = _served(call)
    key = _key(call.json({}))
    known = destination.keys.get(key["kid"])
    if known is not None and (known.get("n"), known.get("key_ops")) != (key["n"], key["key_ops"]):
        raise bad_request("Another key has this kid.")
    with call.platform.store.lock:
        destination.keys[key["kid"]] = key
        call.platform.store.save(destination)
    return Response(201, [("Location", f"/destinations/{destination.id}/keys/{key['kid']}")])


def view(call: Call, destination: Destination) -> dict[str, Any]:
    """Return a destination as the caller may see it."""
    inactive = call.fault("destination_inactive") is not None
    shown: dict[str, Any] = {
        "destinationId": destination.id,
        "status": "inactive" if inactive else destination.status,
        "encryptionKid": destination.encryption_kid,
        "metadataVersions": destination.metadata_versions,
    }
    if call.version == "v1":
        shown["services"] = destination.services
        if destination.reply_channels:
            shown["replyChannels"] = destination.reply_channels
    else:
        shown |= {"name": destination.name, "publicServices": destination.services}
    owner = call.client is not None and call.platform.serves(call.client, destination.id)
    if destination.contact and (owner or call.version == "v2"):
        shown["contactInformation"] = destination.contact
    if owner and destination.callback:
        shown["callback"] = {"url": destination.callback.url}
    return shown


def _served(call: Call) -> Destination:
    destination = destination_of(call)
    if not call.platform.serves(call.caller(), destination.id):
        raise forbidden("The client does not serve this destination.")
    return destination


def _apply(destination: Destination, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(destination, name, value)


def _key(data: object, operation: str | None = None) -> dict[str, Any]:
    fault = jose.key_fault(data, operation)
    if fault is not None or not isinstance(data, dict):
        raise bad_request(fault or "A key is a JSON object.")
    return data


def _disturbed(call: Call, destination: Destination, key: dict[str, Any]) -> dict[str, Any]:
    """Return a key with what is wrong about its certificate now."""
    kind = next((kind for kind in CERTIFICATES if call.fault(kind)), None)
    if kind is None:
        return key
    variant = kind.removeprefix("certificate_")
    if "made" in destination.keys[key["kid"]]:
        return call.platform.destination_key(destination, key["kid"], variant) or key
    return call.platform.pki.jwk(jose.public_key(key), key["kid"], key["key_ops"][0], variant)
