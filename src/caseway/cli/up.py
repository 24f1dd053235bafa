"""`caseway up`: PostgreSQL, web and worker in one command; with `--demo` a DMS and a day of work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from caseway.cli.output import Json
from caseway.cli.processes import Family, free_port, python, require_free

if TYPE_CHECKING:
    from caseway.demo.seed import Stage

PATIENCE = 600
"""Seconds until a demo whose day does not settle is ended, which is an error."""


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    demo: bool
    exit_when_done: bool
    as_json: bool
    applications: int
    port: int


@dataclass(frozen=True)
class Simulators:
    """Where the other sides of the demo listen."""

    dms: str
    platform: str


def up(
    demo: bool = typer.Option(False, "--demo", help="Add a simulated DMS and play a day of applications."),
    exit_when_done: bool = typer.Option(
        False, "--exit-when-done", help="With --demo: use free ports and a data folder of its own, then stop."
    ),
    applications: int = typer.Option(42, min=1, max=5000, help="With --demo: how many applications arrive."),
    port: int = typer.Option(-1, help="Port of the web process; default CASEWAY_PORT."),
    as_json: Json = False,
) -> None:
    """Start everything and stay up until Ctrl-C."""
    asked = Options(demo, exit_when_done, as_json, applications, port)
    with _stopping(), contextlib.ExitStack() as stack:
        if exit_when_done:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="caseway-demo-", ignore_cleanup_errors=True)
            )
            os.environ["CASEWAY_DATA"] = folder
            asked = replace(asked, port=free_port())
        raise typer.Exit(_run(asked, stack))


def _run(asked: Options, stack: contextlib.ExitStack) -> int:
    from caseway.configuration import configuration

    port = asked.port if asked.port >= 0 else int(os.environ.get("CASEWAY_PORT", "8000"))
    port = port or free_port()
    os.environ["CASEWAY_PORT"] = str(port)
    os.environ.setdefault("CASEWAY_PUBLIC_URL", f"http://127.0.0.1:{port}")
    require_free(configuration().bind, port)
    say = _silent if asked.as_json else typer.echo
    family = Family()
    stack.enter_context(_database(say))
    stack.callback(family.stop)
    url = _start_ours(family, port, say)
    if not asked.demo:
        say(f"Caseway is up at {url}  (Ctrl-C stops it)")
        return _stay(family)
    return _demo(asked, family, url, say)


def _start_ours(family: Family, port: int, say: Callable[[str], None]) -> str:
    from caseway.cli.serve import web_command
    from caseway.configuration import configuration

    family.add("worker", python("-m", "caseway", "worker"), {})
    family.add("web", web_command(configuration().bind, port, patience=5), {})
    url = f"http://127.0.0.1:{port}"
    family.wait_for(f"{url}/health/live")
    say("Web and worker are up.")
    return url


@contextlib.contextmanager
def _database(say: Callable[[str], None]) -> Iterator[None]:
    from caseway.configuration import configuration
    from caseway.embedded import EmbeddedPostgres

    server = None
    if not configuration().database_url:
        server = EmbeddedPostgres(configuration().data)
        server.start()
        say(f"PostgreSQL is up in {configuration().data}.")
    import django

    django.setup()
    from caseway.access.database import migrate

    migrate(quiet=True)
    try:
        yield
    finally:
        from django.db import connections

        connections.close_all()
        if server is not None:
            server.stop()


def _demo(asked: Options, family: Family, url: str, say: Callable[[str], None]) -> int:
    from caseway.configuration import configuration
    from caseway.core.clock import now
    from caseway.demo.carried import building_applications
    from caseway.demo.day import the_day
    from caseway.demo.play import Portal, misbehave, play

    data = configuration().data
    dms, platform = (_address(name, data, asked) for name in ("simulated-dms", "simulated-platform"))
    family.add("simulated-dms", _simulated_dms(dms, data), {})
    family.add("simulated-platform", _simulated_platform(platform, data), {})
    simulators = Simulators(f"http://127.0.0.1:{dms}", f"http://127.0.0.1:{platform}")
    family.wait_for(f"{simulators.dms}/_sim/counts")
    family.wait_for(f"{simulators.platform}/_sim/counts")
    stage, fresh = _stage(data, simulators)
    accepted = 0
    if fresh:
        misbehave(simulators.dms, simulators.platform)
        portal = Portal(url, stage.client_id, stage.client_secret)
        say(f"A day of {asked.applications} applications begins; the DMS misbehaves now and then.")
        accepted = play(portal, [*the_day(asked.applications, now()), *building_applications(now())])
        portal.close()
    if asked.exit_when_done:
        return _finish(asked, family, simulators, accepted)
    typer.echo("")
    typer.echo(f"  Portal      {url}/")
    typer.echo(f"  Sign in     {stage.email}")
    typer.echo(f"  Password    {stage.password}")
    typer.echo(f"  DMS         {simulators.dms}/")
    typer.echo(f"  FIT-Connect {simulators.platform}/")
    typer.echo("")
    typer.echo("  Ctrl-C stops everything; the next start goes on where this one ended.")
    return _stay(family)


def _simulated_dms(port: int, data: Path) -> list[str]:
    options = (f"--port={port}", "--auth=basic:caseway:caseway", f"--state={data / 'simulated-dms.jsonl'}")
    return python("-m", "caseway.rails.cmis.simulator", *options, "--json")


def _simulated_platform(port: int, data: Path) -> list[str]:
    options = (f"--port={port}", f"--state={data / 'simulated-platform'}")
    return python("-m", "caseway.rails.fit_connect.simulator", *options, "--json")


def _address(name: str, data: Path, asked: Options) -> int:
    return free_port() if asked.exit_when_done else _kept_port(name, data)


def _kept_port(name: str, data: Path) -> int:
    """Return the port of a simulator, the same at every start: the connections know its address."""
    file = data / f"{name}.port"
    if not file.exists():
        file.write_text(str(free_port()), encoding="ascii")
    return int(file.read_text(encoding="ascii"))


def _stage(data: Path, simulators: Simulators) -> tuple[Stage, bool]:
    from caseway.demo.seed import Stage, set_the_stage

    file = data / "demo.json"
    if file.exists():
        return Stage(**json.loads(file.read_text(encoding="utf-8"))), False
    stage = set_the_stage(simulators.dms, simulators.platform)
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(stage)), encoding="utf-8")
    return stage, True


def _finish(asked: Options, family: Family, simulators: Simulators, accepted: int) -> int:
    from caseway.demo.report import report, settled, unsettled

    end = time.monotonic() + PATIENCE
    while not (done := settled(accepted)) and time.monotonic() < end:
        family.look_after()
        time.sleep(0.3)
    if not done:
        typer.echo(f"Not settled after {PATIENCE} seconds: {json.dumps(unsettled())}", err=True)
    found = report(simulators.dms, simulators.platform, accepted)
    family.stop()
    if asked.as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        for name, count in asdict(found).items():
            typer.echo(f"  {name:<10}{count:>6}")
    return 0 if done and found.doubled == 0 and found.lost == 0 else 1


class _Stop(BaseException):
    """Somebody asked us to stop."""


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise _Stop

    heard = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # else nohup: the terminal may be closed
        heard.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    except _Stop:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stay(family: Family) -> int:
    try:
        while True:
            family.look_after()
            time.sleep(1)
    except _Stop:
        typer.echo("Stopping.")
        return 0


def _silent(_: str) -> None:
    """Say nothing: the last line is for a machine."""


_app = typer.Typer(add_completion=False)
_app.command()(up)
COMMANDS = {"up": _app}
