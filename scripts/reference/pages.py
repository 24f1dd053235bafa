"""The generated pages of docs/reference: each function returns one page, whole."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from codes import SOURCE, all_codes

_MADE = "<!-- Made from the source by `make reference`; do not edit. -->\n"


def settings() -> str:
    """Every setting, from `caseway.configuration`."""
    from pydantic import SecretStr
    from pydantic_core import PydanticUndefined

    from caseway.configuration import Configuration

    rows = []
    for name, field in Configuration.model_fields.items():
        default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
        shown = f"`{default}`" if default not in ("", PydanticUndefined) else "empty"
        rows.append([f"`CASEWAY_{name.upper()}`", shown, field.description or ""])
    return _page(
        "Settings",
        "Environment variables, or lines of the file that `CASEWAY_ENV_FILE` names. "
        "[Running in production](../how-to/run-in-production.md) says which of them an authority sets.",
        _table(["Setting", "Default", "Meaning"], rows),
    )


def cli() -> str:
    """Every command, from the command line itself."""
    from caseway.cli.main import app

    root = typer.main.get_command(app)
    context = root.context_class(root, info_name="caseway")
    parts = [part for name in root.list_commands(context) for part in _command(root, context, name)]
    return _page("Command line", "Every command takes `--help`; most take `--json`.", *parts)


def _command(group: Any, context: Any, name: str) -> Iterator[str]:
    command = group.get_command(context, name)
    inner = command.context_class(command, info_name=name, parent=context)
    if hasattr(command, "list_commands"):
        yield f"## {inner.command_path}\n\n{command.help or ''}\n"
        for sub in command.list_commands(inner):
            yield from _command(command, inner, sub)
        return
    level = "###" if context.parent else "##"
    usage = " ".join([inner.command_path, *command.collect_usage_pieces(inner)])
    yield f"{level} {inner.command_path}\n\n{command.help or ''}\n\n```text\n{usage}\n```\n"
    rows = [_parameter(one) for one in command.params if not getattr(one, "hidden", False)]
    if rows := [row for row in rows if row[0] != "`--help`"]:
        yield _table(["Option", "Meaning"], rows)


def _parameter(parameter: Any) -> list[str]:
    names = ", ".join(f"`{one}`" for one in [*parameter.opts, *parameter.secondary_opts])
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name).upper()}`"
    default = parameter.default
    said = getattr(parameter, "help", None) or ""
    if default not in (None, "", False, True, -1, [], ()) and not callable(default):
        shown = ", ".join(map(str, default)) if isinstance(default, list | tuple) else default
        said += f" Default: `{shown}`."
    return [names, said.strip()]


def errors() -> str:
    """Every error code, from where it is raised."""
    areas: dict[str, list[list[str]]] = {}
    for said in all_codes().values():
        area = said.code.partition(".")[0]
        areas.setdefault(area, []).append([f"`{said.code}`", said.sentence, said.remedy])
    parts = []
    for area, rows in areas.items():
        parts += [f"## {area}\n", _table(["Code", "What it says", "What helps"], rows)]
    return _page(
        "Error codes",
        "A code never changes its meaning. It stands in the portal, in answers of the API (`code`), on the "
        "command line and in the log. `…` stands for what is known only when it happens. Where nothing helps "
        "in general, the last column is empty; the words of the other side, kept under “remote”, say more.",
        *parts,
    )


def events() -> str:
    """What happens (the timeline) and what is logged."""
    from caseway.cases.events import KINDS
    from caseway.core.events import EVENTS

    return _page(
        "Events",
        "Two closed lists: what is not here does not happen.",
        "## What happened to a submission\n\nOn the timeline in the portal and at `GET /api/v1/events`.\n",
        _table(["Kind", "Meaning"], [[f"`{key}`", text] for key, text in KINDS.items()]),
        "## What is logged\n\nThe `event` of each log line. Identifiers of persons never stand in one.\n",
        _table(["Name", "Meaning"], [[f"`{key}`", text] for key, text in EVENTS.items()]),
    )


def crash_points() -> str:
    """The named places where a test kills the process."""
    from caseway.testing.crash import POINTS

    where = dict(_places())
    rows = [
        [f"`{point}`", f"`{where[point]}`" if point in where else "by `step.n_of_m` of a step"]
        for point in POINTS
    ]
    return _page(
        "Crash points",
        "`CASEWAY_CRASH=<point>` makes a process kill itself (SIGKILL) when it first comes by; "
        "`CASEWAY_CRASH=<point>:7` the seventh time. For tests only. After a restart the other side holds "
        "exactly one effect, whichever point it was: `make crash` proves it. Why, is told in "
        "[Exactly once](../explanation/exactly-once.md).",
        _table(["Point", "Passed in"], rows),
    )


def _places() -> Iterator[tuple[str, str]]:
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("crash.point", "point"):
                continue
            for one in node.args[:1]:
                if isinstance(one, ast.Constant):
                    yield str(one.value), file.relative_to(SOURCE.parent).as_posix()


def states() -> str:
    """The two state machines."""
    from caseway.delivery.states import DELIVERY, STEP

    def rows(machine: Any) -> list[list[str]]:
        return [
            [f"`{before}`", event.replace("_", " "), f"`{after}`"]
            for (before, event), after in machine.items()
        ]

    return _page(
        "States",
        "What is not in a table cannot happen. The words people read are in the [glossary](glossary.md).",
        "## A delivery\n",
        _table(["State", "What happens", "State behind it"], rows(DELIVERY)),
        "## A step of it\n",
        _table(["State", "What happens", "State behind it"], rows(STEP)),
    )


def metrics() -> str:
    """What `/metrics` gives."""
    tree = ast.parse((SOURCE / "api" / "metrics.py").read_text(encoding="utf-8"))
    rows = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "GaugeMetricFamily":
            name, meaning = (str(one.value) for one in node.args if isinstance(one, ast.Constant))
            rows.append([f"`{name}`", meaning])
    return _page(
        "Metrics",
        "`GET /metrics`, in the form of Prometheus; asked from the machine itself, or with "
        "`CASEWAY_METRICS_TOKEN` as bearer token. Watch the first: it tells of every kind of standstill.",
        _table(["Metric", "Meaning"], sorted(rows, key=lambda row: "oldest" not in row[0])),
    )


def openapi() -> str:
    """The description of the REST API."""
    from caseway.api.urls import rest

    return json.dumps(rest.get_openapi_schema(), indent=2, ensure_ascii=False, default=str) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "cli.md": cli,
    "errors.md": errors,
    "events.md": events,
    "crash-points.md": crash_points,
    "states.md": states,
    "metrics.md": metrics,
    "openapi.json": openapi,
}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


def _page(title: str, lead: str, *parts: str) -> str:
    return "\n".join([f"# {title}\n", _MADE, f"{lead}\n", *parts]).rstrip() + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(_cell(one) for one in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").split())
