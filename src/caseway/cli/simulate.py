"""`caseway simulate <rail>`: the other side of a rail, with fault switches."""

from __future__ import annotations

from importlib import import_module

import typer

from caseway.core.errors import NotFound

app = typer.Typer(add_completion=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulate(
    ctx: typer.Context, rail: str = typer.Argument(help="Id of the rail, such as cmis; --help after it.")
) -> None:
    """Run the simulator of a rail until SIGTERM or SIGINT. Options behind the rail's id go to it."""
    try:
        module = import_module(f"caseway.rails.{rail}.simulator.cli")
    except ModuleNotFoundError:
        raise NotFound(f"There is no simulator of “{rail}”.", code="simulator.not_found") from None
    raise typer.Exit(module.main(ctx.args))


COMMANDS = {"simulate": app}
