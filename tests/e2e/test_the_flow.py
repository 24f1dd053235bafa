"""The flow the product exists for: a required property is not mapped, a person sees it, maps it, it is filed.

Everything is real: `caseway up --demo` with its own PostgreSQL, web, worker and DMS, driven in a browser.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from caseway.cli.processes import free_port

pytestmark = pytest.mark.e2e

PATIENCE = 300  # seconds, for a start on a busy machine


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, how one signs in."""

    url: str
    dms: str
    email: str
    password: str

    def filed_dog_files(self) -> int:
        """How many case files of the dog tax lie in the DMS."""
        with urllib.request.urlopen(f"{self.dms}/_sim/counts", timeout=10) as answer:
            return int(json.load(answer)["types"].get("D_HUND", 0))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    environment = {
        **os.environ,
        "CASEWAY_DATA": str(folder),
        "CASEWAY_PORT": str(port),
        "CASEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "caseway", "up", "--demo", "--applications", "14"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_played(folder, process)
        stage = json.loads((folder / "demo.json").read_text())
        dms = f"http://127.0.0.1:{(folder / 'simulated-dms.port').read_text()}"
        yield Demo(f"http://127.0.0.1:{port}", dms, stage["email"], stage["password"])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _wait_until_played(folder: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while "Ctrl-C" not in (folder / "log").read_text():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.5)


@pytest.fixture
def person(demo: Demo, browser: Browser) -> Iterator[Page]:
    """A functional administrator at the Overview."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_label("E-mail address").fill(demo.email)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{demo.url}/")
    yield page
    context.close()


@pytest.mark.mission("C-03")
@pytest.mark.mission("C-06")
@pytest.mark.mission("C-12")
def test_from_a_missing_property_to_the_file_in_the_dms(demo: Demo, person: Page) -> None:
    see_what_is_wrong(demo, person)
    map_the_property(demo, person)
    publish_and_bind(demo, person)
    try_again(demo, person)


def see_what_is_wrong(demo: Demo, page: Page) -> None:
    until_it_is_told(page, "mapping.required_property_missing")
    assert 0 == demo.filed_dog_files()
    until_the_dms_answers(page)


def until_it_is_told(page: Page, code: str) -> None:
    """The day may still be on its way when somebody looks."""
    for _ in range(60):
        if page.get_by_text(code).count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_text(code)).to_be_visible()


def until_the_dms_answers(page: Page) -> None:
    """The DMS of the demo misbehaves at times; the editor asks it for its types."""
    for _ in range(60):
        page.reload()
        if page.get_by_text("does not answer").count() == 0:
            return
        page.wait_for_timeout(1000)
    raise AssertionError("the DMS does not answer for a minute")


def map_the_property(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.url}/mappings/hundesteuer/")
    page.get_by_role("button", name=re.compile("draft", re.I)).first.click()
    page.get_by_role("button", name=re.compile(r"Rasse\s*413")).click()
    rule = page.get_by_role("group", name="Rasse")
    rule.get_by_label("Kind", exact=True).select_option(label="XPath")
    rule.get_by_label("Value", exact=True).fill("/f:antrag/f:hund/f:rasse")
    rule.locator("summary").click()
    rule.get_by_label("Look-up table", exact=True).fill("rasse")
    page.get_by_role("button", name="Show the result").last.click()
    expect(page.locator("#result")).to_contain_text("R0")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#result")).not_to_contain_text("stops the filing")


def publish_and_bind(demo: Demo, page: Page) -> None:
    page.goto(f"{demo.url}/mappings/hundesteuer/draft/publish/")
    expect(page.locator("main")).to_contain_text("413")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.locator("main")).to_contain_text("hundesteuer@2")


def try_again(demo: Demo, page: Page) -> None:
    waiting = 2  # of fourteen applications two are for a dog
    page.goto(f"{demo.url}/")
    page.get_by_role("link", name=re.compile("require", re.I)).first.click()
    page.get_by_role("button", name=re.compile("all", re.I)).first.click()
    page.get_by_role("button", name=re.compile("start", re.I)).click()
    end = time.monotonic() + 60
    while demo.filed_dog_files() < waiting and time.monotonic() < end:
        time.sleep(0.5)
    assert waiting == demo.filed_dog_files()
