"""What a platform knows at its start, and how clients and destinations are added while it runs."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from caseway.core.errors import Invalid
from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.model import Callback, Client, Destination
from caseway.rails.fit_connect.simulator.platform import Platform
from caseway.rails.fit_connect.simulator.rates import Area

SeedSource = str | Path | Mapping[str, Any] | None
_NAMESPACE = uuid.UUID("0f6f0d3c-8d0e-5b0a-9f43-6a1f2b3c4d5e")


def read(source: SeedSource) -> Mapping[str, Any]:
    """Return the data of a YAML or JSON file, the data itself, or the seed that ships. Raises `Invalid`."""
    if isinstance(source, Mapping):
        return source
    shipped = files(__package__) / "seed.yaml"
    text = shipped.read_text("utf-8") if source is None else Path(source).read_text("utf-8")
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise Invalid(f"The seed cannot be read: {problem}", code="simulator.bad_seed") from None
    if not isinstance(data, Mapping):
        raise Invalid("A seed holds areas, destinations and clients.", code="simulator.bad_seed")
    return data


def plant(platform: Platform, data: Mapping[str, Any]) -> None:
    """Put a seed into a platform; what is there already stays as it is. Raises `Invalid`."""
    try:
        platform.areas = [
            Area(**{**item, "postcodes": tuple(item.get("postcodes", ()))})
            for item in data.get("areas") or ()
        ]
        for item in data.get("destinations") or ():
            if str(item.get("id", "")).lower() not in platform.store.destinations:
                add_destination(platform, item)
        for item in data.get("clients") or ():
            if item.get("id") not in platform.store.clients:
                add_client(platform, item)
    except (AttributeError, TypeError, KeyError, ValueError) as problem:
        raise Invalid(f"The seed cannot be read: {problem}", code="simulator.bad_seed") from None


def add_client(platform: Platform, data: Mapping[str, Any]) -> Client:
    """Add or replace a client. Raises `ValueError`.

    `kind` sender or subscriber, `id`, `secret` (made when left out), `name`, `destinations`, `may_create`,
    `callback` {url, secret}, `keys`: public JWKs that sign a sender's events on replies.
    """
    if data.get("kind", "sender") not in ("sender", "subscriber"):
        raise ValueError("A client is a sender or a subscriber.")
    client = Client(
        id=str(data.get("id") or uuid.uuid4()),
        secret=str(data.get("secret") or secrets.token_urlsafe(24)),
        kind=data.get("kind", "sender"),
        name=str(data.get("name", "")),
        destinations=[str(item).lower() for item in data.get("destinations") or ()],
        may_create=bool(data.get("may_create", False)),
        callback=_callback(data.get("callback")),
        keys={key["kid"]: _checked(key) for key in data.get("keys") or ()},
    )
    platform.store.save(client)
    return client


def add_destination(platform: Platform, data: Mapping[str, Any]) -> Destination:
    """Add or replace a destination. Raises `ValueError`.

    `id`, `name`, `status`, `services` (as the API shows them), `metadataVersions`, `contact`,
    `replyChannels`,
    `callback` {url, secret}, `route` (more of a routing result), `clients` (subscribers that serve it), and
    `keys`: a list of public JWKs with `encryptionKid`, or nothing (or a name) for two of the simulator's own.
    """
    keys = data.get("keys")
    destination = Destination(
        id=str(data.get("id") or uuid.uuid4()).lower(),
        name=str(data.get("name", "")),
        status=str(data.get("status", "active")),
        services=list(data.get("services") or ()),
        metadata_versions=list(data.get("metadataVersions") or ("2.1.0",)),
        reply_channels=data.get("replyChannels"),
        contact=data.get("contact"),
        callback=_callback(data.get("callback")),
        route=dict(data.get("route") or {}),
    )
    uuid.UUID(destination.id)
    if isinstance(keys, list):
        destination.keys = {key["kid"]: _checked(key) for key in keys}
        wrapping = [kid for kid, key in destination.keys.items() if key["key_ops"] == ["wrapKey"]]
        destination.encryption_kid = str(data.get("encryptionKid") or (wrapping[0] if wrapping else ""))
    else:
        _own_keys(platform, destination, keys)
    with platform.store.lock:
        clients = [platform.store.clients[name] for name in data.get("clients") or ()]
        for client in clients:
            client.destinations = [*{*client.destinations, destination.id}]
        platform.store.save(destination, *clients)
    return destination


def _own_keys(platform: Platform, destination: Destination, name: str | None) -> None:
    """Two keys of the simulator's own. Their kids stay the same as long as the destination's id."""
    for operation in ("wrapKey", "verify"):
        kid = str(uuid.uuid5(_NAMESPACE, f"{destination.id} {operation}"))
        made = f"{name}-{operation}" if name else platform.spare_name()
        destination.keys[kid] = {"made": made, "operation": operation}
        if operation == "wrapKey":
            destination.encryption_kid = kid


def _checked(key: Any) -> dict[str, Any]:
    fault = jose.key_fault(key)
    if fault is not None:
        raise ValueError(fault)
    return dict(key)


def _callback(data: Mapping[str, Any] | None) -> Callback | None:
    return Callback(str(data["url"]), str(data["secret"])) if data else None
