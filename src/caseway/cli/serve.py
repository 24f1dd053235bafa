"""The commands that run one process each: web, worker, migrate."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import typer

from caseway.cli.output import Json, say


def web(
    host: str = typer.Option("", help="Address to listen on; default CASEWAY_BIND."),
    port: int = typer.Option(-1, help="Port to listen on; default CASEWAY_PORT."),
) -> None:
    """Run a web process until SIGTERM or SIGINT."""
    from caseway.configuration import configuration

    c = configuration()
    command = web_command(host or c.bind, c.port if port < 0 else port)
    os.execv(command[0], command)


def web_command(host: str, port: int, *, patience: int = 20) -> list[str]:
    """Return the command of a web process: WSGI in threads, persistent database connections.

    Told to stop, it gives requests under way `patience` seconds.
    """
    from caseway.cli.processes import python
    from caseway.configuration import configuration

    c = configuration()
    return python(
        "-m",
        "granian",
        "--interface=wsgi",
        f"--host={host}",
        f"--port={port}",
        f"--workers={c.web_processes}",
        f"--blocking-threads={c.web_threads}",
        "--blocking-threads-idle-timeout=600",
        "--no-ws",
        "--respawn-failed-workers",
        f"--workers-kill-timeout={patience}",  # one told to stop while it comes up does not hear it
        "--log-level=warning",
        "caseway.wsgi:application",
    )


def worker(
    threads: int = typer.Option(0, help="Deliveries worked on at a time; default CASEWAY_WORKER_THREADS."),
    once: bool = typer.Option(False, "--once", help="Stop when nothing is due."),
) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    import django

    django.setup()
    from caseway.delivery.engine import run_worker

    run_worker(threads or None, once=once)


def migrate(as_json: Json = False) -> None:
    """Bring the tables up to date as their owner, and let the ordinary role use them."""
    import django

    django.setup()
    from caseway.access.database import migrate as bring_up_to_date

    bring_up_to_date(quiet=as_json)
    say({"migrated": True}, "The tables are up to date.", as_json)


def _single(function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return app


COMMANDS = {"web": _single(web), "worker": _single(worker), "migrate": _single(migrate)}
