"""The HTML mails in a real browser: nothing runs, nothing is fetched, everything fits, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.messages import compose, compose_confirmation, compose_notice
from alerts.told import Confirmation, NoticeLetter, OperatorNotice
from tests.unit.alerts.hostile import titles
from tests.unit.alerts.letters import SEEN, STOCKHOLM, archived, berths, edit, edited, letter, mixed, published, removed

if TYPE_CHECKING:
    from email.message import EmailMessage

    from playwright.sync_api import Browser, Dialog, Page

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window. Skips where it is absent, fails under CI."""
    if not (find_spec("playwright") and CHROMIUM.exists()):
        missing = f"no Chromium at {CHROMIUM}, or no playwright: apt-get install chromium; pip install playwright"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


def mails() -> dict[str, EmailMessage]:
    """One message of each sort."""
    notice = OperatorNotice(kind="blocked", site="regeringen.se", text="20 blocked answers in a row", at=SEEN)
    envelope = {
        "delivery_id": "n",
        "to": "reader@example.org",
        "sender": "alerts@pressvakt.example",
        "zone": STOCKHOLM,
        "created_at": SEEN,
    }
    long = edited(
        replace(berths(), title="Donaudampfschifffahrtsgesellschaftskapitän" * 3),
        replace(berths(100), title="https://example.org/" + "lång-adress-utan-blanksteg/" * 8),
    )
    wave = [archived(number, "w") for number in range(200)]
    return {
        "edit": compose(letter(edit())),
        "removed": compose(letter(removed(), language="en")),
        "digest": compose(letter(*mixed(), *wave[:60], rhythm="daily")),
        "wave": compose(letter(*wave, wave="w")),
        "long": compose(letter(long)),
        "notice": compose_notice(
            NoticeLetter(language="en", notices=(notice,), list_id="a.example", **envelope)  # type: ignore[arg-type]
        ),
        "confirmation": compose_confirmation(
            Confirmation(
                language="sv",
                confirm_url="https://pressvakt.example/confirm/abc",
                wishes=("regeringen.se, dagligen",),
                **envelope,  # type: ignore[arg-type]
            )
        ),
    }


def shown(page: Page, message: EmailMessage) -> None:
    body = message.get_body(("html",))
    assert body is not None
    page.set_content(body.get_content())


def asked_for(page: Page) -> list[str]:
    """The addresses that a page asks for, as they come."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url))
    return found


#: The contrast of each text with what it stands on (WCAG 2.2, 1.4.3), for texts below the limit.
FAINT = """() => {
  const part = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(walker.currentNode.data.trim().slice(0, 40));
  }
  return faint;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
def test_every_mail_fits_its_window_and_can_be_read(browser: Browser, scheme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)  # type: ignore[arg-type]
    requests = asked_for(page)
    for name, message in mails().items():
        shown(page, message)

        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(FAINT) == [], name
    assert requests == []
    page.close()


def test_the_dark_side_is_dark(browser: Browser) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        shown(page, compose(letter(edit())))
        grounds.append(page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor"))
        page.close()

    assert grounds == ["rgb(255, 255, 255)", "rgb(30, 33, 38)"]


def test_what_went_and_what_came_are_told_by_more_than_colour(browser: Browser) -> None:
    page = browser.new_page()
    shown(page, compose(letter(edit())))

    assert page.locator("del").inner_text() == "160"
    assert page.locator("ins").inner_text() == "100"
    assert "line-through" in page.evaluate("getComputedStyle(document.querySelector('del')).textDecorationLine")
    assert int(page.evaluate("getComputedStyle(document.querySelector('ins')).fontWeight")) >= 600
    page.close()


def test_no_hostile_title_runs_or_fetches_anything(browser: Browser) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    requests = asked_for(page)
    opened: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    every = list(titles(1000))
    for start in range(0, len(every), 8):
        some = every[start : start + 8]
        items = [published(start + at, title, sender=title) for at, title in enumerate(some)]
        items.append(
            edited(replace(berths(), title="Ett annat"), replace(berths(100), title=some[0], senders=(some[0],)))
        )
        shown(page, compose(letter(*items, rhythm="daily")))

        assert page.title() != "owned", some
        assert page.evaluate("document.scripts.length + document.images.length + document.forms.length") == 0, some
        assert page.locator("div.story").count() == len(items), some
    assert requests == []
    assert opened == []
    context.close()
