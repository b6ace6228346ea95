"""WARC, ARC and WACZ files, read through once: captures for the watched sites, and what is broken with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

from crawler.importing import sources
from crawler.importing.contents import opened
from crawler.importing.framing import Frame, Gap, frames
from crawler.importing.histories import Histories
from crawler.importing.http import header
from crawler.importing.moves import Redirect
from crawler.importing.parsing import Record, Unreadable, parse
from crawler.importing.records import Capture, Found, Refusal, Report
from crawler.importing.revisits import Original, Originals, Revisit
from crawler.importing.sources import FAILURES, NoSource, Source
from crawler.importing.spool import Spool
from crawler.importing.times import NoTime, digits_time, warc_time
from crawler.importing.watched import Watched
from crawler.reading.addresses import identify
from crawler.reading.profiles import SiteProfile
from storage.imports import Origin

Watch = Callable[[int, int], None]
#: Redirects that tell a new address for good (RFC 9110, 15.4).
PERMANENT = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})


@dataclass(kw_only=True)
class Reading:
    """What stands in some files. Read all of them, then ask for `captures`."""

    watched: Watched
    spool: Spool
    report: Report
    now: dt.datetime
    watch: Watch = lambda *_: None

    def __post_init__(self) -> None:
        self._sources: list[Source] = []
        self._done = 0
        self.originals = Originals()
        self.histories = Histories(watched=self.watched)
        self.revisits: list[Revisit] = []
        self.redirects: list[Redirect] = []  #: what led on for good, to another page of the same site
        self._captures: list[Capture] = []
        self._asked_otherwise: set[str] = set()  #: records that answer no GET, by their ids

    def read(self, paths: Sequence[Path]) -> None:
        """Read files. What cannot be opened or is none of ours is refused as a whole."""
        for path in paths:
            try:
                self._sources += sources.look(path)
            except NoSource as error:
                self.report.refuse(Refusal(source=path.name, place=None, reason=str(error)))
        for source in self._sources:
            self._file(source)
            self._done += source.size

    def captures(self, archived: Callable[[Revisit], Original | None]) -> list[Capture]:
        """All captures of watched pages, those that stand in revisit records too.

        `archived` finds the answer that a revisit refers to among those that were kept before.
        """
        if wanted := self.originals.missing(self.revisits):
            for source in self._sources:
                self._hunt(source, wanted)
        for one in sorted(self.revisits, key=lambda revisit: revisit.at):
            if self._asked_otherwise & {one.record, *one.concurrent}:
                self.report.count(Found.OTHER)
            else:
                self._resolve(one, archived)
        found = []
        for capture in self._captures:
            if capture.origin.record in self._asked_otherwise:
                self.report.count(Found.OTHER)
            else:
                found.append(self.histories.completed(capture))
        return found

    def _resolve(self, one: Revisit, archived: Callable[[Revisit], Original | None]) -> None:
        original = self.originals.of(one) or archived(one)
        if original is None:
            reason = "it repeats a record that is in none of these files, nor in the archive"
            self._refuse(one.origin, f"{reason} ({one.target[:200]})")
        elif original.found is Found.REFUSED:
            self._refuse(one.origin, f"it repeats a record that is broken ({one.target[:200]})")
        elif original.digest is None:
            self.report.count(original.found)
        else:
            capture = Capture(
                site=one.site,
                url=one.url,
                final_url=one.target,
                captured_at=one.at,
                status=HTTPStatus.OK,
                headers=tuple(one.headers or original.headers),
                digest=original.digest,
                origin=one.origin,
            )
            self._captures.append(capture)
            self.originals.add(replace(original, at=one.at, page=one.url, target=one.target, record=one.record))

    def _file(self, source: Source) -> None:
        total = sum(one.size for one in self._sources)
        try:
            with sources.opened(source) as file:
                for frame in frames(file, lambda done: self.watch(self._done + min(done, source.size), total)):
                    self._frame(source, frame)
        except FAILURES as error:
            reason = f"cannot be read to its end ({sources.saying(error)})"
            self.report.refuse(Refusal(source=source.name, place=None, reason=reason))

    def _frame(self, source: Source, frame: Frame | Gap) -> None:
        if isinstance(frame, Gap):
            self.report.refuse(Refusal(source=source.name, place=frame.place, reason=frame.reason))
            return
        try:
            self._record(source, parse(frame if source.sound else replace(frame, proven=False)))
        except Unreadable as error:
            self.report.refuse(Refusal(source=source.name, place=frame.place, reason=str(error)))

    def _record(self, source: Source, record: Record) -> None:
        if record.kind == "request" and record.method != "GET":
            ids = (record.id, *concurrent(record))
            self._asked_otherwise.update(one for one in ids if one)
        if record.kind == "metadata" and record.payload is not None:
            self.histories.take(record.payload, record.field("WARC-Refers-To"))
        if record.kind not in ("response", "resource", "revisit") or record.target.startswith(
            ("dns:", "urn:", "whois:")
        ):
            self.report.count(Found.TECHNICAL)
            return
        place = self.watched.of(record.target)
        if place is None or place.url is None:
            self.report.count(Found.ELSEWHERE if place is None else Found.OTHER)
            return
        profile, url = place.profile, place.url
        origin = Origin(source=source.name, place=record.place, record=record.id)
        try:
            at = _time(record, self.now)
            if concurrent(record) & self._asked_otherwise and record.id:
                self._asked_otherwise.add(record.id)
            if record.kind == "revisit":
                self.revisits.append(_revisit(record, profile, url, at, origin=origin, now=self.now))
            else:
                self._answer(record, profile, url, at, origin)
        except (NoTime, Unreadable) as error:
            self._refuse(origin, f"{error} ({record.target[:200]})")
            self.originals.add(_original(record, None, url, Found.REFUSED))

    def _answer(self, record: Record, profile: SiteProfile, url: str, at: dt.datetime, origin: Origin) -> None:
        found, body = opened(record, profile)
        digest = self.spool.put(body) if found is Found.NEW else None
        original = _original(record, at, url, found, digest)
        self.originals.add(original)
        if digest is None:
            self.report.count(found)
            if found is Found.REDIRECT:
                self._redirect(record, profile, url, at)
            return
        self._captures.append(
            Capture(
                site=profile.name,
                url=url,
                final_url=record.target,
                captured_at=at,
                status=HTTPStatus.OK,
                headers=tuple(original.headers),
                digest=digest,
                origin=origin,
            )
        )

    def _redirect(self, record: Record, profile: SiteProfile, url: str, at: dt.datetime) -> None:
        """Note where a page has gone for good."""
        answer = record.answer
        if answer is None or answer.status not in PERMANENT:
            return
        target = identify(header(answer.headers, "location") or "", record.target)
        place = self.watched.of(target) if target is not None else None
        if place is None or place.url is None or place.profile.name != profile.name:
            return
        if place.url.rstrip("/") != url.rstrip("/"):
            self.redirects.append(Redirect(site=profile.name, url=url, target=place.url, at=at))

    def _hunt(self, source: Source, wanted: set[str]) -> None:
        """Look once more through a file for records that revisits refer to, at whatever address they are."""
        try:
            with sources.opened(source) as file:
                for frame in frames(file):
                    if isinstance(frame, Gap):
                        continue
                    try:
                        record = parse(frame)
                        if record.kind not in ("response", "resource") or not wanted & names(record):
                            continue
                        found, body = opened(record, next(iter(self.watched.profiles.values())))
                        at = _time(record, self.now)
                    except (Unreadable, NoTime):
                        continue
                    digest = self.spool.put(body) if found is Found.NEW else None
                    self.originals.add(_original(record, at, None, found, digest))
        except FAILURES:
            return  # told when it was read first

    def _refuse(self, origin: Origin, reason: str) -> None:
        self.report.refuse(Refusal(source=origin.source, place=origin.place, reason=reason))


def concurrent(record: Record) -> set[str]:
    """The ids of the records that a record was written down together with."""
    return {value.strip() for name, value in record.fields.headers if name.lower() == "warc-concurrent-to" and value}


def names(record: Record) -> set[str]:
    """What a revisit may call a record by."""
    found = {record.id or "", f"{record.target} {record.date or ''}", record.field("WARC-Payload-Digest") or ""}
    return {name for name in found if name}


def _time(record: Record, now: dt.datetime) -> dt.datetime:
    return digits_time(record.date or "", now) if record.arc else warc_time(record.date, now)


def _original(
    record: Record, at: dt.datetime | None, page: str | None, found: Found, digest: str | None = None
) -> Original:
    if record.answer is not None:
        headers = record.answer.headers
    else:
        headers = (("Content-Type", record.field("Content-Type") or ""),) if record.kind == "resource" else ()
    return Original(
        record=record.id,
        target=record.target,
        page=page,
        at=at,
        payload=record.field("WARC-Payload-Digest"),
        found=found,
        digest=digest,
        headers=tuple(headers),
    )


def _revisit(
    record: Record, profile: SiteProfile, url: str, at: dt.datetime, *, origin: Origin, now: dt.datetime
) -> Revisit:
    kind = (record.field("WARC-Profile") or "").rstrip("/").rpartition("/")[2]
    if not kind.endswith(("identical-payload-digest", "server-not-modified")):
        raise Unreadable(f"a revisit of a profile that is not known: {(record.field('WARC-Profile') or 'none')[:100]}")
    try:
        refers_at = warc_time(date, now) if (date := record.field("WARC-Refers-To-Date")) else None
    except NoTime:
        refers_at = None
    answer = record.answer
    return Revisit(
        site=profile.name,
        url=url,
        target=record.target,
        at=at,
        origin=origin,
        record=record.id,
        concurrent=frozenset(concurrent(record)),
        unmodified=kind == "server-not-modified",
        refers_id=record.field("WARC-Refers-To"),
        refers_target=record.field("WARC-Refers-To-Target-URI"),
        refers_date=record.field("WARC-Refers-To-Date"),
        refers_at=refers_at,
        payload=record.field("WARC-Payload-Digest"),
        status=answer.status if answer is not None else None,
        headers=tuple(answer.headers) if answer is not None and answer.status == HTTPStatus.OK else (),
        etag=(header(answer.headers, "etag") if answer is not None else None) or record.field("WARC-Etag"),
    )
