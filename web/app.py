"""The application: routes put together, and the guards that stand before each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from alerts.settings import AlertSettings
from crawler.reading.profiles import SiteProfile
from storage.archive import Archive
from storage.errors import ArchiveError
from web import alerts_actions, errors
from web.access import guard, proxy, signing
from web.access.headers import bodiless, guarded
from web.api import openapi
from web.api import routes as api
from web.errors import Refusal
from web.feeds import routes as feeds
from web.memento import routes as memento
from web.settings import WebSettings
from web.state import State

_STATIC = Path(__file__).parent / "static"


class Web(FastAPI):
    """The routes behind their guards: no answer goes out but through them, errors and files included."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        state: State = self.state.pressvakt
        scope = proxy.placed(scope, state.settings)
        scope["app"] = self
        send = guarded(scope, send)
        if scope["method"] == "HEAD":
            scope["method"], send = "GET", bodiless(send)
            scope.setdefault("state", {})["head"] = True
        try:
            receive = await guard.admit(scope, receive, state)
        except Refusal as refusal:
            await errors.on_refusal(Request(scope), refusal)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


def create_app(
    archive: Archive,
    settings: WebSettings,
    sites: Mapping[str, SiteProfile],
    *,
    now: Callable[[], dt.datetime],
    alerts: AlertSettings | None = None,
    extras: Mapping[str, Any] | None = None,
    trusted: bool = False,
) -> FastAPI:
    """The web over an open archive, as an ASGI application.

    Args:
        archive: What it reads.
        settings: Where it stands.
        sites: The profiles of the sites that are configured, by name.
        now: The clock.
        alerts: What alerts are set to: for subscriptions made here.
        extras: What the front door hands in for the pages, by name.
        trusted: Whoever calls has the archive in hand anyhow, and is let in as its operator. Never behind a server.
    """
    app = Web(
        title="Pressvakt",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(Refusal, errors.on_refusal)
    app.add_exception_handler(HTTPException, errors.on_http)
    app.add_exception_handler(RequestValidationError, errors.on_invalid)
    app.add_exception_handler(ArchiveError, errors.on_archive)
    app.add_exception_handler(Exception, errors.on_fault)
    app.state.pressvakt = State(
        archive=archive,
        settings=settings,
        sites=sites,
        now=now,
        alerts=alerts or AlertSettings(),
        extras=extras or {},
        trusted=trusted,
    )
    for router in (signing.router, alerts_actions.router, openapi.router, api.router, feeds.router, memento.router):
        app.include_router(router)
    _add_pages(app)
    if _STATIC.is_dir():
        app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app


def _add_pages(app: FastAPI) -> None:
    """The pages for people: `web.pages.router`, and `web.pages.errors.error_page` for what cannot be shown."""
    app.include_router(import_module("web.pages").router)
    app.state.error_page = import_module("web.pages.errors").error_page
