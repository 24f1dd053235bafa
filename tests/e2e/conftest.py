"""A real browser on the real pages: one server and one browser for the whole suite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.e2e.seed import ADMINISTRATOR, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running portal with a day of work in it."""
    folder = tmp_path_factory.mktemp("site")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.serve", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        address = next((line.strip() for line in server.stdout if line.startswith("http://")), "")
        assert address, "the server did not come up"
        yield address
    finally:
        server.stdin.close()
        server.wait(timeout=60)
        server.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; nothing is downloaded."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium on this machine")
        pytest.skip("needs Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def session_state(site: str, browser: Browser) -> object:
    """Sign in once, by the page, and keep the cookies."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    sign_in(page, site, ADMINISTRATOR)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, session_state: object) -> Iterator[BrowserContext]:
    """A browser of somebody who has signed in."""
    context = browser.new_context(
        storage_state=session_state,  # type: ignore[arg-type]
        locale="en-GB",
        reduced_motion="reduce",
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no script error and no refused content passes unseen."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _is_problem(message) else None)
    yield page

    assert [] == problems


def _is_problem(message: ConsoleMessage) -> bool:
    """Tell whether the browser complains; what is not there (404) or refused (422) the page says itself."""
    return message.type == "error" and not any(f"status of {code}" in message.text for code in (404, 422))


def sign_in(page: Page, site: str, email: str) -> None:
    """Sign in by the page, as a person does."""
    page.goto(f"{site}/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/")
