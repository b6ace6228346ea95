"""The pages in a real browser, walked through as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.tokens import Use, token
from storage.access import Role, add_user
from storage.alert_records import SubscriberState
from storage.outbox_subscribers import subscriber, subscribers
from tests.browser.chromium import Web, chromium, office, watched
from tests.web_office import NOW
from web.access.passwords import hashed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A web that this machine alone may see."""
    with office(tmp_path_factory.mktemp("web")) as found:
        yield found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that nobody has used yet."""
    found = browser.new_context(locale="en-GB")
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext, web: Web) -> Iterator[Page]:
    """A page of it that may do nothing but ask us."""
    found, watch = watched(context, web.url)
    yield found
    assert watch.quiet, watch


def test_the_changes_stand_newest_first_a_wave_as_one_line_and_edits_in_place(page: Page, web: Web) -> None:
    page.goto(web.url)

    kinds = page.locator(".change .badge:not(.badge-silent)").all_inner_texts()
    assert kinds == [
        "Withdrawn", "Change of minister", "File replaced", "Moved", "Removed", "Archived", "Archived", "Changed",
        "Changed", "New", "New",
    ]  # fmt: skip
    assert page.get_by_role("link", name="30 releases were marked as archived at once").count() == 1
    assert page.get_by_role("link", name="30 releases found by the first crawl").count() == 1
    silent = page.locator(".change.silent")
    assert silent.locator(".badge-silent").inner_text() == "Silent edit"
    assert "160" in silent.locator("del").first.inner_text()
    assert "100" in silent.locator("ins").first.inner_text()


def test_filters_live_in_the_address(page: Page, web: Web) -> None:
    page.goto(web.url)
    page.get_by_label("Removed", exact=True).check()
    page.get_by_role("button", name="Show").click()

    assert "kind=removed" in page.url
    assert page.locator(".change").count() == 1
    assert page.get_by_label("Removed", exact=True).is_checked()

    page.get_by_role("link", name="Clear all").click()
    page.get_by_label("Silent edits only").check()
    page.get_by_role("button", name="Show").click()

    assert page.locator(".change h3").all_inner_texts() == ["The council gives 160 million to the new bridge"]


def test_a_wave_opens_into_its_members_and_older_ones_follow(page: Page, web: Web) -> None:
    page.goto(web.url)
    page.get_by_role("link", name="30 releases were marked as archived at once").click()

    assert page.locator(".change").count() == 30

    page.goto(f"{web.url}/?baseline=1&older=6")
    assert page.locator(".change h3").all_inner_texts()[0] == "Old news 4"


def test_a_change_is_opened_with_the_keyboard_alone(page: Page, web: Web) -> None:
    page.goto(web.url)
    for _ in range(8):
        page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/release/**")

    assert "from=2&to=3" in page.url

    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.get_by_label("Use single-letter shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "find"


def test_versions_are_moved_through_with_the_slider(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}")
    assert page.locator("[data-reading] h2").inner_text() == "Version 4 of 4"

    page.get_by_label("Move through the versions").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("[data-reading] h2", has_text="Version 3 of 4").wait_for()
    page.get_by_label("Move through the versions").focus()
    page.keyboard.press("Home")
    page.locator("[data-reading] h2", has_text="Version 1 of 4").wait_for()

    assert "160 million" in page.locator("[data-reading] .prose").inner_text()
    assert page.url.endswith("?version=1")
    assert page.get_by_role("link", name="Later").count() == 1


def test_two_versions_are_compared_in_place_and_side_by_side(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}")
    page.get_by_label("From version").select_option("1")
    page.get_by_label("to version", exact=True).select_option("3")
    page.get_by_role("button", name="Compare").click()

    text = page.locator("[data-reading]")
    assert {"60", "160"} <= {one.split("\n")[0] for one in _bare(text.locator("del").all_inner_texts())}
    assert text.locator(".row-moved").count() == 1
    assert "Moved here" in text.locator(".row-moved").inner_text()
    assert text.locator(".fields tbody th").all_inner_texts() == ["Updated", "Press contact"]

    page.get_by_label("Side by side").check()
    page.get_by_role("button", name="Compare").click()

    rows = page.locator(".sides tbody tr.row-changed")
    left, right = (rows.first.locator("td").nth(side) for side in (0, 1))
    assert "160" in left.inner_text()
    assert "100" not in left.inner_text()
    assert "100" in right.inner_text()
    assert page.locator(".sides .fold").count() == 1
    page.locator(".sides .fold a").click()
    assert page.locator(".sides .fold").count() == 0


def _bare(texts: list[str]) -> list[str]:
    return [re.sub(r"\[(?:removed|added):|\]", "", text).strip() for text in texts]


def test_a_page_stands_there_as_it_was_in_a_frame(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}")
    page.locator(".answers a").last.click()

    frame = page.frame_locator("iframe.captured")
    assert frame.locator("h1").inner_text() == "The council gives 160 million to the new bridge"
    page.get_by_text("Headers of the answer").click()
    assert page.get_by_role("cell", name="made by hand").is_visible()


def test_words_are_found_in_the_text_and_in_what_was_taken_away(page: Page, web: Web) -> None:
    page.goto(web.url)
    page.keyboard.press("/")
    page.keyboard.type('"160 million"')
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")

    assert page.locator(".finds mark").first.inner_text() == "160 million"
    assert page.locator(".finds .gone").count() == 1

    page.get_by_label("Removed by an edit").check()
    page.get_by_role("button", name="Search", exact=True).click()

    assert page.locator(".finds > li").count() == 1
    page.locator(".finds h3 a").click()
    assert "from=1&to=2" in page.url


def test_copies_are_found_at_the_other_site(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}")
    page.get_by_role("link", name="Copies at other addresses").click()

    assert "norrvik" in page.locator(".finds").inner_text()


def test_what_was_seen_is_told_from_what_is_new(page: Page, web: Web) -> None:
    page.goto(web.url)
    assert page.locator(".divider").count() == 0
    page.get_by_role("button", name="Mark all as seen").click()
    page.wait_for_load_state()

    assert page.locator(".change.new").count() == 0
    assert page.get_by_role("button", name="Mark all as seen").count() == 0


def test_the_theme_and_the_language_stay_as_they_were_chosen(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/search?q=bridge")
    page.get_by_role("button", name="Dark").click()

    page.wait_for_selector("html[data-theme=dark]")
    assert page.url.endswith("/search?q=bridge")

    page.get_by_role("button", name="Svenska").click()
    page.wait_for_selector("html[lang=sv]")
    page.goto(web.url)

    assert page.locator("h1").inner_text() == "Ändringar"
    assert page.evaluate("document.documentElement.lang") == "sv"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_reader_subscribes_confirms_and_ends_it(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/alerts")
    page.get_by_label("Address").fill("nina@press.example")
    page.get_by_label("Removed", exact=True).check()
    page.get_by_role("button", name="Subscribe").click()

    assert "asked by mail" in page.get_by_role("status").inner_text()
    reader = next(one for one in subscribers(web.archive) if one.address == "nina@press.example")
    assert reader.state is SubscriberState.UNCONFIRMED

    page.goto(f"{web.url}/confirm/{token(reader, Use.CONFIRM)}")
    assert _state(web, reader.id) is SubscriberState.UNCONFIRMED
    page.get_by_role("button", name="Yes, send them to me").click()
    assert page.locator("h1").inner_text() == "You are told from now on"
    assert _state(web, reader.id) is SubscriberState.ACTIVE

    page.goto(f"{web.url}/unsubscribe/{token(reader, Use.UNSUBSCRIBE)}")
    page.get_by_role("button", name="Yes, end them").click()
    assert page.locator("h1").inner_text() == "Ended"
    assert _state(web, reader.id) is SubscriberState.UNSUBSCRIBED


def _state(web: Web, key: int) -> SubscriberState | None:
    found = subscriber(web.archive, key)
    return None if found is None else found.state


def test_an_operator_ends_a_subscription(page: Page, web: Web) -> None:
    page.goto(f"{web.url}/alerts")
    page.get_by_role("button", name="End reader@press.example").click()

    assert page.get_by_role("status").inner_text() == "Done: the reader is told no more."


def test_whoever_must_sign_in_comes_to_where_they_were_going(context: BrowserContext, tmp_path: Path) -> None:
    with office(tmp_path) as web:
        add_user(web.archive, "nina", Role.READER, password=hashed("a long enough one"), at=NOW)
        page, watch = watched(context, web.url)
        page.goto(f"{web.url}/sites/alvik")
        assert page.locator("h1").inner_text() == "Sign in"
        assert page.get_by_role("navigation").count() == 0

        page.get_by_label("Name").fill("nina")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert "do not go together" in page.get_by_role("alert").inner_text()

        page.get_by_label("Name").fill("nina")
        page.get_by_label("Password").fill("a long enough one")
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("button", name="Sign out").count() == 1
        page.goto(f"{web.url}/alerts")
        assert "reader@press.example" not in page.content()
        page.get_by_role("button", name="Sign out").click()
        assert page.locator("h1").inner_text() == "Sign in"
        assert watch.foreign == []


def test_every_page_works_without_scripts(browser: Browser, web: Web) -> None:
    context = browser.new_context(java_script_enabled=False, locale="sv-SE")
    page = context.new_page()
    page.goto(f"{web.url}/release/{web.pages['bridge'].id}?version=2")
    page.get_by_role("button", name="Visa", exact=True).click()
    assert page.locator("[data-reading] h2").inner_text() == "Version 2 av 4"
    page.get_by_role("link", name="Senare").click()
    assert page.locator("[data-reading] h2").inner_text() == "Version 3 av 4"
    page.goto(web.url)
    page.locator(".filters summary").click()
    page.get_by_label("Flyttat").check()
    page.get_by_role("button", name="Visa").click()
    assert page.locator(".change").count() == 1
    context.close()
