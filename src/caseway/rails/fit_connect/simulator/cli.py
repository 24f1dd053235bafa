"""`caseway simulate fit_connect` and `python -m caseway.rails.fit_connect.simulator`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from caseway.core.errors import CasewayError
from caseway.rails.fit_connect.simulator.options import Options, Roots
from caseway.rails.fit_connect.simulator.simulator import FitConnectSimulator
from caseway.testing.pki import make_ca
from caseway.testing.simulator import ServerTls

_PLAIN = {item.name: type(getattr(Options(), item.name)) for item in fields(Options) if item.name != "roots"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulator until SIGTERM or SIGINT. Prints its addresses; returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        simulator = _simulator(options)
        simulator.start()
    except (CasewayError, OSError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        _announce(simulator, as_json=options.json)
        while not stopping.wait(1.0):
            pass
    finally:
        simulator.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="caseway simulate fit_connect", description="A simulated FIT-Connect platform, v1 and v2."
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    add("--port", type=int, default=8081, help="port to listen on, 0 = any free one (default: 8081)")
    add("--seed", type=Path, help="YAML or JSON file of areas, destinations and clients")
    add("--state", type=Path, help="folder that keeps everything and the keys, also over a kill -9")
    add("--keys", type=Path, help="folder for private keys (default: in --state, or a shared temporary one)")
    add("--root", action="append", default=[], metavar="KIND=PREFIX", help=f"path prefix of {_kinds()}")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help=f"one of {', '.join(_PLAIN)}")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="KIND or JSON",
        help="switch a fault on from the start",
    )
    add("--tls", type=Path, metavar="FOLDER", help="speak TLS; writes ca.pem there")
    add("--json", action="store_true", help="print the addresses as one line of JSON")
    return parser


def _kinds() -> str:
    return ", ".join(item.name for item in fields(Roots))


def _simulator(options: argparse.Namespace) -> FitConnectSimulator:
    roots = {kind: prefix.strip("/") for kind, _, prefix in (text.partition("=") for text in options.root)}
    unknown = set(roots) - {item.name for item in fields(Roots)}
    if unknown:
        raise ValueError(f"--root knows {_kinds()}, not {sorted(unknown)[0]}.")
    return FitConnectSimulator(
        seed=options.seed,
        state=options.state,
        keys=options.keys,
        host=options.host,
        port=options.port,
        tls=_tls(options.tls) if options.tls else None,
        faults=[json.loads(text) if text.startswith("{") else text for text in options.fault],
        roots=Roots(**roots),
        **dict(_setting(text) for text in options.set),
    )


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    kind = _PLAIN.get(name)
    if kind is None:
        raise ValueError(f"There is no setting {name}.")
    return name, value.lower() in ("1", "true", "yes") if kind is bool else kind(value)


def _tls(folder: Path) -> ServerTls:
    folder.mkdir(parents=True, exist_ok=True)
    ca = make_ca()
    ca.write(folder)
    return ServerTls(ca)


def _announce(simulator: FitConnectSimulator, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(simulator.addresses) + "\n")
    else:
        for name, url in simulator.addresses.items():
            sys.stdout.write(f"{name + ':':20} {url}\n")
    sys.stdout.flush()
