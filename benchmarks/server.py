"""A press site for measuring: fast enough on one core not to be what a crawl waits for.

    python -m benchmarks.server --pages 2000 --port 0

prints its address on one line and serves until it is stopped. Routes: /robots.txt, /sitemap.xml (an index of gzipped
parts), /Filter/GetFilteredItems?page=N&pageSize=M, /Filter/RssFeed, and the pages. Two more are for whoever measures:

    /__bench__/edit?share=0.01     from now on that share of the pages has one other figure in its text
    /__bench__/stats?reset=1       requests by kind since the last reset, as JSON
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import gzip
import json
import random
import struct
import sys
import zlib
from collections.abc import Callable
from typing import cast
from urllib.parse import parse_qsl, urlsplit

try:
    from uvloop import new_event_loop
except ImportError:  # where there is no uvloop, asyncio's own loop is fast enough
    from asyncio import new_event_loop  # type: ignore[assignment]

from benchmarks.pages import Page, hidden_mail, page, teasers

_XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PART = 1000  #: addresses in one part of the sitemap
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LAST_BLOCK = b"\x03\x00"  # an empty deflate block that says: no more (RFC 1951, 3.2.3)

Chunks = list[bytes]


class Site:
    """The pages and their lists. `quiet`: no noise, and validators that are answered with 304."""

    def __init__(self, count: int, *, zipped: bool = True, quiet: bool = False) -> None:
        self.pages = [page(number) for number in range(count)]
        self.by_path = {each.path.encode(): each for each in self.pages}
        self.zipped = zipped
        self.quiet = quiet
        self.edition = 0
        self.stats: collections.Counter[str] = collections.Counter()
        self._dice = random.Random(1)
        self._teasers = [teasers(random.Random(number)) for number in range(64)]
        addresses = [f"press{number}@departement.example" for number in range(8)]
        self._mails = {mail: [hidden_mail(mail, key) for key in range(1, 256)] for mail in addresses}

    def answer(self, target: bytes, head: bytes) -> Chunks:
        """The whole HTTP answer to a request, in pieces. `head` is the request's head in lower case."""
        found = self.by_path.get(target)
        if found is None:
            return self._other(target.decode("latin-1"), head)
        self.stats["page"] += 1
        tag = b""
        if self.quiet:
            tag = b'"%d-%d"' % (found.number, self.edition)
            if b"if-none-match: " + tag in head:
                self.stats["not modified"] += 1
                return [b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"]
            tag = b"ETag: " + tag + b"\r\n"
        packed = self.zipped and b"gzip" in head
        body = _packed(found, self._noise(found)) if packed else [found.html(self._noise(found))]
        more = tag + (b"Content-Encoding: gzip\r\n" if packed else b"")
        return [_head(b"text/html; charset=utf-8", sum(map(len, body)), more), *body]

    def edit(self, share: float) -> int:
        """Change one figure on a share of the pages, spread evenly; gives how many."""
        self.edition += 1
        every = max(1, round(1 / share)) if share > 0 else len(self.pages) + 1
        numbers = range(self.edition % every, len(self.pages), every)
        for number in numbers:
            self.pages[number] = page(number, self.edition)
            self.by_path[self.pages[number].path.encode()] = self.pages[number]
        return len(numbers)

    def _noise(self, found: Page) -> tuple[bytes, ...]:
        if self.quiet:
            return (b"0", b"0", self._mails[found.mail][0], self._teasers[0], b"0")
        bits = self._dice.getrandbits(96)
        token = b"%024x" % bits
        return (token, token[:12], self._mails[found.mail][bits % 255], self._teasers[bits % 64], token[8:])

    def _other(self, target: str, head: bytes) -> Chunks:
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        host = head.partition(b"\r\nhost: ")[2].partition(b"\r\n")[0].decode("latin-1") or "localhost"
        base = f"http://{host}"
        routes: dict[str, Callable[[], tuple[str, bytes]]] = {
            "/robots.txt": lambda: ("text/plain", f"User-agent: *\nDisallow:\nSitemap: {base}/sitemap.xml\n".encode()),
            "/sitemap.xml": lambda: ("application/xml", self._index(base)),
            "/Filter/GetFilteredItems": lambda: ("application/json", self._json(query)),
            "/Filter/RssFeed": lambda: ("application/rss+xml", self._feed(base)),
            "/__bench__/edit": lambda: ("application/json", _json(edited=self.edit(float(query.get("share", "0.01"))))),
            "/__bench__/stats": lambda: ("application/json", self._counted(reset="reset" in query)),
        }
        if url.path.startswith("/sitemap-"):
            kind, body = "application/gzip", self._part(base, int(url.path.removeprefix("/sitemap-").split(".")[0]))
        elif url.path in routes:
            kind, body = routes[url.path]()
        else:
            self.stats["not found"] += 1
            return [b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nnot found"]
        self.stats["other"] += not url.path.startswith("/__bench__/")
        return [_head(kind.encode(), len(body)), body]

    def _index(self, base: str) -> bytes:
        parts = range(-(-len(self.pages) // _PART))
        rows = "".join(f"<sitemap><loc>{base}/sitemap-{part}.xml.gz</loc></sitemap>" for part in parts)
        return f'<?xml version="1.0"?><sitemapindex {_XMLNS}>{rows}</sitemapindex>'.encode()

    def _part(self, base: str, part: int) -> bytes:
        rows = "".join(f"<url><loc>{base}{each.path}</loc></url>" for each in self.pages[part * _PART :][:_PART])
        return gzip.compress(f'<?xml version="1.0"?><urlset {_XMLNS}>{rows}</urlset>'.encode(), 1, mtime=0)

    def _json(self, query: dict[str, str]) -> bytes:
        number, size = int(query.get("page", "1")), min(int(query.get("pageSize", "20")), 1000)
        rows = "".join(
            f'<li><div class="sortcompact"><a href="{each.path}">{each.title}</a><div class="block--timeLinks"><p>Publicerad '
            f'<time datetime="{each.published}">{each.published}</time></p></div></div></li>'
            for each in self.pages[(number - 1) * size : number * size]
        )
        return _json(Message=f'<ul class="list--block">{rows}</ul>', TotalCount=len(self.pages))

    def _feed(self, base: str) -> bytes:
        rows = "".join(
            f"<item><title>{each.title}</title><link>{base}{each.path}</link></item>" for each in self.pages[:100]
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Press</title>{rows}</channel></rss>'.encode()

    def _counted(self, *, reset: bool) -> bytes:
        body = json.dumps(self.stats).encode()
        if reset:
            self.stats.clear()
        return body


def _packed(found: Page, noise: tuple[bytes, ...]) -> Chunks:
    """The page as one gzip stream: fixed pieces deflated long ago, noise in stored blocks, the checksum of today."""
    first = found.pieces[0]
    chunks, check, size = [_GZIP_HEAD, first.packed], zlib.crc32(first.raw), len(first.raw)
    for between, piece in zip(noise, found.pieces[1:], strict=True):
        stored = struct.pack("<BHH", 0, len(between), len(between) ^ 0xFFFF)
        chunks += [stored, between, piece.packed]
        check = zlib.crc32(piece.raw, zlib.crc32(between, check))
        size += len(between) + len(piece.raw)
    return [*chunks, _LAST_BLOCK, struct.pack("<II", check, size)]


def _head(kind: bytes, size: int, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b\r\n" % (kind, size, more)


def _json(**values: object) -> bytes:
    return json.dumps(values).encode()


class Connection(asyncio.Protocol):
    """One client: requests in, answers out, in order. Bodies of requests are not expected."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._waiting = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is not derived from asyncio's

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while self._transport and b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            line, _, fields = head.partition(b"\r\n")
            method, _, rest = line.partition(b" ")
            chunks = self._site.answer(rest.partition(b" ")[0], b"\r\n" + fields.lower() + b"\r\n")
            self._transport.writelines(chunks[:1] if method == b"HEAD" else chunks)


async def serve(site: Site, port: int, address: str = "127.0.0.1") -> asyncio.Server:
    """Start serving; port 0 takes any that is free."""
    return await asyncio.get_running_loop().create_server(lambda: Connection(site), address, port, backlog=512)


async def _run(site: Site, port: int, address: str) -> None:
    server = await serve(site, port, address)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-gzip", action="store_true", help="send pages as they are")
    parser.add_argument("--quiet", action="store_true", help="no noise; ETag, and 304 to those who have the page")
    parser.add_argument("--any-address", action="store_true", help="on all addresses of 127.0.0.0/8, as many hosts")
    options = parser.parse_args()
    site = Site(options.pages, zipped=not options.no_gzip, quiet=options.quiet)
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_run(site, options.port, "0.0.0.0" if options.any_address else "127.0.0.1"))
    sys.exit(0)


if __name__ == "__main__":
    main()
