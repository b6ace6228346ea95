"""Draws one page in a browser and gives what a reader would have before them: the page's elements, once all is quiet.

The document is the answer that the crawl already has. Each script and each answer that the page asks for comes through
this file's one hand: plain GETs to the site's own hosts are fetched by the crawl, as its guest and behind its guard; all
else is turned away. Nothing is sent that the site could know us by: no cookies, and our own name.

A page counts as drawn when nothing that it asked for is on its way any more. One for which something could not be had
is not drawn at all: half a page would look like a change.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urldefrag, urlsplit

from crawler.answers import describe
from crawler.bodies import TooLarge
from crawler.browser import Chromium, NotDrawn, within
from crawler.faults import FetchError
from crawler.items import Fault
from crawler.middlewares.robots import Disallowed

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Request, Route, WebSocketRoute
    from scrapy.http import Response

logger = logging.getLogger(__name__)

#: Addresses that one page may ask for.
MOST_PARTS = 100
#: Seconds without anything on its way after which a page is drawn, and for how long its last moves are waited for then.
QUIET, SHORT = 0.5, 3.0

_PARTS = frozenset({"script", "xhr", "fetch"})
_STEP = 0.05
_CLOSING = 5.0
_OUR_OWN = re.compile(
    r"cookie|host|connection|content-.*|user-agent|accept-(?:encoding|language|charset)|te|range|if-.*|origin|referer|"
    r"sec-.*|proxy-.*|upgrade.*|transfer-encoding|purpose|:.*"
)
_NOT_HANDED_IN = re.compile(
    r"content-(?:encoding|length)|transfer-encoding|connection|keep-alive|set-cookie2?|strict-transport-security|"
    r"refresh|link|alt-svc|speculation-rules|report-to|reporting-endpoints|nel|clear-site-data|accept-ranges"
)
_WHOLE = """(most => {
  const type = document.doctype ? new XMLSerializer().serializeToString(document.doctype) + "\\n" : "";
  const all = type + (document.documentElement ? document.documentElement.outerHTML : "");
  return all.length > most ? null : all;
})(%d)"""

#: Fetches a part of a page: address, request headers, and whether it is a script; gives the answer, redirects followed,
#: or None where it leads off the site.
Ask = Callable[[str, Mapping[str, str], bool], Awaitable["Response | None"]]


class Held(FetchError):  # noqa: N818 - named for what happened
    """A page held the browser for ever, or killed it."""

    fault: ClassVar[Fault] = Fault.UNREADABLE


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Who looks at a page, and how long. The page's own time is what passes while nothing is on its way."""

    user_agent: str
    language: str
    time_zone: str
    seconds: float  #: of the page's own time
    max_bytes: int


async def draw(chromium: Chromium, document: Response, *, guest: Guest, ask: Ask, own: Callable[[str], bool]) -> bytes:
    """The page as the browser shows it, as HTML in UTF-8. `own` says whether an address may be asked for.

    Raises:
        FetchError: it could not be drawn whole: `NotDrawn`, `Held`, `TooLarge`, or why a part of it could not be had.
    """
    from playwright.async_api import Error  # noqa: PLC0415 - an extra

    drawing = _Drawing(document, guest, ask, own)
    try:
        return await drawing.run(chromium)
    except Error as error:
        raise NotDrawn(f"the browser failed: {error.message.splitlines()[0]}") from error


