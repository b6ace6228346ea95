"""A real browser, and a web of ours for it to look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.archive import Archive
from tests.web_office import NOW, Say, furnish, plain
from web.app import create_app
from web.server import serving
from web.settings import WebSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

    from storage.records import Page as KeptPage

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Chromium without a window. Skips where it is absent, fails under CI."""
    if not (find_spec("playwright") and CHROMIUM.exists()):
        missing = f"no Chromium at {CHROMIUM}, or no playwright: apt-get install chromium; pip install playwright"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage", *arguments]
        )
        try:
            yield found
        finally:
            found.close()


@dataclass(kw_only=True)
class Web:
    """A web that is served on loopback, and what is in its archive."""

    url: str
    archive: Archive
    pages: dict[str, KeptPage]


@contextmanager
def office(
    folder: Path,
    *,
    say: Say = plain,
    link: str = "https://press.alvik.example/plan",
    settings: WebSettings | None = None,
) -> Iterator[Web]:
    """A web over the archive of the invented office."""
    settings = settings or WebSettings(port=0)
    with Archive.open(f"sqlite:///{folder / 'office.db'}", now=lambda: NOW) as archive:
        pages = furnish(archive, say, link=link)
        with serving(create_app(archive, settings, {}, now=lambda: NOW), settings) as url:
            yield Web(url=url, archive=archive, pages=pages)


@dataclass(kw_only=True)
class Watch:
    """What pages did that they must not: whom they wanted to ask, what they said, what they opened."""

    own: str
    foreign: list[str] = field(default_factory=list)  #: asked for, or stopped before it was
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        """Whether nothing of the sort happened."""
        return not (self.foreign or self.dialogs or self.complaints)


def watched(context: BrowserContext, own: str) -> tuple[Page, Watch]:
    """A page whose every request, dialog and complaint is noted."""
    page, watch = context.new_page(), Watch(own=own)

    def asks(request: Request) -> None:
        if not request.url.startswith((own, "data:", "about:")):
            watch.foreign.append(request.url)

    def opens(dialog: Dialog) -> None:
        watch.dialogs.append(dialog.message)
        dialog.dismiss()

    def complains(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            watch.complaints.append(message.text)

    page.on("request", asks)
    page.on("dialog", opens)
    page.on("console", complains)
    page.on("pageerror", lambda error: watch.complaints.append(str(error)))
    return page, watch
