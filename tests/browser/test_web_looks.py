"""How the pages look: they fit their window, can be read, and are told right to those who do not see them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from alerts.tokens import Use, token
from storage.outbox_subscribers import subscribers
from storage.timeline import answers
from tests.browser.chromium import Web, chromium, office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDEST, LARGEST = 1600, 100_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web that this machine alone may see."""
    with office(tmp_path_factory.mktemp("looks")) as found:
        yield found


def paths(web: Web) -> list[str]:
    """One address of each sort of page."""
    bridge = web.pages["bridge"].id
    reader = subscribers(web.archive)[0]
    return [
        "/", "/search?q=bridge", "/sites", "/sites/alvik", "/alerts", "/status", f"/release/{bridge}",
        f"/release/{bridge}?from=1&to=3", f"/release/{bridge}?from=1&to=3&view=side", f"/release/{bridge}/answers",
        f"/release/{bridge}/copies", f"/release/{bridge}/as-it-was/{answers(web.archive, bridge)[0].id}",
        f"/release/{web.pages['gone'].id}", f"/confirm/{token(reader, Use.CONFIRM)}",
        f"/unsubscribe/{token(reader, Use.UNSUBSCRIBE)}", "/there/is/nothing",
    ]  # fmt: skip


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize(("scheme", "rules"), [("light", RULES), ("dark", ["color-contrast"])])
def test_axe_finds_nothing_wrong_on_any_page(browser: Browser, web: Web, scheme: Any, rules: list[str]) -> None:
    if find_spec("axe_playwright_python") is None:
        pytest.skip("axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    wrong = {}
    # the dark colours are few, and these pages have them all
    dark = ("/", "/sites/alvik", "/alerts", "/status", "?from=1&to=3")
    for path in paths(web):
        if scheme == "dark" and not path.endswith(dark):
            continue
        page.goto(web.url + path)
        found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        if found.violations_count:
            wrong[path] = [(one["id"], one["nodes"][0]["html"][:200]) for one in found.response["violations"]]
    context.close()
    assert wrong == {}


@pytest.mark.parametrize("width", [360, 800, 1280, WIDEST])
def test_every_page_fits_its_window(browser: Browser, web: Web, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    too_wide = {path: wide for path in paths(web) if (wide := _width(page, web.url + path)) > width}
    page.close()
    assert too_wide == {}


def _width(page: Page, url: str) -> int:
    page.goto(url)
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_what_went_and_what_came_are_told_by_more_than_colour(browser: Browser, web: Web) -> None:
    page = browser.new_page()
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}?from=1&to=2")

    assert "line-through" in page.evaluate("getComputedStyle(document.querySelector('del')).textDecorationLine")
    assert "underline" in page.evaluate("getComputedStyle(document.querySelector('ins')).textDecorationLine")
    assert page.locator("del .hidden").first.inner_text() == "[removed:"
    page.close()


def test_the_tab_key_shows_where_it_is_and_skips_to_the_content(browser: Browser, web: Web) -> None:
    page = browser.new_page()
    page.goto(web.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.close()


def test_a_printed_page_has_the_text_and_not_the_buttons(browser: Browser, web: Web) -> None:
    page = browser.new_page()
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}?from=1&to=2")
    page.emulate_media(media="print")

    assert page.locator(".prose").is_visible()
    assert not page.locator(".slide").is_visible()
    assert not page.locator(".top nav").is_visible()
    page.close()
