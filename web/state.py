"""What a route may ask of its request: the archive, the settings, the clock, and who is asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from alerts.settings import AlertSettings
from crawler.reading.profiles import SiteProfile
from storage.access import User
from storage.archive import Archive
from web.access.forms import token_for
from web.settings import WebSettings


@dataclass(frozen=True, kw_only=True)
class State:
    """All that the routes share."""

    archive: Archive
    settings: WebSettings
    sites: Mapping[str, SiteProfile]
    now: Callable[[], dt.datetime]
    alerts: AlertSettings = field(default_factory=AlertSettings)
    extras: Mapping[str, Any] = field(default_factory=dict)  #: what the front door hands in for the pages, by name
    trusted: bool = False  #: whoever calls has the archive in hand anyhow: a client in the same process


def state_of(request: Request) -> State:
    """All that the routes share."""
    found: State = request.app.state.pressvakt
    return found


def archive_of(request: Request) -> Archive:
    """The archive. Its calls block: ask it in a plain `def` route, which runs in a thread."""
    return state_of(request).archive


def settings_of(request: Request) -> WebSettings:
    """What the web is set to."""
    return state_of(request).settings


def now_of(request: Request) -> dt.datetime:
    """The moment, by the clock that the web was given."""
    return state_of(request).now()


def sites_of(request: Request) -> Mapping[str, SiteProfile]:
    """The profiles of the sites that are configured, by name; the archive may know of others."""
    return state_of(request).sites


def alerts_of(request: Request) -> AlertSettings:
    """What alerts are set to."""
    return state_of(request).alerts


def user_of(request: Request) -> User | None:
    """Who is asking; None where nobody has signed in and the route is open.

    Where the web serves this machine alone and there are no users, it is `storage.access.LOCAL`, who may do all.
    """
    found: User | None = request.scope.get("state", {}).get("user")
    return found


def csrf_token(request: Request) -> str:
    """What a form must send back in its field `csrf_token` (or a script in `X-CSRF-Token`) for its POST to count.

    It goes with a cookie that the answer sets where there is none yet: such a page is nobody else's to keep.
    """
    return token_for(request.scope)


def outside(request: Request, path: str = "") -> str:
    """The absolute address of a path of ours, as a reader outside writes it; no slash at its end."""
    settings = settings_of(request)
    base = str(settings.base_url or request.base_url).rstrip("/")
    return f"{base}/{path.lstrip('/')}" if path else base
