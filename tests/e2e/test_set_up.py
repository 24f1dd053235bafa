"""The set-up screens in a real browser: long forms, copying, and everything without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.e2e


def test_the_list_of_parts_opens_the_part_it_leads_to(page: Page, site: str) -> None:
    page.goto(f"{site}/connections/fit/edit/")
    limit = page.get_by_label("Size of an attachment")
    expect(limit).to_be_hidden()
    page.get_by_role("navigation", name="Parts of this form").get_by_role("link", name="Limits").click()

    expect(limit).to_be_visible()


def test_a_public_key_is_copied_and_the_copy_is_told(page: Page, site: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/connections/fit/keys/")
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Copy").click()

    expect(page.locator("#announcer")).to_have_text("Copied.")
    assert '"kty": "RSA"' in page.evaluate("navigator.clipboard.readText()")


def test_a_question_is_answered_with_no_script(browser: Browser, site: str, session_state: object) -> None:
    context = browser.new_context(storage_state=session_state, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/connections/fit/checklist/")
    item = page.locator("#item-authority_reachable")
    item.locator("summary").click()
    item.get_by_label("The answer").fill("Ja, seit Januar.")
    item.get_by_role("button", name="Keep the answer").click()

    expect(page.locator("#item-authority_reachable")).to_contain_text("Ja, seit Januar.")
    context.close()


def test_a_run_is_watched_with_no_script(browser: Browser, site: str, session_state: object) -> None:
    context = browser.new_context(storage_state=session_state, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{site}/connections/fit/conformance/")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Look again now").click()

    expect(page.get_by_text("2 of 4 clauses tried")).to_be_visible()
    context.close()
