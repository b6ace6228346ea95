"""The one door to the network: Scrapy's HTTP/1.1 handler behind the guard, giving whole answers only.

Settings name `GuardedHandler` for http and https, and no handler for any other scheme. Each address that Twisted is
about to dial is shown to the guard first; each request that is about to be written needs the crawl's leave
(`crawler.permits`); each body has its encodings undone and its end proven before Scrapy sees a response. A response
keeps its headers as the server sent them, Content-Encoding too; its body is the content.

This leans on private names of Scrapy and Twisted. `GuardProof` shows at the start of each crawl that the guard fires,
so that an upgrade which moves them stops the crawl, and not the guard.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _ResultT,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DownloadCancelledError, DownloadFailedError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import fail
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IAddress, IReactorPluggableNameResolver, IReactorTime
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web.client import URI, Agent, HTTPConnectionPool
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.bodies import TooLarge, Truncated, unpacked, whole
from crawler.guard import Guard, Refused, check_url
from crawler.permits import Permit

logger = logging.getLogger(__name__)

#: What a server may send before its body begins, all header lines together.
MAX_HEAD = 512 * 1024
#: `Request.meta`: this one is to be refused by the guard, and never reaches a site.
_PROOF = "pressvakt_proof"


class GuardedHandler(HTTP11DownloadHandler):
    """Downloads over http and https. Errors: `guard.Refused`, `bodies.Truncated`, `bodies.TooLarge` and Scrapy's own."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

        settings = crawler.settings
        guard = Guard.of(
            allow_private=settings.getlist("PRESSVAKT_ALLOW_PRIVATE"),
            ports=(int(port) for port in settings.getlist("PRESSVAKT_PORTS")),
        )
        self._reactor = _GuardedReactor(reactor, guard, patience=settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._pool = HTTPConnectionPool(self._reactor, persistent=True)  # type: ignore[no-untyped-call]
        self._pool.maxPersistentPerHost = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._pool._factory = partial(_BoundedFactory, self._may_ask)  # type: ignore[assignment]  # noqa: SLF001
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        endpoints = _GuardedEndpoints(self._reactor, self._contextFactory, self._timeout)
        self._agent: Agent = Agent.usingEndpointFactory(  # type: ignore[no-untyped-call]
            self._reactor, endpoints, self._pool
        )

    async def download_request(self, request: Request) -> Response:
        check_url(request.url)
        if request.meta.get("proxy"):
            raise Refused("proxies are not used: behind one the guard could not see what is dialled")
        while True:
            if (permit := self._permit) is not None and not request.meta.get(_PROOF):
                await permit.ask()
            try:
                return await self._download(request)
            except _Stale:  # held up between the leave and the wire: nothing was sent
                logger.debug("%s: leave has run out, asking for it anew", request.url)

    async def _download(self, request: Request) -> Response:
        download = _WholeDownload(
            self._agent,
            request=request,
            contextFactory=self._contextFactory,
            connectTimeout=self._timeout,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=True,
            crawler=self._crawler,
        )
        try:
            with wrap_twisted_exceptions():
                return await maybe_deferred_to_future(download.download_request(request))
        except DownloadCancelledError:
            # Nothing but the size limit cancels a download; the time limit has an error of its own.
            limit = request.meta.get("download_maxsize", self._default_maxsize)
            raise TooLarge(f"the body is larger than {limit} bytes") from None

    @property
    def _permit(self) -> Permit | None:
        """The leave to ask of the crawl that this is for; None where it needs none."""
        permit = getattr(self._crawler.spider, "permit", None)
        return permit if isinstance(permit, Permit) else None

    def _may_ask(self) -> bool:
        return self._permit is None or self._permit.fresh


class _WholeDownload(_ScrapyAgent):
    """One request: asked through the guarded agent, whole bodies handed on only."""

    def __init__(self, agent: Agent, *, request: Request, **options: Any) -> None:
        super().__init__(**options)
        self._agent = agent
        self._request = request

    def _get_agent(self, request: Request, timeout: float) -> Agent:  # noqa: ARG002 - Scrapy's signature
        return self._agent

    def _cb_bodydone(self, result: _ResultT, url: str) -> Response:
        answer = result["txresponse"]
        status = int(answer.code)
        if not 100 <= status <= 999:
            raise DownloadFailedError(f"no HTTP status: {status}")
        if status == 206:
            raise Truncated("a partial answer (206) that was not asked for")
        headers = self._headers_from_twisted_response(answer)
        flags = result.get("flags") or []
        codings = b",".join(headers.getlist("Content-Encoding")).decode("latin-1")
        limit = self._request.meta.get("download_maxsize", self._maxsize)
        body = result.get("body", b"")
        if 200 <= status < 300:
            # robots.txt has no end that shows; a fault there would shut out all of a site that speaks HTTP/1.0.
            framed = "partial" not in flags or bool(self._request.meta.get("close_ends_body"))
            kind = (headers.get("Content-Type") or b"").decode("latin-1")
            body = whole(body, codings=codings, content_type=kind, framed=framed, max_bytes=limit)
        else:
            body = unpacked(body, codings=codings, max_bytes=limit)
        # A plain Response whatever its type: what reads bodies works on bytes, and guessing the class costs.
        return Response(url=url, status=status, headers=headers, body=body, flags=flags)


@implementer(IReactorPluggableNameResolver, IReactorTime)
class _GuardedReactor:
    """The part of the reactor that an HTTP agent uses, and nothing that could dial past the guard."""

    def __init__(self, reactor: Any, guard: Guard, *, patience: float) -> None:
        self.guard = guard
        self._reactor = reactor
        self._patience = patience
        self.callLater = reactor.callLater
        self.seconds = reactor.seconds
        self.getDelayedCalls = reactor.getDelayedCalls

    @property
    def nameResolver(self) -> Any:  # noqa: N802 - Twisted's name
        return self._reactor.nameResolver

    def connectTCP(self, host: str, port: int, factory: Any, **options: Any) -> Any:  # noqa: N802
        """Dial, if the guard lets us. `host` is an IP address here: names are looked up before."""
        self.guard.check_dial(host, port)
        connector = self._reactor.connectTCP(host, port, factory, **options)
        # What was written into a network that was away is not to arrive when we have long given up (tcp(7)).
        with suppress(AttributeError, OSError):
            limit = round(self._patience * 1000)
            connector.transport.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limit)
        return connector


