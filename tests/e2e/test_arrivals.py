"""Rejecting what arrived and answering an applicant, in a browser without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def plain(browser: Browser, session_state: object) -> Iterator[Page]:
    """A page on which no script runs."""
    context = browser.new_context(
        storage_state=session_state,  # type: ignore[arg-type]
        locale="en-GB",
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


@pytest.mark.mission("F-06")
def test_what_is_at_fault_is_rejected_in_words_the_sender_understands(plain: Page, site: str) -> None:
    plain.goto(f"{site}/arrivals/?view=person&q=held-to-be-rejected")
    plain.locator("tbody th a").click()
    expect(plain.locator(".why")).to_contain_text("Its checksum does not fit the content.")
    plain.get_by_role("link", name="Reject").click()
    plain.get_by_label("In your words, for the sender").first.fill("Bitte senden Sie den Antrag erneut.")
    plain.get_by_label("Why you decide so").fill("agreed with the head of the office")
    plain.get_by_role("button", name="See what the sender will read").click()
    expect(plain.get_by_role("region", name="What the sender will read")).to_contain_text("erneut")
    plain.get_by_role("button", name="Reject for good").click()

    expect(plain.locator("h1")).to_contain_text("rejection on its way")
    expect(plain.get_by_role("region", name="Our answer")).to_contain_text("erneut")


@pytest.mark.mission("F-07")
def test_an_applicant_is_answered_with_a_document_by_the_way_they_chose(plain: Page, site: str) -> None:
    plain.goto(f"{site}/cases/?q=BA-TALK")
    plain.locator("tbody th a").click()
    plain.get_by_role("link", name="Conversation and answer").click()
    expect(plain.locator(".notice")).to_contain_text("goes by e-mail, over Mail server")
    plain.get_by_label("Subject").fill("Baugenehmigung")
    plain.get_by_label("Text").fill("Ihr Carport ist genehmigt.")
    paper = {"name": "Bescheid.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 Bescheid"}
    plain.get_by_label("Documents (optional)").set_input_files([paper])  # type: ignore[list-item]
    plain.get_by_role("button", name="Send the answer").click()

    expect(plain.locator("#last")).to_contain_text("Ihr Carport ist genehmigt.")
    expect(plain.locator("#last")).to_contain_text("Bescheid.pdf")
    expect(plain.locator("#last")).to_contain_text("waiting to send")
