"""Every screen there is, by name and address; the addresses of rows are found by walking the pages."""

from __future__ import annotations

from playwright.sync_api import Page

SCREENS = (
    "overview",
    "messages",
    "message",
    "mapped",
    "wire",
    "revealed",
    "close",
    "attention",
    "group",
    "replays",
    "replay",
    "cases",
    "case",
    "conversation",
    "not_connected",
    "answer_refused",
    "arrivals",
    "arrival",
    "arrival_log",
    "arrival_wire",
    "arrival_stuck",
    "rejection",
    "rejection_missing",
    "rejection_preview",
    "verdict_awaited",
    "rejected",
    "simulators",
    "audit",
    "empty",
    "missing",
    "connections",
    "routes",
    "mappings",
    "clients",
    "connection",
    "connection_form",
    "connection_move",
    "keys",
    "key",
    "key_new",
    "key_import",
    "conformance",
    "run",
    "run_failed",
    "checklist",
    "find",
    "known",
    "schemas",
    "schema_new",
    "people",
    "client_new",
    "route_new",
)

_FIXED = {
    "overview": "/",
    "messages": "/messages/",
    "attention": "/attention/",
    "group": "/attention/dms/cmis.constraint/",
    "replays": "/replays/",
    "cases": "/cases/",
    "arrivals": "/arrivals/",
    "simulators": "/simulators/",
    "audit": "/audit/",
    "empty": "/messages/?q=nothing",
    "missing": "/there/is/nothing/",
    "connection": "/connections/fit/",
    "connection_form": "/connections/fit/edit/",
    "connection_move": "/connections/fit/move/sandbox/",
    "keys": "/connections/fit/keys/",
    "key_new": "/connections/fit/keys/new/",
    "key_import": "/connections/fit/keys/import/",
    "conformance": "/connections/fit/conformance/",
    "checklist": "/connections/fit/checklist/",
    "find": "/connections/fit/directory/",
    "known": "/catalogue/?service=99102013104000",
    "schemas": "/schemas/",
    "schema_new": "/schemas/new/",
    "people": "/people/",
    "client_new": "/clients/new/",
    "route_new": "/routes/new/",
}


def open_screen(page: Page, site: str, name: str) -> None:
    """Open a screen by walking to it, as a person does."""
    if name in _FIXED:
        page.goto(site + _FIXED[name])
    elif name in _LINKS:
        page.goto(site)
        link = page.locator(".side").get_by_role("link", name=_LINKS[name], include_hidden=True)
        page.goto(f"{site}{link.get_attribute('href')}")
    else:
        _WALKS[name](page, site)


_LINKS = {
    "connections": "Connections",
    "routes": "Routes",
    "mappings": "Mappings",
    "clients": "API clients",
}


def _message(page: Page, site: str, view: str = "") -> None:
    page.goto(f"{site}/attention/dms/cmis.constraint/")
    address = page.locator("tbody th a").first.get_attribute("href")
    page.goto(f"{site}{address}{view}")


def _revealed(page: Page, site: str) -> None:
    _message(page, site)
    page.get_by_role("button", name="Show the structured file").click()
    page.wait_for_selector("pre.source")


def _close(page: Page, site: str) -> None:
    _message(page, site)
    page.get_by_role("link", name="Close without sending").click()


def _replay(page: Page, site: str) -> None:
    page.goto(f"{site}/attention/dms/cmis.constraint/")
    page.get_by_role("button", name="Plan a retry of all").click()
    page.wait_for_url(f"{site}/replays/*/")


def _case(page: Page, site: str) -> None:
    page.goto(f"{site}/cases/")
    page.locator("tbody th a").first.click()
    page.wait_for_url(f"{site}/cases/*/")


def _row(page: Page, site: str, address: str, number: int) -> None:
    page.goto(f"{site}{address}")
    link = page.locator("tbody th a").nth(number).get_attribute("href")
    page.goto(f"{site}{link}")


def _conversation(page: Page, site: str, case: str = "BA-TALK") -> None:
    page.goto(f"{site}/cases/?q={case}")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Conversation and answer").click()
    page.wait_for_url(f"{site}/cases/*/conversation/")


def _answer_refused(page: Page, site: str) -> None:
    _conversation(page, site)
    page.get_by_label("Subject").fill("Lageplan")
    page.get_by_label("Text").fill(" ")
    page.get_by_role("button", name="Send the answer").click()
    page.wait_for_selector("#error-summary")


def _arrival(page: Page, site: str, remote_id: str = "held-879ee109", view: str = "") -> None:
    page.goto(f"{site}/arrivals/?q={remote_id}")
    address = page.locator("tbody th a").first.get_attribute("href")
    page.goto(f"{site}{address}{view}")


def _rejection(page: Page, site: str, press: str = "", ticked: bool = True) -> None:
    _arrival(page, site)
    page.get_by_role("link", name="Reject").click()
    page.wait_for_selector("fieldset")
    if not ticked:
        page.locator("input[type=checkbox]:checked").uncheck()
    if press:
        page.get_by_role("button", name="See what the sender will read").click()
        page.wait_for_selector(press)


def _by_connection(page: Page, site: str, state: str) -> None:
    page.goto(f"{site}/messages/?connection=bauamt&state={state}")
    page.get_by_role("link", name="Bauantrag").first.click()
    page.wait_for_url(f"{site}/messages/*/")


_WALKS = {
    "key": lambda page, site: _row(page, site, "/connections/fit/keys/", 2),
    "run": lambda page, site: _row(page, site, "/connections/fit/conformance/", 0),
    "run_failed": lambda page, site: _row(page, site, "/connections/fit/conformance/", 2),
    "message": _message,
    "mapped": lambda page, site: _message(page, site, "?view=mapped"),
    "wire": lambda page, site: _message(page, site, "?view=wire"),
    "revealed": _revealed,
    "close": _close,
    "replay": _replay,
    "case": _case,
    "conversation": _conversation,
    "not_connected": lambda page, site: _conversation(page, site, "BA-FINK"),
    "answer_refused": _answer_refused,
    "arrival": _arrival,
    "arrival_log": lambda page, site: _arrival(page, site, view="?view=log"),
    "arrival_wire": lambda page, site: _arrival(page, site, view="?view=wire"),
    "arrival_stuck": lambda page, site: _arrival(page, site, "stuck-1"),
    "rejection": _rejection,
    "rejection_missing": lambda page, site: _rejection(page, site, "#error-summary", ticked=False),
    "rejection_preview": lambda page, site: _rejection(page, site, ".danger"),
    "verdict_awaited": lambda page, site: _by_connection(page, site, "sent"),
    "rejected": lambda page, site: _by_connection(page, site, "refused"),
}
