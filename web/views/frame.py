"""The frame of every page: its language, its theme, the addresses of our own pages, and the answer itself."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerts.messages.text import linkable
from storage.access import User
from web.state import alerts_of, csrf_token, now_of, settings_of, sites_of, user_of
from web.words import LANGUAGES, Words, preferred

#: What a reader chose, kept with the reader; the archive knows nothing of it.
THEME, LANGUAGE, SEEN = "pressvakt_theme", "pressvakt_language", "pressvakt_seen"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every page is told of its request."""

    words: Words
    theme: str
    root: str  #: the path below which all our pages are
    path: str  #: of this page, with its query, below `root`
    user: User | None
    csrf: str
    now: dt.datetime

    def url(self, path: str, /, **query: object) -> str:
        """The address of one of our pages; what is None or empty is left out of its query."""
        pairs: list[tuple[str, str]] = []
        for name, value in query.items():
            values = value if isinstance(value, list | tuple) else (value,)
            # `from` is a word of Python
            pairs += [
                (name.rstrip("_"), str(one)) for one in values if one is not None and one != "" and one is not False
            ]
        return f"{self.root}{path}" + (f"?{urlencode(pairs)}" if pairs else "")

    @property
    def is_operator(self) -> bool:
        """Whether whoever asks may see and change what is the operator's."""
        return self.user is not None and self.user.operates


def frame_of(request: Request) -> Frame:
    """The frame of the page that is asked for."""
    settings = settings_of(request)
    language = request.cookies.get(LANGUAGE, "")
    if language not in LANGUAGES or language not in settings.languages:
        language = preferred(request.headers.get("accept-language", ""), settings.languages)
    theme = request.cookies.get(THEME, "")
    root = str(request.scope.get("root_path") or "").rstrip("/")
    path = request.url.path
    if root and path.startswith(f"{root}/"):
        path = path[len(root) :]
    query = request.url.query
    return Frame(
        words=Words(language, ZoneInfo(alerts_of(request).zone)),
        theme=theme if theme in THEMES else "auto",
        root=root,
        path=path + (f"?{query}" if query else ""),
        user=user_of(request),
        csrf=csrf_token(request),
        now=now_of(request),
    )


def render(
    request: Request, template: str, *, status: int = 200, frame: Frame | None = None, **shown: Any
) -> HTMLResponse:
    """A page. All that is shown is escaped, and links lead to http and https alone."""
    frame = frame or frame_of(request)
    titles: Mapping[str, str] = {name: profile.title for name, profile in sites_of(request).items()}
    body = environment().get_template(template).render(
        frame=frame, t=frame.words, url=frame.url, languages=LANGUAGES, themes=THEMES, titles=titles,
        section=shown.pop("section", ""), **shown,
    )  # fmt: skip
    headers = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}
    return HTMLResponse(body, status_code=status, headers=headers)


@functools.cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["link"] = linkable
    made.globals.update(asset=asset, faults=faults)
    return made


def faults(stats: Mapping[str, int]) -> int:
    """How many visits of a crawl brought nothing that could be read."""
    return sum(many for name, many in stats.items() if name.startswith("page/fault/"))


@functools.cache
def asset(name: str) -> str:
    """The path of a file of ours, with a mark that changes when it does: a browser may keep it."""
    digest = hashlib.sha256((files("web") / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
