"""The past of an invented press office: pages as they stood, in WARC files and behind an archive server on loopback."""

from __future__ import annotations

import base64
import datetime as dt
import gzip as zip_bytes
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

from crawler.importing.placing import Run
from crawler.importing.records import Report
from crawler.importing.spool import Spool
from crawler.importing.warc import Reading
from crawler.importing.watched import Watched
from crawler.reading.profiles import Discovery, ReleaseRules, SiteProfile
from pressvakt.demo.loopback import Answer, Loopback, Request
from storage.archive import Archive
from storage.imports import Way

OFFICE = "https://press.example"
NOW = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
START = dt.datetime(2024, 5, 3, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

PROFILE = SiteProfile(
    name="office",
    title="The Press Office of Alvik",
    base_url=OFFICE,
    language="en",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(Discovery(kind="html", url="/news/"),),
    release=(
        ReleaseRules(
            name="plain",
            region="main",
            title=("h1",),
            body=("div.text",),
            published=("p.date",),
            attachments=("ul.files a",),
        ),
    ),
    pages=("^/news/[^/]+$",),
)


def page(word: str, *, title: str = "The council decides on the bridge", nonce: str = "") -> bytes:
    """A release of which one word is a figure or a name; `nonce` is what no reader sees."""
    return f"""<!doctype html><html lang="en"><head><title>{title}</title><meta name="nonce" content="{nonce}"></head><body>
<main><h1>{title}</h1><p class="date">Published 3 May 2024</p><div class="text">
<p>The council of Alvik has decided to give {word} crowns to the new bridge across the sound at Norrvik.</p>
<p>Work begins in autumn, when the ferries have stopped for the winter, and will last for about two years.</p>
<p>The decision was taken by all parties, and follows a hearing in which four hundred people took part.</p>
</div></main></body></html>""".encode()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One answer that somebody kept."""

    url: str
    at: dt.datetime
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)


def series(words: Sequence[str], *, url: str = f"{OFFICE}/news/bridge", step: dt.timedelta = HOUR) -> list[Kept]:
    """A page at so many looks."""
    return [Kept(url=url, at=START + number * step, body=page(word)) for number, word in enumerate(words)]


class Warc:
    """A WARC file in the making, byte by byte."""

    def __init__(self, *, gzip: bool = True, version: str = "WARC/1.1") -> None:
        self.gzip = gzip
        self.version = version
        self.parts: list[bytes] = []  #: the records, packed
        self.count = 0

    def add(self, kept: Kept, *, kind: str = "response", **fields: str) -> dict[str, str]:
        """Write one record; gives its fields. Those that are named take the place of ours, `""` takes one away."""
        if kind == "response":
            block = answer(kept.status, (*kept.headers, ("Content-Length", str(len(kept.body)))), kept.body)
            media = "application/http; msgtype=response"
        else:
            block, media = kept.body, "text/html"
        ours = {"WARC-Target-URI": kept.url, "WARC-Date": stamp(kept.at), "Content-Type": media}
        return self.record(kind, block, {**ours, "WARC-Payload-Digest": sha1(kept.body)}, fields)

    def revisit(
        self, kept: Kept, of: dict[str, str], *, at: dt.datetime, unmodified: bool = False, **fields: str
    ) -> dict[str, str]:
        """Write that an answer was the same as one before."""
        profile = "server-not-modified" if unmodified else "identical-payload-digest"
        ours = {
            "WARC-Target-URI": kept.url,
            "WARC-Date": stamp(at),
            "WARC-Profile": f"http://netpreserve.org/warc/1.1/revisit/{profile}",
            "WARC-Refers-To-Target-URI": of["WARC-Target-URI"],
            "WARC-Refers-To-Date": of["WARC-Date"],
            "Content-Type": "application/http; msgtype=response",
        }
        if not unmodified:
            ours["WARC-Payload-Digest"] = of["WARC-Payload-Digest"]
        return self.record("revisit", answer(304 if unmodified else 200, kept.headers, b""), ours, fields)

    def record(self, kind: str, block: bytes, ours: dict[str, str], fields: dict[str, str]) -> dict[str, str]:
        """Write any record."""
        self.count += 1
        given = {name.replace("_", "-"): text for name, text in fields.items()}
        named = {
            "WARC-Type": kind,
            "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{self.count:012}>",
            **ours,
            "WARC-Block-Digest": sha1(block),
            "Content-Length": str(len(block)),
            **given,
        }
        lines = [self.version, *(f"{name}: {text}" for name, text in named.items() if text), "", ""]
        whole = "\r\n".join(lines).encode() + block + b"\r\n\r\n"
        self.parts.append(zip_bytes.compress(whole, mtime=0) if self.gzip else whole)
        return named

    @property
    def bytes(self) -> bytes:
        """The file so far."""
        return b"".join(self.parts)

    def write(self, path: Path) -> Path:
        """Put it on disk."""
        path.write_bytes(self.bytes)
        return path


def answer(status: int, headers: Sequence[tuple[str, str]], body: bytes, protocol: str = "HTTP/1.1") -> bytes:
    """An HTTP answer as it was sent."""
    reason = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 404: "Not Found"}.get(status, "Odd")
    lines = [f"{protocol} {status} {reason}", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode() + body


def sha1(data: bytes) -> str:
    """A digest as WARC files have it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def stamp(at: dt.datetime) -> str:
    """A time as WARC 1.1 has it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at.microsecond else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def warc_of(kept: Sequence[Kept], path: Path, **options: Any) -> Path:
    """A WARC file of these answers."""
    file = Warc(**options)
    for one in kept:
        file.add(one)
    return file.write(path)


def bring(
    archive: Archive,
    *paths: Path,
    profile: SiteProfile = PROFILE,
    wait: Callable[[str], None] | None = None,
) -> Report:
    """Import files as the command does."""
    from crawler.importing import archived

    with Spool() as spool:
        run = Run(
            archive=archive, profiles={profile.name: profile}, spool=spool, report=Report(), at=NOW, who="keeper",
            kind=Way.WARC, source=", ".join(path.name for path in paths), wait=wait,
        )  # fmt: skip
        reading = Reading(watched=Watched([profile]), spool=spool, report=run.report, now=NOW)
        reading.read(paths)
        run.told, run.redirects = reading.histories, reading.redirects
        run.place(reading.captures(lambda revisit: archived.original(archive, revisit)))
        run.end()
    return run.report


class ArchiveServer:
    """A server that speaks CDX and Memento, as the Internet Archive does; or, with `pywb`, as pywb does."""

    def __init__(self, kept: Sequence[Kept], *, pywb: bool = False) -> None:
        self.kept = list(kept)
        self.pywb = pywb
        self.page = 10_000  #: rows in one answer
        self.before: list[Answer] = []  #: what the next requests get instead
        self.odd: dict[str, Answer] = {}  #: what a memento's address (after the server's) gets instead
        self._server = Loopback(self._answer)
        self.url = self._server.url + ("/past" if pywb else "")
        self.requests = self._server.requests

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.close()

    @property
    def mementos(self) -> str:
        """Before the time of a memento's address."""
        return self.url if self.pywb else f"{self.url}/web"

    def fetched(self) -> list[str]:
        """The addresses of the mementos that were asked for."""
        return [request.target for request in self.requests if "id_/" in request.target]

    def _answer(self, request: Request) -> Answer:
        if self.before:
            return self.before.pop(0)
        path, _, query = request.target.partition("?")
        cdx = "/past/cdx" if self.pywb else "/cdx/search/cdx"
        if path == cdx:
            return self._list({name: values[0] for name, values in parse_qs(query).items()})
        start = "/past/" if self.pywb else "/web/"
        if path.startswith(start) and path.removeprefix(start)[:14].isdigit():
            return self._memento(request.target.removeprefix(start))
        return Answer(status=404, body=b"<html>not here</html>")

    def _list(self, query: dict[str, str]) -> Answer:
        url, since, until = query["url"], query.get("from", ""), query.get("to", "9" * 14)
        rows = [
            [urlsplit(one.url).path, digits(one.at), one.url, one.headers[0][1].partition(";")[0], str(one.status),
             sha1(one.body).removeprefix("sha1:"), str(len(one.body))]
            for one in sorted(self.kept, key=lambda one: (one.url, one.at))
            if (one.url.startswith(url) if query.get("matchType") == "prefix" else one.url == url)
            and since <= digits(one.at) <= until.ljust(14, "9")
        ]  # fmt: skip
        if self.pywb:
            names = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length")
            found = [dict(zip(names, row, strict=True)) for row in rows]
            for before, one in pairwise(found):
                if (
                    all(before.get(name) == one[name] for name in ("urlkey", "digest", "status"))
                    and one["mime"] == "text/html"
                ):
                    one["mime"] = "warc/revisit"
                    del one["status"]
            text = "\n".join(json.dumps(one) for one in found[: int(query.get("limit", "100000"))])
            if not text:
                return Answer(status=404, body=b'{"message": "No Captures found"}')
            return Answer(body=text.encode(), headers={"Content-Type": "text/x-ndjson"})
        first = int(query.get("resumeKey", "0"))
        part = rows[first : first + self.page]
        table: list[list[str]] = [
            ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"],
            *part,
        ]
        if first + self.page < len(rows):
            table += [[], [str(first + self.page)]]
        return Answer(body=json.dumps(table if part else []).encode(), headers={"Content-Type": "application/json"})

    def _memento(self, place: str) -> Answer:
        if place in self.odd:
            return self.odd[place]
        time, _, url = place.partition("id_/")
        found = next((one for one in self.kept if digits(one.at) == time and one.url == unquote(url)), None)
        if found is None:
            return Answer(status=404, body=b"<html>never archived</html>")
        headers = {
            "Memento-Datetime": found.at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Content-Type": found.headers[0][1],
            **{f"X-Archive-Orig-{name}": value for name, value in found.headers},
        }
        return Answer(status=found.status, body=found.body, headers=headers)


def digits(at: dt.datetime) -> str:
    """A time in fourteen digits."""
    return at.strftime("%Y%m%d%H%M%S")


def later(kept: Kept, **more: Any) -> Kept:
    """The same answer, but for this."""
    return replace(kept, **more)