class _Drawing:
    """One page being drawn."""

    def __init__(self, document: Response, guest: Guest, ask: Ask, own: Callable[[str], bool]) -> None:
        self._document = document
        self._guest = guest
        self._ask = ask
        self._own = own
        self._page: Page | None = None
        self._handed_in = False
        self._parts: dict[str, asyncio.Task[Response | None]] = {}
        self._on_their_way = 0
        self._moved = asyncio.get_running_loop().time()
        self._failed: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def run(self, chromium: Chromium) -> bytes:
        context = await (await chromium.start()).new_context(
            user_agent=self._guest.user_agent,
            locale=self._guest.language,
            timezone_id=self._guest.time_zone,
            service_workers="block",
            accept_downloads=False,
        )
        tasks = [asyncio.ensure_future(self._draw(context)), asyncio.ensure_future(self._lose_patience())]
        try:
            await asyncio.wait([*tasks, self._failed], return_when=asyncio.FIRST_COMPLETED)
            return (self._failed if self._failed.done() else tasks[0] if tasks[0].done() else tasks[1]).result()
        finally:
            for task in (*tasks, self._failed):
                task.cancel()
                task.add_done_callback(lambda done: done.cancelled() or done.exception())
            if not await within(context.close(), _CLOSING):
                await chromium.end()  # held as a whole

    async def _draw(self, context: BrowserContext) -> bytes:
        await context.route(lambda _: True, self._answer)
        await context.route_web_socket(lambda _: True, _hang_up)
        self._page = page = await context.new_page()
        page.on("crash", lambda _: self._fail(Held("the page killed the browser's process that drew it")))
        await page.goto(self._document.url, wait_until="load", timeout=0)
        session = await context.new_cdp_session(page)
        frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        # A world of our own, in which the page's scripts have changed nothing.
        world = await session.send("Page.createIsolatedWorld", {"frameId": frame})
        question = {
            "expression": _WHOLE % self._guest.max_bytes,
            "contextId": world["executionContextId"],
            "returnByValue": True,
        }
        ends: float | None = None
        seen = None
        while True:
            await self._idle()
            now = (await session.send("Runtime.evaluate", question))["result"].get("value")
            if now is None or len(body := str(now).encode("utf-8", "replace")) > self._guest.max_bytes:
                raise TooLarge(f"the page as drawn is larger than {self._guest.max_bytes} bytes")
            clock = asyncio.get_running_loop().time()
            ends = clock + SHORT if ends is None else ends
            if not self._on_their_way and (now == seen or clock >= ends):
                return body
            seen = now
            await asyncio.sleep(QUIET)

    async def _idle(self) -> None:
        """Wait until nothing has been on its way for a while."""
        loop = asyncio.get_running_loop()
        while self._on_their_way or loop.time() - self._moved < QUIET:  # noqa: ASYNC110 - time is half of what is asked
            await asyncio.sleep(_STEP)

    async def _lose_patience(self) -> bytes:
        """End a page that does not come to an end by itself; what the site takes for its answers is not its time."""
        loop = asyncio.get_running_loop()
        used, last = 0.0, loop.time()
        while used < self._guest.seconds:
            await asyncio.sleep(_STEP)
            now = loop.time()
            used, last = used + (0.0 if self._on_their_way else now - last), now
        raise Held(f"the page did not come to rest in the browser within {self._guest.seconds:g} seconds of its own")

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    async def _answer(self, route: Route) -> None:
        """Answer one request of the browser, or turn it away."""
        from playwright.async_api import Error  # noqa: PLC0415 - an extra

        with contextlib.suppress(Error):  # the page is gone, and nobody waits for the answer
            request = route.request
            if request.is_navigation_request():
                await self._navigate(route)
            elif request.resource_type == "stylesheet":
                # Looks change no word; but a script may wait for its sheet, and give up on one that does not come.
                await route.fulfill(status=200, content_type="text/css", body="")
            elif request.method == "GET" and request.resource_type in _PARTS and self._may_ask(request.url):
                await self._part(route)
            else:
                await route.abort("blockedbyclient")

    async def _navigate(self, route: Route) -> None:
        if not self._handed_in:
            self._handed_in = True
            await _hand_in(route, self._document)
            return
        await route.abort("blockedbyclient")
        # Frames and windows of its own are not looked at. A page that leads elsewhere is not what was asked for.
        if self._page is not None and _leads_away(route.request, self._page):
            self._fail(NotDrawn(f"the page's script leads on to {route.request.url[:200]}; watch that address instead"))

    def _may_ask(self, url: str) -> bool:
        return urlsplit(url).scheme in ("http", "https") and self._own(url)

    async def _part(self, route: Route) -> None:
        request = route.request
        url = urldefrag(request.url).url
        if url not in self._parts:
            if len(self._parts) >= MOST_PARTS:
                self._fail(Held(f"the page asks for more than {MOST_PARTS} addresses"))
                await route.abort("blockedbyclient")
                return
            # Asked once: a page that asks for the same again and again hears what it heard before.
            self._parts[url] = asyncio.ensure_future(self._fetch(url, request))
            self._parts[url].add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            answer = await asyncio.shield(self._parts[url])
        except Disallowed as error:
            if error.why == "unreachable":
                self._fail(error)
            logger.info("%s: not asked for: %s", self._document.url, error)
            answer = None
        except FetchError as error:
            self._fail(error)
            answer = None
        except Exception as error:  # noqa: BLE001 - whatever it was, the page lacks a part
            self._fail(NotDrawn(f"the page needs {url[:200]}: {describe(error)}"))
            answer = None
        if answer is None:
            await route.abort("blockedbyclient")
        else:
            await _hand_in(route, answer)

    async def _fetch(self, url: str, request: Request) -> Response | None:
        self._on_their_way += 1
        try:
            told = await request.all_headers()
            headers = {name: value for name, value in told.items() if not _OUR_OWN.fullmatch(name.lower())}
            answer = await self._ask(url, headers, request.resource_type == "script")
        finally:
            self._on_their_way -= 1
            self._moved = asyncio.get_running_loop().time()
        if answer is not None and (answer.status >= 500 or answer.status in _TURNED_AWAY):
            raise NotDrawn(f"the page needs {url[:200]}, which answered {answer.status}")
        return answer


_TURNED_AWAY = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
)


async def _hand_in(route: Route, answer: Response) -> None:
    """Give the browser an answer that the crawl has."""
    headers = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in answer.headers.items()
        if not _NOT_HANDED_IN.fullmatch(name.decode("latin-1").lower())
    }
    await route.fulfill(status=answer.status, headers=headers, body=answer.body)


def _leads_away(request: Request, page: Page) -> bool:
    from playwright.async_api import Error  # noqa: PLC0415 - an extra

    try:
        return request.frame == page.main_frame
    except Error:  # a window that is not there yet
        return False


def _hang_up(socket: WebSocketRoute) -> None:
    """Never connected to its server: for the page, it has just closed."""
    task = asyncio.ensure_future(socket.close())
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
