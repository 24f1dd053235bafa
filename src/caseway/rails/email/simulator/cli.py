"""`caseway simulate email` and `python -m caseway.rails.email.simulator`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caseway.core.errors import CasewayError
from caseway.rails.email.simulator.simulator import EmailSimulator
from caseway.testing.pki import make_ca
from caseway.testing.simulator import ServerTls


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
        prog="caseway simulate email", description="A simulated mail server: SMTP."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8025, help="port for mail, 0 = any free one (default: 8025)"
    )
    parser.add_argument(
        "--page-port", type=int, default=8026, help="port of the page, 0 = any free one (default: 8026)"
    )
    parser.add_argument(
        "--security", choices=("none", "starttls", "tls"), default="none", help="encryption (default: none)"
    )
    parser.add_argument(
        "--tls", type=Path, metavar="FOLDER", help="writes ca.pem there, for who shall trust it"
    )
    parser.add_argument("--login", metavar="USER:PASSWORD", help="who may send (default: anybody)")
    parser.add_argument("--max-bytes", type=int, default=35_000_000, help="largest mail (default: 35 MB)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND or JSON",
        help="switch a fault on from the start",
    )
    parser.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    return parser


def _simulator(options: argparse.Namespace) -> EmailSimulator:
    user, _, password = (options.login or "").partition(":")
    return EmailSimulator(
        security=options.security,
        login=(user, password) if user else None,
        max_bytes=options.max_bytes,
        host=options.host,
        port=options.port,
        page_port=options.page_port,
        tls=_tls(options.tls) if options.tls else None,
        faults=[_fault(text) for text in options.fault],
    )


def _tls(folder: Path) -> ServerTls:
    folder.mkdir(parents=True, exist_ok=True)
    ca = make_ca()
    ca.write(folder)
    return ServerTls(ca)


def _fault(text: str) -> str | dict[str, Any]:
    if not text.startswith("{"):
        return text
    data: dict[str, Any] = json.loads(text)
    return data


def _announce(simulator: EmailSimulator, *, as_json: bool) -> None:
    if as_json:
        data = {"url": simulator.url, "host": simulator.host, "port": simulator.smtp_port}
        sys.stdout.write(json.dumps(data) + "\n")
    else:
        sys.stdout.write(f"SMTP: {simulator.host}:{simulator.smtp_port} ({simulator.security})\n")
        sys.stdout.write(f"Page with mails and switches: {simulator.url}/\n")
    sys.stdout.flush()
