"""The demo's press site: the pages of a day, with that day's troubles, on loopback."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Self

from pressvakt.demo import files, lists, looks, pages, story
from pressvakt.demo.loopback import Answer, Loopback, Request
from pressvakt.demo.noise import Noise
from pressvakt.demo.story import Trouble
from pressvakt.demo.words import words_of
from pressvakt.demo.world import releases

if TYPE_CHECKING:
    from types import TracebackType

_BLOCKED = (
    "<!DOCTYPE html><html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been blocked</h1>"
    "<p>You are unable to access skerland.example</p><p>Ray ID: {token}. Your IP: 127.0.0.1</p></body></html>"
)
_OUTAGE = "<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>"


class DemoSite:
    """The press site of Skerland. `day` (0 to 6) and `phase` may be set at any time.

    Phase 0 is a day's first visit, with its troubles; phase 1 the second, when they are over. With `noise=False` a
    page is the same, byte for byte, on every request of a day.

        with DemoSite() as site:
            site.day, site.phase = 2, 1
            ...  # crawl site.url
    """

    def __init__(self, *, port: int = 0, noise: bool = True) -> None:
        self.day = 0
        self.phase = 0
        self.noise = noise
        self._server = Loopback(self._answer, port=port)
        self.url = self._server.url
        self.requests = self._server.requests

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        noise, path = Noise(on=self.noise), request.path
        if path in _LISTS:
            return _LISTS[path](request, self.day, noise)
        if path == "/robots.txt":
            down = self.phase == 0 and story.robots_down(self.day)
            return Answer.page(_OUTAGE, 503) if down else lists.robots(request.base)
        if "/files/" in path:
            return _file(path, self.day)
        return self._page(path, self.day, noise)

    def _page(self, path: str, day: int, noise: Noise) -> Answer:
        edition = _find(path, day)
        if edition is None or edition.gone:
            return _missing(path, day, noise, edition.gone if edition and edition.gone else 404)
        if edition.path != path:
            return Answer(status=301, headers={"Location": edition.path, "Content-Type": "text/html; charset=utf-8"})
        trouble = story.trouble(edition.release, day) if self.phase == 0 else None
        return _troubled(edition, day, noise, trouble)


def _troubled(edition: story.Edition, day: int, noise: Noise, trouble: Trouble | None) -> Answer:
    """The release's page, or what stands in its way."""
    shown = edition
    match trouble:
        case Trouble.OUTAGE:
            return Answer.page(_OUTAGE, 503)
        case Trouble.SOFT404:
            return _missing(edition.path, day, noise, 200)
        case Trouble.BLOCKED:
            return Answer.page(_BLOCKED.format(token=noise.token), 403 if len(edition.path) % 2 else 200)
        case Trouble.STALE:
            shown = story.edition(edition.release, day - 2) or edition
    text = pages.release_page(shown, day, noise)
    if trouble is not Trouble.TRUNCATED:
        return Answer.page(text)
    whole = gzip.compress(text.encode(), mtime=0)
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
    return Answer(body=whole[: len(whole) * 2 // 3], headers=headers)


def _missing(path: str, day: int, noise: Noise, status: int) -> Answer:
    words = words_of("sv" if path.startswith("/pressmeddelanden/") else "en")
    body = f'<main class="wrap page"><div><h1>{words.missing}</h1><p>{words.missing_more}</p></div></main>'
    return Answer.page(looks.frame(words, words.missing, body, story.skin(day), noise), status)


def _file(path: str, day: int) -> Answer:
    """A file, with or without the rotating prefix before its address."""
    href = path[path.index("/files/") :]
    for release in releases():
        if release.file and release.file.href == href and (edition := story.edition(release, day)):
            lines = release.file.lines if edition.file_edition == 1 else release.file.replaced
            tag = f'"{release.key}-{edition.file_edition}"'
            return Answer(body=files.pdf(lines), headers={"Content-Type": "application/pdf", "ETag": tag})
    return Answer.text("text/plain; charset=utf-8", "not found", 404)


def _find(path: str, day: int) -> story.Edition | None:
    """The release that has, or had, its page at a path."""
    for release in releases():
        edition = story.edition(release, day)
        if edition and path in (edition.path, release.path):
            return edition
    return None


def _listing(language: str, request: Request, day: int, noise: Noise) -> Answer:
    return lists.listing(day, language, _number(request.query.get("page"), 1), noise)


def _json(request: Request, day: int, _: Noise) -> Answer:
    query = request.query
    size = min(_number(query.get("size"), 10), 100)
    return lists.json_list(day, query.get("lang", "en"), _number(query.get("page"), 1), size)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdigit() and int(text) else default


_LISTS: dict[str, Callable[[Request, int, Noise], Answer]] = {
    "/": partial(_listing, "en"),
    "/en/press-releases/": partial(_listing, "en"),
    "/pressmeddelanden/": partial(_listing, "sv"),
    "/api/releases": _json,
    "/en/feed.xml": lambda request, day, _: lists.atom(day, "en", request.base),
    "/pressmeddelanden/rss.xml": lambda request, day, _: lists.rss(day, "sv", request.base),
    "/sitemap.xml": lambda request, _day, _noise: lists.sitemap_index(request.base),
    "/sitemap-en.xml": lambda request, day, _: lists.sitemap(day, "en", request.base),
    "/sitemap-sv.xml.gz": lambda request, day, _: lists.sitemap(day, "sv", request.base, zipped=True),
}
