"""The two commands of the README: one runs the main job, one passes the tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def recipe(target: str) -> str:
    """Return what a target of the Makefile runs."""
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_readme_names_two_commands_that_exist() -> None:
    assert ["make run", "make test"] == re.findall(r"^(make \w+)", README, re.MULTILINE)
    assert "caseway up --demo" in recipe("run")
    assert "$(PYTEST)" in recipe("test")
    assert re.search(r"^PYTEST := .*-m pytest", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(("asked", "status"), [("--help", 0), ("--tabel", 2)])
def test_the_script_of_the_mission_helps_and_runs_nothing_it_was_not_asked(asked: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "mission"), asked],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert status == done.returncode
    assert "--table" in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.mission("X-01")
@pytest.mark.mission("C-07")
def test_a_day_of_applications_is_filed_once_each_while_the_dms_misbehaves() -> None:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("CASEWAY_")}
    command = ["up", "--demo", "--exit-when-done", "--json", "--applications", "12"]

    done = subprocess.run(
        [sys.executable, "-m", "caseway", *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )

    assert 0 == done.returncode, done.stderr[-3000:]
    day = json.loads(done.stdout)
    assert (0, 0) == (day["lost"], day["doubled"])
    assert day["accepted"] >= 12