@implementer(IAgentEndpointFactory)
class _GuardedEndpoints:
    """Where to connect to for an address: whatever it is, through the guarded reactor."""

    def __init__(self, reactor: _GuardedReactor, contexts: Any, timeout: float) -> None:
        self._reactor = reactor
        self._contexts = contexts
        self._timeout = timeout
        self._tls: dict[tuple[bytes, int], Any] = {}

    def endpointForURI(self, uri: URI) -> Any:  # noqa: N802 - Twisted's name
        host = uri.host.decode("ascii")
        try:
            version = ipaddress.ip_address(host).version
        except ValueError:
            endpoint: Any = HostnameEndpoint(self._reactor, host, uri.port, timeout=self._timeout)
        else:
            # One address has no rivals to race with, and so no pause before it may fail.
            kind = TCP4ClientEndpoint if version == 4 else TCP6ClientEndpoint
            endpoint = kind(self._reactor, host, uri.port, timeout=self._timeout)
        return endpoint if uri.scheme == b"http" else wrapClientTLS(self._options(uri.host, uri.port), endpoint)

    def _options(self, host: bytes, port: int) -> Any:
        """TLS options once a host: reading the machine's root certificates anew for each request costs time."""
        if (host, port) not in self._tls:
            self._tls[host, port] = self._contexts.creatorForNetloc(host, port)
        return self._tls[host, port]


class _Stale(Exception):  # noqa: N818 - named for what happened
    """There was no leave any more when a request was to be written."""


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Gives up on a server that never comes to the end of its headers, and writes no request without leave."""

    _head = 0

    def __init__(self, may_ask: Callable[[], bool], quiescent: Callable[..., Any]) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._may_ask = may_ask

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._head += len(data)
            if self._head > MAX_HEAD + len(data):
                flood = DownloadFailedError(f"more than {MAX_HEAD} bytes of headers")
                self._giveUp(Failure(flood))  # type: ignore[no-untyped-call]
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def request(self, request: Any) -> Any:
        if not self._may_ask():
            self.transport.abortConnection()  # type: ignore[union-attr]
            return fail(_Stale())
        self._head = 0
        return super().request(request)


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def __init__(self, may_ask: Callable[[], bool], *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self._may_ask = may_ask

    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: ARG002, N802
        return _BoundedProtocol(self._may_ask, self._quiescentCallback)


class GuardProof:
    """Dials a forbidden address of our own before each crawl; unless that is refused, the crawl does not start."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        proof = cls(crawler)
        crawler.signals.connect(proof.spider_opened, signal=signals.spider_opened)
        return proof

    async def spider_opened(self) -> None:
        guard = Guard.of(allow_private=self._crawler.settings.getlist("PRESSVAKT_ALLOW_PRIVATE"))
        for scheme in ("http", "https"):
            if not await self._fires(guard, scheme):
                logger.critical("the guard against private addresses does not fire: nothing is asked (%s)", scheme)
                raise CloseSpider("guard-failed")

    async def _fires(self, guard: Guard, scheme: str) -> bool:
        with _canary(guard) as target:
            if target is None:
                logger.warning("allow_private lets every address through: the guard is off")
                return True
            host, port = target
            name = f"[{host}]" if ":" in host else host
            request = Request(f"{scheme}://{name}:{port}/", meta={"download_timeout": 2.0, _PROOF: True})
            try:
                await self._crawler.engine.downloader.handlers.download_request_async(request)
            except Refused as refusal:
                return refusal.address == host
            except Exception:  # noqa: BLE001 - whatever else happened, the guard did not stop it
                return False
            return False


@contextmanager
def _canary(guard: Guard) -> Iterator[tuple[str, int] | None]:
    """An address and port that the guard must refuse, listening where we can; None where it refuses nothing."""
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        if guard.allows(ipaddress.ip_address(host)):
            continue
        try:
            with socket.create_server((host, 0), family=family, backlog=1) as server:
                yield host, server.getsockname()[1]
                return
        except OSError:  # no IPv6 here
            continue
    # TEST-NET-1 and the like lead nowhere: should the guard let it through, the proof waits for its time-out.
    rest = ("192.0.2.1", "198.51.100.1", "2001:db8::1")
    dark = next((host for host in rest if not guard.allows(ipaddress.ip_address(host))), None)
    yield (dark, 80) if dark else None
