"""How many submissions a second are accepted durably: web processes, PostgreSQL with fsync, one client.

`python bench/accept.py --requests 4000 --connections 8` prints JSON last; everything lives in a temporary
folder and listens on 127.0.0.1 only. The web processes are those of `caseway web`. The client speaks HTTP/1.1
over plain sockets, so that it costs little of the cores it shares with what it measures. A route owes a
delivery for each submission, to a connection that is busy. On a busy machine `web_cpu_ms`, `database_cpu_ms`
and `client_cpu_ms`, the processor times for each request, tell more than the rate.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
BOUNDARY = "grenze"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def main() -> None:
    """Run the bench and print its figures."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="caseway-bench-") as folder:
        os.environ.update(
            CASEWAY_DATA=folder,
            CASEWAY_DATABASE_URL="",
            CASEWAY_MALWARE="off",
            CASEWAY_LOG_LEVEL="ERROR",
            DJANGO_SETTINGS_MODULE="caseway.settings",
        )
        figures = _with_database(options)
    sys.stderr.write(f"{_text(figures)}\n")
    sys.stdout.write(f"{json.dumps(figures)}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--processes", type=int, help="web processes; default as `caseway web`")
    parser.add_argument("--threads", type=int, help="threads of each; default as `caseway web`")
    parser.add_argument("--bytes", type=int, default=1000, help="size of the JSON part and of the file, each")
    parser.add_argument("--no-file", action="store_true", help="only the JSON part")
    parser.add_argument("--no-route", action="store_true", help="nothing is owed because of it")
    options = parser.parse_args()
    for name in ("processes", "threads"):
        if (number := getattr(options, name)) is not None:
            os.environ[f"CASEWAY_WEB_{name.upper()}"] = str(number)
    return options


def _with_database(options: argparse.Namespace) -> dict[str, object]:
    import django

    django.setup()
    from caseway.access.database import migrate
    from caseway.access.models import Organisation
    from caseway.configuration import configuration
    from caseway.embedded import EmbeddedPostgres
    from caseway.testing.tokens import issue_token

    server = EmbeddedPostgres(configuration().data, durable=True)
    server.start()
    try:
        migrate(quiet=True)
        organisation = Organisation.objects.create(slug="bench", name="Stadt Beispielhausen")
        if not options.no_route:
            _add_route(organisation)
        return _with_web(options, issue_token(organisation, ["submissions:write"]), server.pid())
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()


def _add_route(organisation: Any) -> None:
    """Owe each submission to a connection that can take no more: its own workers would look for the rest."""
    from caseway.access.scope import scope
    from caseway.delivery.models import Connection, Route

    with scope(organisation.id):
        connection = Connection.objects.create(
            organisation=organisation, slug="dms", name="DMS", rail="cmis", concurrency=0
        )
        Route.objects.create(organisation=organisation, name="everything", connection=connection)


def _with_web(options: argparse.Namespace, token: str, database: int) -> dict[str, object]:
    from caseway.cli.serve import web_command
    from caseway.configuration import configuration

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = subprocess.Popen(web_command("127.0.0.1", port), cwd=ROOT / "src")
    try:
        _wait(port)
        _drive(port, token, options, 300, [])
        latencies: list[float] = []
        measured = {"web": web.pid, "database": database, "client": os.getpid()}
        began, used = time.perf_counter(), {name: _cpu(pid) for name, pid in measured.items()}
        failed = _drive(port, token, options, options.requests, latencies)
        seconds = time.perf_counter() - began
        used = {name: _cpu(pid) - used[name] for name, pid in measured.items()}
    finally:
        web.terminate()
        web.wait(20)
    used["client"] -= used["web"]  # its child
    return _figures(options, seconds, latencies, failed) | {
        "processes": configuration().web_processes,
        "threads": configuration().web_threads,
        **{f"{name}_cpu_ms": round(spent * 1000 / len(latencies), 2) for name, spent in used.items()},
        "load": round(os.getloadavg()[0], 1),
    }


def _cpu(pid: int) -> float:
    """Return the processor seconds of a process and its children."""
    process = psutil.Process(pid)
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the web process did not come up")


def _drive(port: int, token: str, options: argparse.Namespace, count: int, latencies: list[float]) -> int:
    """Send `count` requests over the connections; return how many were not answered with 201."""
    share, failed = count // options.connections, [0] * options.connections

    def run(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = wire.makefile("rb")
            for _ in range(share):
                request = _request(port, token, options)
                began = time.perf_counter()
                wire.sendall(request)
                failed[number] += _answer(reader) != 201
                latencies.append(time.perf_counter() - began)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(options.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(failed)


def _request(port: int, token: str, options: argparse.Namespace) -> bytes:
    body, headers = request_body(options.bytes, with_file=not options.no_file)
    head = (
        f"POST /api/v1/submissions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {headers['HTTP_IDEMPOTENCY_KEY']}\r\nContent-Type: {headers['CONTENT_TYPE']}\r\n"
        f"Content-Length: {headers['CONTENT_LENGTH']}\r\n\r\n"
    )
    return head.encode() + body


def request_body(size: int, *, with_file: bool = True) -> tuple[bytes, dict[str, str]]:
    """Return a new submission with a file of `size` bytes, and its headers as WSGI names them."""
    body = _part('name="submission"', "application/json", _SAID)
    if with_file:
        content = f"{DECLARATION}<antrag><id>{uuid.uuid4()}</id><hund>".encode()
        content += b"x" * max(0, size - len(content) - 16) + b"</hund></antrag>"
        body += _part('name="structured"; filename="antrag.xml"', "application/xml", content)
    body += f"--{BOUNDARY}--\r\n".encode()
    return body, {
        "HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4()),
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(len(body)),
    }


_SAID = json.dumps(
    {
        "form": {"id": "hund-an", "name": "Anmeldung eines Hundes", "version": "4"},
        "service": {"id": "hundesteuer", "name": "Hundesteuer anmelden", "leikaId": "99102013104000"},
        "applicant": {
            "givenName": "Erika",
            "familyName": "Mustermann",
            "email": "erika@example.org",
            "organisationName": "x" * 200,
        },
    }
).encode()


def _part(disposition: str, media_type: str, content: bytes) -> bytes:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: {media_type}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n"


def _answer(reader: object) -> int:
    line = reader.readline()  # type: ignore[attr-defined]
    status, length = int(line.split(b" ")[1]), 0
    while (header := reader.readline()) not in (b"\r\n", b""):  # type: ignore[attr-defined]
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    reader.read(length)  # type: ignore[attr-defined]
    return status


def _figures(
    options: argparse.Namespace, seconds: float, latencies: list[float], failed: int
) -> dict[str, object]:
    ordered = sorted(latencies)
    return {
        "bench": "accept",
        "requests": len(ordered),
        "failed": failed,
        "per_second": round(len(ordered) / seconds, 1),
        "p50_ms": round(statistics.median(ordered) * 1000, 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
        "connections": options.connections,
        "file_bytes": 0 if options.no_file else options.bytes,
        "fsync": True,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _text(figures: dict[str, object]) -> str:
    return (
        f"durable accept: {figures['per_second']}/s, p50 {figures['p50_ms']} ms, p99 {figures['p99_ms']} ms, "
        f"{figures['failed']} of {figures['requests']} failed, {figures['cores']} cores for both"
    )


if __name__ == "__main__":
    main()
