"""A press site that a test edits while it is being watched: real HTTP on loopback, any free port.

    with PressSite() as site:
        site.add("/pressmeddelanden/2026/09/platser/", title="Fler platser", body="<p>160 platser.</p>")
        ...  # crawl site.url
        site.edit("/pressmeddelanden/2026/09/platser/", body="<p>100 platser.</p>")

Its routes are those of regeringen.se, so that a profile that extends that one, with `base_url = site.url`, reads it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import gzip
import hashlib
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pressvakt.demo.loopback import Answer, Loopback, Request
from pressvakt.demo.noise import Noise, escape
from pressvakt.demo.words import spoken
from tests import press_lists
from tests.press_templates import Person, Posted, missing, render

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Answer", "Person", "Posted", "PressSite", "Request"]

#: What a test may put in the place of an answer: None means the usual one.
Script = Callable[[Request], Answer | None]

#: Last-Modified of what was there first; each change is a minute later than the one before.
_START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
_ROBOTS = "User-agent: *\nDisallow: /tx/\nSitemap: {base}/sitemap.xml\n"


class PressSite:
    """A press site on loopback. Everything may be changed at any time, from any thread.

    `noise`: whether each answer differs in what no reader calls a change. `validators`: whether pages carry ETag and
    Last-Modified and are answered with 304. `template`: `a` (as regeringen.se), or the redesigns `b` and `c`.
    """

    def __init__(self, *, noise: bool = True, validators: bool = False, template: str = "a") -> None:
        self.noise = noise
        self.validators = validators
        self.template = template
        self.robots = _ROBOTS  #: text of robots.txt; `{base}` becomes the site's address
        self._lock = threading.RLock()
        self._posts: dict[str, Posted] = {}  # newest last
        self._gone: dict[str, int] = {}
        self._moved: dict[str, tuple[str, int]] = {}
        self._files: dict[str, bytes] = {}
        self._counter = itertools.count(1)
        self._scripts: dict[str, tuple[Script, int | None]] = {}
        self._stamps: dict[str, tuple[str, dt.datetime]] = {}
        self._server = Loopback(self._answer)
        self.url = self._server.url
        self.requests = self._server.requests  #: every request, oldest first; clear it to start a new count

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.close()

    # What an editor does

    def add(
        self, path: str, *, title: str, body: str = "<p>Regeringen har i dag fattat beslut.</p>", **more: Any
    ) -> str:
        """Publish a release, newest of all; `more` are fields of `Posted`. Gives its whole address.

        A body without tags is plain text: paragraphs apart by an empty line.
        """
        posted = Posted(path=path, title=title, body=_html(body), **_tuples(more))
        with self._lock:
            self._posts[path] = posted
            self._offer(posted)
        return self.url + path

    def edit(self, path: str, **fields: Any) -> None:
        """Change a release's fields and nothing else: name `updated` too, or the edit is a silent one."""
        if "body" in fields:
            fields["body"] = _html(fields["body"])
        with self._lock:
            self._posts[path] = posted = dataclasses.replace(self._posts[path], **_tuples(fields))
            self._offer(posted)

    def archive(self, path: str, period: tuple[dt.date, dt.date] | None, *ministers: str) -> None:
        """Mark a page as archived; it leaves the lists. `ministers`: sentences on those who have left."""
        line = "Innehållet publicerades under perioden"
        if period:
            line += f" {spoken(period[0], 'sv')} till den {spoken(period[1], 'sv')}"
        self.edit(path, notices=(line,), ministers=ministers, listed=False)

    def unarchive(self, path: str) -> None:
        """Take every mark off a page again."""
        self.edit(path, notices=(), ministers=(), listed=True)

    def remove(self, path: str, status: int = 404) -> None:
        """Stop serving a page: 404 or 410."""
        with self._lock:
            self._gone[path] = status

    def restore(self, path: str) -> None:
        """Serve a removed page again."""
        with self._lock:
            del self._gone[path]

    def move(self, old: str, new: str, status: int = 301) -> str:
        """Give a release another address; the old one redirects. Gives the whole new address."""
        with self._lock:
            posts = [dataclasses.replace(post, path=new) if key == old else post for key, post in self._posts.items()]
            self._posts = {post.path: post for post in posts}
            self._moved[old] = (new, status)
            self._moved.pop(new, None)  # back where it was
        return self.url + new

    def replace_file(self, href: str, content: bytes | None = None) -> None:
        """Put another file behind a link that stays as it is."""
        with self._lock:
            self._files[href] = content or self._pdf(href)

    def _offer(self, posted: Posted) -> None:
        for href, _ in posted.attachments:
            self._files.setdefault(href, self._pdf(href))

    def _pdf(self, href: str) -> bytes:
        return f"%PDF-1.4\n% {href}, edition {next(self._counter)}\n%%EOF\n".encode()

    # What goes wrong

    def answer(
        self,
        path: str,
        status: int | Script,
        body: str | bytes = "",
        headers: Mapping[str, str] | None = None,
        *,
        times: int | None = None,
    ) -> None:
        """Answer a path (`*`: every path) with this instead, for so many `times` or until `as_usual`.

        `status` may be a function of the request, which gives an `Answer`, or None for the usual one.
        """
        fixed = None if callable(status) else _raw(status, body, headers)
        script: Script = status if callable(status) else lambda _: fixed
        with self._lock:
            self._scripts[path] = (script, times)

    def as_usual(self, path: str = "*") -> None:
        """End what `answer` began."""
        with self._lock:
            self._scripts.pop(path, None)

    def cut_short(self, path: str, *, times: int | None = None) -> None:
        """Send a page's gzip stream without its end, as a proxy does that has lost its server."""

        def cut(request: Request) -> Answer:
            whole = gzip.compress(self._usual(request).body, mtime=0)
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"}
            return Answer(body=whole[: len(whole) // 2], headers=headers)

        self.answer(path, cut, times=times)

    # What the server does

    def hits(self, path: str) -> list[Request]:
        """The requests for one path, oldest first."""
        return [request for request in list(self.requests) if request.path == path]

    def _answer(self, request: Request) -> Answer:
        script = self._script(request.path)
        answer = script(request) if script else None  # outside the lock: a script may take its time
        return self._usual(request) if answer is None else answer

    def _script(self, path: str) -> Script | None:
        with self._lock:
            key = path if path in self._scripts else "*"
            if key not in self._scripts:
                return None
            script, times = self._scripts.pop(key)
            if times is None or times > 1:
                self._scripts[key] = (script, None if times is None else times - 1)
            return script

    def _usual(self, request: Request) -> Answer:
        with self._lock:
            return self._routed(request)

    def _routed(self, request: Request) -> Answer:
        path, query, base = request.path, request.query, request.base
        if path == "/robots.txt":
            return Answer.text("text/plain; charset=utf-8", self.robots.replace("{base}", base))
        if path == "/sitemap.xml":
            return press_lists.sitemap_index(base)
        if path == "/sitemap-0.xml.gz":
            return press_lists.sitemap(self._online(), base)
        if path in ("/", "/pressmeddelanden/"):
            return press_lists.listing(self._shown(), int(query.get("page", 1)))
        if path == "/Filter/GetFilteredItems":
            return press_lists.json_list(self._shown(), int(query.get("page", 1)), int(query.get("pageSize", 20)))
        if path == "/Filter/RssFeed":
            return press_lists.feed(self._shown(), base)
        if path in self._files:
            return self._file(path, request)
        return self._page(path, request)

    def _page(self, path: str, request: Request) -> Answer:
        if path in self._gone:
            return Answer.page(missing(self.template), self._gone[path])
        if path in self._moved:
            new, status = self._moved[path]
            return Answer(status=status, headers={"Location": new, "Content-Type": "text/html; charset=utf-8"})
        if path not in self._posts:
            return Answer.page(missing(self.template), 404)
        if not self.validators:
            return Answer.page(self._rendered(path, Noise(on=self.noise)))
        quiet = self._rendered(path, Noise(on=False))
        tag = f'W/"{hashlib.sha256(quiet.encode()).hexdigest()[:16]}"'
        return self._validated(path, tag, request, Answer.page(self._rendered(path, Noise(on=self.noise))))

    def _file(self, path: str, request: Request) -> Answer:
        body = self._files[path]
        whole = Answer(body=body, headers={"Content-Type": "application/pdf"})
        if not self.validators:
            return whole
        return self._validated(path, f'"{hashlib.sha256(body).hexdigest()[:16]}"', request, whole)

    def _validated(self, path: str, tag: str, request: Request, whole: Answer) -> Answer:
        """The answer with its validators, or 304 where the client has it (RFC 9110, 13.1)."""
        if self._stamps.get(path, ("",))[0] != tag:
            self._stamps[path] = (tag, _START + dt.timedelta(minutes=next(self._counter)))
        modified = email.utils.format_datetime(self._stamps[path][1], usegmt=True)
        validators = {"ETag": tag, "Last-Modified": modified}
        asked = request.headers.get("if-none-match")
        same = asked == tag if asked else request.headers.get("if-modified-since") == modified
        if same:
            return Answer(status=304, headers=validators)
        return dataclasses.replace(whole, headers={**whole.headers, **validators})

    def _rendered(self, path: str, noise: Noise) -> str:
        others = [(post.path, post.title) for post in self._shown() if post.path != path]
        return render(self.template, self._posts[path], noise.sample(others, 4) if self.noise else [], noise)

    def _online(self) -> list[Posted]:
        posts = [post for post in self._posts.values() if post.path not in self._gone]
        newest_first = sorted(enumerate(posts), key=lambda row: (row[1].published, row[0]), reverse=True)
        return [post for _, post in newest_first]

    def _shown(self) -> list[Posted]:
        return [post for post in self._online() if post.listed]


def _raw(status: int, body: str | bytes, headers: Mapping[str, str] | None) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    return Answer(status=status, body=raw, headers={"Content-Type": "text/html; charset=utf-8", **(headers or {})})


def _html(body: str) -> str:
    if body.lstrip().startswith("<"):
        return body
    return "".join(f"<p>{escape(part.strip())}</p>" for part in body.split("\n\n") if part.strip())


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields with their lists as tuples, and a single `contact` as the only one."""
    named = dict(fields)
    if "contact" in named:
        contact = named.pop("contact")
        named["contacts"] = (contact,) if contact else ()
    return {
        name: tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in named.items()
    }
