"""`python -m bench.run [name…] [--full]`: run the benches, print a table, write `build/bench.json`.

Each bench runs in a process of its own, one after the other. Figures are of this machine as it is now: on a
busy one only the ratios tell something. Without `--full` all of it ends within ten minutes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figures import Scale

ROOT = Path(__file__).resolve().parent.parent
BENCHES = (
    "accept",
    "whole_way",
    "large_attachment",
    "cmislib_peer",
    "fit_connect",
    "restart",
    "message_list",
)


def main() -> int:
    """Run what was asked for. Returns 1 when a bench did not end well."""
    options = _options()
    if options.one:
        figures = importlib.import_module(f"bench.{options.one}").run(Scale(options.full))
        sys.stdout.write(f"{json.dumps(figures)}\n")
        return 0
    results = {name: _run(name, options.full) for name in options.names or BENCHES}
    (ROOT / "build").mkdir(exist_ok=True)
    report = {"machine": _machine(), "full": options.full, "benches": results}
    (ROOT / "build" / "bench.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return int(any("failed_to_run" in figures for figures in results.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(BENCHES)}; none: all")
    parser.add_argument("--full", action="store_true", help="the sizes of the floors")
    parser.add_argument("--one", choices=BENCHES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    return options


def _run(name: str, full: bool) -> dict[str, Any]:
    began = time.perf_counter()
    done = subprocess.run(_command(name, full), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip():
        figures: dict[str, Any] = {"failed_to_run": done.stderr.strip()[-2000:]}
    else:
        figures = json.loads(done.stdout.splitlines()[-1])
    figures["seconds_taken"] = round(time.perf_counter() - began, 1)
    figures["load"] = round(os.getloadavg()[0], 1)
    sys.stdout.write(f"{name}\n" + "".join(f"  {key:34} {value}\n" for key, value in figures.items()))
    sys.stdout.flush()
    return figures


def _command(name: str, full: bool) -> list[str]:
    python = [sys.executable, "-W", "ignore"]
    if name == "accept":
        return [*python, "bench/accept.py", "--requests", "20000" if full else "2000"]
    return [*python, "-m", "bench.run", "--one", name, *(["--full"] if full else [])]


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


if __name__ == "__main__":
    sys.exit(main())
