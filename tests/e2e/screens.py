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
    "simulators",
    "audit",
    "empty",
    "missing",
    "connections",
    "routes",
    "mappings",
    "clients",
)

_FIXED = {
    "overview": "/",
    "messages": "/messages/",
    "attention": "/attention/",
    "group": "/attention/dms/cmis.required_property_missing/",
    "replays": "/replays/",
    "cases": "/cases/",
    "simulators": "/simulators/",
    "audit": "/audit/",
    "empty": "/messages/?q=nothing",
    "missing": "/there/is/nothing/",
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
    page.goto(f"{site}/attention/dms/cmis.required_property_missing/")
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
    page.goto(f"{site}/attention/dms/cmis.required_property_missing/")
    page.get_by_role("button", name="Plan a retry of all").click()
    page.wait_for_url(f"{site}/replays/*/")


def _case(page: Page, site: str) -> None:
    page.goto(f"{site}/cases/")
    page.locator("tbody th a").first.click()
    page.wait_for_url(f"{site}/cases/*/")


_WALKS = {
    "message": _message,
    "mapped": lambda page, site: _message(page, site, "?view=mapped"),
    "wire": lambda page, site: _message(page, site, "?view=wire"),
    "revealed": _revealed,
    "close": _close,
    "replay": _replay,
    "case": _case,
}
