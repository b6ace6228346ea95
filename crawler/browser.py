"""Chromium, for sites whose pages show nothing without a browser: found, started so that it can reach nobody, and ended.

The browser is deaf and mute by itself. No name and no address resolves in it, its only way out is a proxy that there
is not, and it speaks with us over a pipe. What a page may ask for is fetched by the crawl and handed in
(`crawler.rendering`); what slips past that hand has nowhere to go.

Needs the extra `browser`; nothing of it is imported before a page is to be drawn.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Coroutine
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

from crawler.faults import FetchError
from crawler.items import Fault

if TYPE_CHECKING:
    from playwright.async_api import Browser, Playwright

    from crawler.reading.profiles import SiteProfile

#: The variable that says which Chromium is used, and the names by which one is looked for without it.
VARIABLE = "PRESSVAKT_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

_DEAF = (
    # A proxy by a name that does not resolve: nothing is dialled, not even the proxy. Chromium would spare loopback.
    "--proxy-server=http://nowhere.invalid:9",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    # What goes by UDP asks no proxy.
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-features=WebTransport,SpeculationRulesPrefetchFuture,Prerender2,NetworkPrediction",
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-crash-reporter",
    "--disable-breakpad",
    # A page that eats memory ends its own process before it ends the machine.
    "--js-flags=--max-old-space-size=512",
)
#: What of our environment a browser needs. Passwords of ours stand there, too.
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
#: Seconds for a start, and for an end in order.
_START, _END = 60.0, 10.0


class NoBrowser(Exception):  # noqa: N818 - named for what is missing
    """A site wants a browser, and there is none. Says what is missing, where, and what to do."""


class NotDrawn(FetchError):  # noqa: N818 - named for what happened
    """A page could not be drawn whole: the browser failed, or what the page asked for could not be had."""

    fault: ClassVar[Fault] = Fault.UNREACHABLE


def check_browser(profile: SiteProfile) -> None:
    """Let a site be crawled that wants no browser, or gets one.

    Raises:
        NoBrowser: it wants one, and it is not installed.
    """
    if profile.crawl.browser:
        _missing(profile.name)


def chromium() -> Path | None:
    """The system's Chromium, or the one that PRESSVAKT_CHROMIUM names; None where there is none. Downloads nothing."""
    named = os.environ.get(VARIABLE)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


class Chromium:
    """One browser, started when it is first wanted, and again should it have died. Belongs to one event loop."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._home: TemporaryDirectory[str] | None = None
        self._broken: NotDrawn | None = None
        self.name = "chromium"  #: with its version, once it was started

    async def start(self) -> Browser:
        """The browser, running.

        Raises:
            NotDrawn: it does not start.
        """
        if self._browser is not None and self._browser.is_connected():
            return self._browser
        await self.end()
        if self._broken is not None:
            raise self._broken
        try:
            browser = self._browser = await self._launch()
        except Exception as error:
            await self.end()
            lines = str(error).strip().splitlines() or [type(error).__name__]
            words = f"Chromium ({chromium()}) did not start: {lines[0]}{_advice(str(error))}"
            self._broken = NotDrawn(words)  # nor will it for the next page
            raise self._broken from error
        self.name = f"chromium {browser.version.partition('.')[0]}"
        return browser

    async def end(self) -> None:
        """End the browser, in order where it lets us, and all that is left of it where not."""
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        home, self._home = self._home, None
        if browser is not None:
            await within(browser.close(), _END)
        if playwright is not None:
            await within(playwright.stop(), _END)  # its driver kills a browser that did not close
        if home is not None:
            home.cleanup()

    async def _launch(self) -> Browser:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

        self._playwright = await async_playwright().start()
        # A service's user may have no home that it can write to; and nothing is to be left in anybody's.
        self._home = TemporaryDirectory(prefix="pressvakt-", ignore_cleanup_errors=True)
        environment = {name: value for name in _KEPT if (value := os.environ.get(name)) is not None}
        return await self._playwright.chromium.launch(
            executable_path=str(chromium()),
            timeout=_START * 1000,
            args=list(_DEAF),
            chromium_sandbox=os.geteuid() != 0,  # root's Chromium has none
            env={**environment, "HOME": self._home.name},
            # Who stops a crawl lets answers in flight come home first.
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )


async def within(work: Coroutine[Any, Any, object], seconds: float) -> bool:
    """Wait so long for something of the browser's; whether it was done by then, and without an error.

    `asyncio.wait_for` would wait on for work that cannot be called off, as that on a page that is held.
    """
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    if not task.done():
        task.cancel()
        return False
    return task.exception() is None


def _missing(site: str) -> None:
    wants = f"{site}: its pages need a browser ([crawl] browser = true)"
    if find_spec("playwright") is None:
        raise NoBrowser(f"{wants}, and the extra is not installed; run: pip install 'pressvakt[browser]'")
    if chromium() is None:
        named = os.environ.get(VARIABLE)
        where = (
            f"{VARIABLE} names {named!r}, which is no program" if named else f"none of {', '.join(NAMES)} is in PATH"
        )
        raise NoBrowser(f"{wants}, and no Chromium was found: {where}; install one, or name it in {VARIABLE}")


def _advice(words: str) -> str:
    if re.search(r"no usable sandbox|sandbox helper|namespace", words, re.IGNORECASE):
        return "; its sandbox needs user namespaces: allow them on this machine, the sandbox stays on"
    return "; try it by hand with --headless"
