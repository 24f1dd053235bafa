"""Every screen, in a real browser.

No violation of WCAG 2.2 AA that axe can find, by day and by night; it reflows at 320 CSS pixels (1.4.10);
everything can be reached with the keyboard, visibly (2.1.1, 2.4.7, 2.4.11); targets are large enough (2.5.8).
"""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.screens import SCREENS, open_screen

pytestmark = pytest.mark.e2e

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Page, rules: list[str] | None = None) -> list[str]:
    """Return what axe finds, one line each; of some rules only where they are named."""
    options = {"runOnly": rules} if rules else AXE
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("name", SCREENS)
def test_axe_finds_nothing_by_day_by_night_or_on_a_small_screen(page: Page, site: str, name: str) -> None:
    open_screen(page, site, name)
    by_day = violations(page)
    page.emulate_media(color_scheme="dark")
    by_night = violations(page, ["color-contrast"])
    page.set_viewport_size({"width": 320, "height": 800})
    small = violations(page)

    assert ([], [], []) == (by_day, by_night, small)


@pytest.mark.parametrize("name", SCREENS)
def test_it_reflows_at_320_pixels(page: Page, site: str, name: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    open_screen(page, site, name)

    assert 320 >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("width", [800, 1000, 1130])
@pytest.mark.parametrize("name", ["connection_form", "people", "clients", "routes", "key_new"])
def test_nothing_lies_beside_the_window_of_a_small_desk(page: Page, site: str, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_screen(page, site, name)

    assert width >= page.evaluate("document.documentElement.scrollWidth")


def test_night_is_dark(page: Page, site: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(site)

    assert "rgb(13, 20, 26)" == page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize("name", SCREENS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, site: str, name: str) -> None:
    open_screen(page, site, name)
    wanted = min(page.evaluate(_REACHABLE), 40)
    reached = [_tab(page) for _ in range(3 * wanted)]  # a date field has a stop for each of its parts

    assert wanted > 0
    assert wanted <= len({one["index"] for one in reached if not one["html"].startswith("<body")})
    assert [] == [one["html"] for one in reached if not one["visible"]]


@pytest.mark.parametrize("size", [(1400, 900), (1000, 700), (390, 800), (1280, 480)], ids=str)
def test_the_bar_of_a_long_form_hides_nothing_that_has_the_focus(
    page: Page, site: str, size: tuple[int, int]
) -> None:
    """WCAG 2.2, 2.4.11; of a text of many lines the first one counts."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{site}/connections-new/cmis/")

    assert [] == page.evaluate(_HIDDEN)


_HIDDEN = """() => [...document.querySelectorAll('.settings-form :is(input, select, textarea, summary)')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && one.type !== 'hidden')
  .filter(one => {
    one.focus();
    const box = one.getBoundingClientRect(), y = box.top + Math.min(box.height, 30);
    return y > innerHeight || document.elementFromPoint(box.left + 8, y - 2)?.closest('.foot-bar');
  }).map(one => one.name || one.textContent)"""


_REACHABLE = """() => [...document.querySelectorAll(`a[href], button:not(:disabled), input:not([type=hidden]),
  select, textarea, summary, [tabindex="0"]`)]
  .filter(one => one.checkVisibility({visibilityProperty: true})).length"""

_FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {
    index: [...document.querySelectorAll('*')].indexOf(one),
    html: one.outerHTML.slice(0, 160),
    visible: one === document.body || box.bottom > 0 && box.top < innerHeight
      && (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
  };
}"""


def _tab(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    focused: dict[str, Any] = page.evaluate(_FOCUSED)
    return focused


def test_the_first_tab_stop_skips_to_the_content(page: Page, site: str) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert "main" == page.evaluate("document.activeElement.id")


@pytest.mark.parametrize("name", SCREENS)
def test_targets_are_large_enough(page: Page, site: str, name: str) -> None:
    """WCAG 2.2, 2.5.8: 24 CSS pixels, links in running text excepted."""
    open_screen(page, site, name)
    small = """() => [...document.querySelectorAll(`button, select, summary, input:not([type=hidden]),
        nav a, .btn`)]
      .filter(one => one.checkVisibility({visibilityProperty: true}))
      .filter(one => { const box = (one.closest('label') || one).getBoundingClientRect();
                       return box.width < 24 || box.height < 24 })
      .map(one => one.outerHTML.slice(0, 120))"""

    assert [] == page.evaluate(small)


def test_the_navigation_can_be_reached_on_a_small_screen(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(site)
    page.locator(".menu summary").click()
    page.locator(".menu nav").get_by_role("link", name="Cases").click()

    page.wait_for_url(f"{site}/cases/")


def test_the_sign_in_page_is_accessible_to_everybody(browser: Browser, site: str) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(site)
    found = violations(page)
    context.close()

    assert [] == found


def test_forced_colours_keep_what_is_chosen_visible(page: Page, site: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(site)

    style = page.locator(".side a[aria-current]").evaluate("one => getComputedStyle(one).outlineStyle")
    assert "solid" == style


def test_reduced_motion_moves_nothing(page: Page, site: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(site)

    assert "0s" == page.locator(".btn").first.evaluate("one => getComputedStyle(one).transitionDuration")
