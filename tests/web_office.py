"""An archive for the pages to show: an invented press office whose releases were edited, marked, moved and taken away.

`say` may alter every text that comes from outside: so hostile words get into each place that shows them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from alerts.subscription import Channel, Subscription, Wishes, encode
from changes.canonical import text_digest
from changes.kinds import Finding, Kind, SiteNotice
from changes.release import Attachment, Block, BlockKind, Contact, Link, Notice, NoticeKind, Release, Stamp
from storage.alert_records import Origin, Purpose
from storage.archive import Archive
from storage.outbox_owed import add_delivery, note_trouble
from storage.outbox_subscribers import add_subscriber
from storage.records import Page, PageState
from storage.unit import Unit

NOW = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OFFICE = "https://press.alvik.example"
Say = Callable[[str], str]


def plain(text: str) -> str:
    """Every text as it is."""
    return text


def block(text: str, kind: BlockKind = BlockKind.PARAGRAPH, *links: Link, level: int = 0) -> Block:
    """A block without formatting."""
    return Block(kind=kind, text=text, markdown=text, links=links, level=level)


def bridge(say: Say = plain, *, url: str = "https://press.alvik.example/plan") -> Release:
    """The release that most of the history is about."""
    return Release(
        title=say("The council gives 160 million to the new bridge"),
        lead=say("Work begins in autumn, when the ferries have stopped for the winter."),
        body=(
            block(say("The money"), BlockKind.HEADING, level=2),
            block(say("The council pays 160 million of the cost of the bridge across the sound at Norrvik.")),
            block(say("A hearing was held in which four hundred people took part, and most of them spoke for it.")),
            block(say("two lanes for cars"), BlockKind.ITEM, level=1),
            block(say("one path for cyclists"), BlockKind.ITEM, level=1),
            block(say("Year | Million"), BlockKind.ROW),
            block(say("2031 | 60"), BlockKind.ROW),
            block(say("“It is the largest sum in our history”, says Alma Ek."), BlockKind.QUOTE),
            block(f"Read {say('the plan')}.", BlockKind.PARAGRAPH, Link(text=say("the plan"), url=url)),
            *(block(say(f"Paragraph {number} says how the work goes on, and for how long.")) for number in range(9)),
            block(say("The ferries keep to their timetable until the bridge is opened to all.")),
        ),
        published=Stamp(raw=say("3 March 2031"), day=dt.date(2031, 3, 3)),
        updated=Stamp(raw=say("3 March 2031"), day=dt.date(2031, 3, 3)),
        kind=say("Press release"),
        senders=(say("Council of Alvik"),),
        identifier=say("B2031/17"),
        contacts=(Contact(text=say("Alma Ek, press secretary, 08-555 10 10")),),
        attachments=(Attachment(url=url, name=say("The plan"), size=say("pdf 96 kB")),),
        categories=(say("Bridges"),),
        language="en",
    )


def edited(say: Say = plain, **more: str) -> Release:
    """The same with another sum."""
    first = bridge(say, **more)
    body = list(first.body)
    body[1] = block(say("The council pays 100 million of the cost of the bridge across the sound at Norrvik."))
    return replace(first, title=first.title.replace("160", "100"), body=tuple(body))


def rearranged(say: Say = plain, **more: str) -> Release:
    """Once more, with a paragraph moved, a row and a contact altered, a sentence gone, and a new date."""
    second = edited(say, **more)
    body = list(second.body)
    moved = body.pop(2)
    body.append(moved)
    body[5] = block(say("2031 | 45"), BlockKind.ROW)
    del body[6]
    contact = Contact(text=say("Bo Lind, press secretary, 08-555 20 20"))
    return replace(
        second,
        body=tuple(body),
        contacts=(contact,),
        updated=Stamp(raw=say("9 March 2031"), day=dt.date(2031, 3, 9)),
    )


def marked(say: Say = plain, **more: str) -> Release:
    """And marked as archived."""
    notice = Notice(
        kind=NoticeKind.ARCHIVED,
        text=say("This page was published under the council of 2027 to 2031."),
        period=(dt.date(2027, 1, 1), dt.date(2031, 3, 10)),
        government=say("The council of 2027"),
        reason=say("A new council sits"),
    )
    return replace(rearranged(say, **more), notices=(notice,))


@dataclass
class Office:
    """An archive in the making."""

    unit: Unit
    say: Say = plain
    crawl: int = 0
    site_id: int = 0
    name: str = ""

    def open(self, name: str) -> None:
        """A site and its first crawl."""
        site = self.unit.add_site(name)
        self.site_id, self.name = site.id, name
        self.crawl = self.unit.start_crawl(site.id, NOW - 12 * DAY)

    def page(self, url: str, releases: Sequence[tuple[dt.datetime, Release]], *, baseline: bool = False) -> Page:
        """A page with its versions, each from an answer of its own."""
        page = self.unit.add_page(self.site_id, url, at=releases[0][0], baseline=baseline)
        for at, release in releases:
            body = f"<!doctype html><title>t</title><h1>{release.title}</h1><p>{at}</p>".encode("utf-8", "replace")
            snapshot = self.unit.keep_snapshot(
                page.id,
                url=url,
                status=200,
                headers=[("Content-Type", "text/html; charset=utf-8"), ("X-Note", self.say("made by hand"))],
                redirects=[(self.say(f"{OFFICE}/old"), 301)],
                captured_at=at,
                body=body,
                crawl_id=self.crawl,
            )
            self.unit.add_version(
                page.id,
                snapshot_id=snapshot.id,
                release=release,
                digest=text_digest(release),
                rules=self.say("2031"),
                at=at,
            )
        self.unit.update_page(page.id, state=PageState.LIVE, last_seen=NOW - DAY / 4, last_visit=NOW - DAY / 4)
        return page

    def change(
        self, page: Page, finding: Finding, steps: tuple[int | None, int | None], at: dt.datetime, **more: object
    ) -> int:
        """Something that happened to it."""
        title = more.get("title", self.say("The council gives 160 million to the new bridge"))
        return self.unit.add_change(
            page.id, finding, before=steps[0], after=steps[1], title=str(title), url=page.url, at=at,
            baseline=bool(more.get("baseline")), crawl_id=self.crawl,
        )  # fmt: skip

    def story(self, url: str, *, link: str = f"{OFFICE}/plan", start: dt.datetime = NOW - 10 * DAY) -> Page:
        """A release that was published, edited without a word, edited openly, and archived."""
        versions: tuple[Callable[..., Release], ...] = (bridge, edited, rearranged, marked)
        times = [start + number * 2 * DAY for number in range(4)]
        page = self.page(url, [(at, make(self.say, url=link)) for at, make in zip(times, versions, strict=True)])
        self.change(page, Finding(kind=Kind.PUBLISHED), (None, 1), times[0])
        silent = Finding(kind=Kind.EDITED, fields=("title", "body"), silent=True, labels=("figure",))
        self.change(page, silent, (1, 2), times[1])
        labels = ("contact", "removed", "reordered")
        openly = Finding(kind=Kind.EDITED, fields=("body", "updated", "contacts"), silent=False, labels=labels)
        self.change(page, openly, (2, 3), times[2])
        notice = marked(self.say).notices[0]
        told = Finding(kind=Kind.ARCHIVED, period=notice.period, government=notice.government, reason=notice.reason)
        self.change(page, told, (3, 4), times[3])
        return page


def furnish(archive: Archive, say: Say = plain, *, link: str = f"{OFFICE}/plan") -> dict[str, Page]:
    """Fill an archive: two sites, a story, a removal, a move, a file replaced, a wave, notices, and alerts."""
    pages: dict[str, Page] = {}
    with archive.writing() as unit:
        office = Office(unit, say)
        office.open("alvik")
        first = [
            office.page(f"{OFFICE}/news/old-{number}", [(NOW - 12 * DAY, _old(number, say))], baseline=True)
            for number in range(30)
        ]
        for number, page in enumerate(first):
            office.change(
                page,
                Finding(kind=Kind.PUBLISHED),
                (None, 1),
                NOW - 12 * DAY,
                baseline=True,
                title=say(f"Old news {number}"),
            )
        unit.end_crawl(
            office.crawl, at=NOW - 11.9 * DAY, reason="finished", stats={"planned": 30, "change/published": 30}
        )
        unit.end_baseline(office.site_id)
        office.crawl = unit.start_crawl(office.site_id, NOW - 11 * DAY)
        pages["bridge"] = office.story(f"{OFFICE}/news/bridge", link=link)
        office.crawl = unit.start_crawl(office.site_id, NOW - 3 * DAY)
        wave = [
            office.change(
                page, Finding(kind=Kind.ARCHIVED, period=(dt.date(2027, 1, 1), dt.date(2031, 3, 10))), (1, 1),
                NOW - 3 * DAY, title=say(f"Old news {number}"),
            )
            for number, page in enumerate(first)
        ]  # fmt: skip
        unit.add_wave(wave, f"{office.crawl}-archived")
        pages |= _events(office, first, link)
        unit.end_crawl(
            office.crawl,
            at=NOW - 2.9 * DAY,
            reason="finished",
            stats={"planned": 31, "page/changed": 3, "page/fault/timeout": 2},
        )
        unit.add_notice(
            office.site_id, SiteNotice.UNREACHABLE, text=say("no answer to 40 of 41 requests"), detail={}, at=NOW - DAY
        )
        office.open("norrvik")
        pages["copy"] = office.page("https://norrvik.example/copied", [(NOW - 5 * DAY, bridge(say, url=link))])
        unit.end_crawl(office.crawl, at=NOW - 4 * DAY, reason="stopped", stats={"planned": 1})
        unit.end_baseline(office.site_id)
    _alerts(archive, say)
    return pages


def _events(office: Office, first: Sequence[Page], link: str) -> dict[str, Page]:
    say, unit, at = office.say, office.unit, NOW - 2.95 * DAY
    gone = first[0]
    unit.update_page(gone.id, state=PageState.GONE, misses=3, status=404, missing_since=at)
    office.change(gone, Finding(kind=Kind.REMOVED, status=404), (1, None), at, title=say("Old news 0"))
    unit.move_page(first[1].id, f"{OFFICE}/archive/old-1", at=at)
    office.change(
        first[1], Finding(kind=Kind.MOVED, was=say(f"{OFFICE}/news/old-1")), (1, 1), at, title=say("Old news 1")
    )
    office.change(first[2], Finding(kind=Kind.ATTACHMENT, href=link), (1, 1), at, title=say("Old news 2"))
    left = Finding(kind=Kind.OFFICEHOLDER, person=say("Alma Ek"), role=say("mayor"), reason=say("She has resigned"))
    office.change(first[3], left, (1, 1), at, title=say("Old news 3"))
    office.change(
        first[4], Finding(kind=Kind.WITHDRAWN, reason=say("It was wrong")), (1, 1), at, title=say("Old news 4")
    )
    return {"gone": gone, "moved": first[1]}


def _old(number: int, say: Say) -> Release:
    text = f"Old news number {number} tells of the harbour, its boats and what they bring."
    return Release(
        title=say(f"Old news {number}"), body=(block(say(text)),), senders=(say("Harbour office"),), language="en"
    )


def _alerts(archive: Archive, say: Say) -> None:
    wishes = Wishes(senders=(say("Council"),), words=("bridge",))
    asked = Subscription(address="reader@press.example", channel=Channel.MAIL, wishes=wishes)
    reader = add_subscriber(
        archive, origin=Origin.COMMAND, channel=asked.channel, address=asked.address, terms=encode(asked),
        at=NOW - 6 * DAY, confirmed=True,
    )  # fmt: skip
    add_delivery(archive, reader.id, Purpose.CONFIRM, at=NOW - 5 * DAY)
    note_trouble(archive, "mail-failing", "mail", say("the mail server does not answer"), over=False, at=NOW - DAY)
