"""`caseway simulate cmis` and `python -m caseway.rails.cmis.simulator`."""

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
from caseway.rails.cmis.simulator.simulator import CmisSimulator
from caseway.testing.pki import issue, make_ca
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
        prog="caseway simulate cmis", description="A simulated DMS: CMIS 1.1, Browser binding."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8090, help="port to listen on, 0 = any free one (default: 8090)"
    )
    parser.add_argument(
        "--types", type=Path, help="YAML or JSON file of types (default: the model that ships)"
    )
    parser.add_argument("--repository", default="DMS", help="id of the repository (default: DMS)")
    parser.add_argument(
        "--auth", default="none", help="none, basic:user:password, bearer:token or oauth2:client:secret"
    )
    parser.add_argument("--state", type=Path, help="file that keeps everything, also over a kill -9")
    parser.add_argument("--content", type=Path, help="folder for large contents (default: a temporary one)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND or JSON",
        help="switch a fault on from the start",
    )
    parser.add_argument(
        "--tls", type=Path, metavar="FOLDER", help="speak TLS; writes ca.pem and client.* there"
    )
    parser.add_argument(
        "--client-certificate", action="store_true", help="with --tls: callers need a certificate"
    )
    parser.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    return parser


def _simulator(options: argparse.Namespace) -> CmisSimulator:
    return CmisSimulator(
        types=options.types,
        repository=options.repository,
        auth=options.auth,
        host=options.host,
        port=options.port,
        tls=_tls(options.tls, options.client_certificate) if options.tls else None,
        faults=[_fault(text) for text in options.fault],
        state=options.state,
        content_folder=options.content,
    )


def _tls(folder: Path, require_client: bool) -> ServerTls:
    folder.mkdir(parents=True, exist_ok=True)
    ca = make_ca()
    ca.write(folder)
    issue(ca, "client", ["caseway"], days=30).write(folder, "client")
    return ServerTls(ca, require_client)


def _fault(text: str) -> str | dict[str, Any]:
    if not text.startswith("{"):
        return text
    data: dict[str, Any] = json.loads(text)
    return data


def _announce(simulator: CmisSimulator, *, as_json: bool) -> None:
    repository = simulator.repository.id
    if as_json:
        data = {"url": simulator.url, "browserUrl": simulator.browser_url, "repository": repository}
        sys.stdout.write(json.dumps(data) + "\n")
    else:
        sys.stdout.write(f"CMIS Browser binding: {simulator.browser_url} (repository {repository})\n")
        sys.stdout.write(f"Page with state and switches: {simulator.url}/\n")
    sys.stdout.flush()
