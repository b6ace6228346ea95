"""Changes of an invented government, and letters that tell of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from alerts.told import Letter, Told
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Attachment, Block, BlockKind, Contact, Notice, NoticeKind, Release, Stamp
from storage.records import Change

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SEEN = dt.datetime(2026, 9, 9, 8, 15, tzinfo=dt.UTC)
BASE = "https://press.skarland.example"


def paragraph(text: str) -> Block:
    """A paragraph without formatting."""
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text)


def day(number: int, month: int = 9) -> Stamp:
    """A date in 2026 that a site prints without a time."""
    return Stamp(raw=f"{number}/{month} 2026", day=dt.date(2026, month, number))


def berths(number: int = 160) -> Release:
    """The release that most letters are about."""
    return Release(
        title="Kriminalvården bygger ut anstalten i Norrvik",
        lead="Regeringen ger Kriminalvården i uppdrag att bygga ut.",
        body=(
            paragraph(
                "Anstalten i Norrvik är en av landets äldsta. Utbyggnaden ger"
                f" {number} platser för intagna från och med nästa höst, enligt planen. Arbetet börjar i vår."
            ),
            paragraph("– Det här är viktigt för hela landet, säger justitieministern."),
        ),
        published=day(7),
        senders=("Justitiedepartementet",),
        contacts=(Contact(text="Alva Lind, pressekreterare, 08-405 10 00", name="Alva Lind"),),
        language="sv",
    )


def change(kind: Kind = Kind.EDITED, *, url: str = f"{BASE}/2026/09/norrvik/", **more: Any) -> Change:
    """A change as the archive gives it."""
    finding = more.pop("finding", None) or Finding(kind=kind)
    values: dict[str, Any] = {
        "id": 1,
        "site": "skarland.example",
        "url": url,
        "title": "Kriminalvården bygger ut anstalten i Norrvik",
        "kind": kind,
        "detected_at": SEEN,
        "finding": finding,
        "before": 1,
        "after": 2,
    }
    return Change(**(values | more))


def told(change: Change, before: Release | None = None, after: Release | None = None, **more: Any) -> Told:
    """A change with its releases and addresses."""
    values: dict[str, Any] = {
        "site_title": "Skärlands regering",
        "release_url": change.url,
        "diff_url": f"https://pressvakt.example/diff/{change.id}",
        "wayback_url": f"https://web.archive.org/web/2026/{change.url}",
    }
    return Told(change=change, before=before, after=after, **(values | more))


def edited(before: Release, after: Release, **more: Any) -> Told:
    """An edit as it was found."""
    finding = next(found for found in compare(before, after) if found.kind is Kind.EDITED)
    return told(change(finding=finding, title=after.title, **more), before, after)


def edit() -> Told:
    """160 places that became 100, and no word about it."""
    return edited(berths(), berths(100))


def published(number: int = 1, title: str = "Nya regler för gästhamnar", sender: str = "Hamndepartementet") -> Told:
    """A new release."""
    release = Release(
        title=title,
        lead="Från den 1 januari gäller nya regler för den som driver gästhamn.",
        published=day(9),
        senders=(sender,),
    )
    url = f"{BASE}/2026/09/release-{number}/"
    return told(change(Kind.PUBLISHED, url=url, id=number, title=title, before=None, after=1), None, release)


def archived(number: int = 1, wave: str | None = None) -> Told:
    """A release that the site marked when its government fell."""
    notice = Notice(
        kind=NoticeKind.ARCHIVED,
        text="Innehållet publicerades under perioden 3 oktober 2022 till den 12 september 2026",
        period=(dt.date(2022, 10, 3), dt.date(2026, 9, 12)),
        government="regeringen Ek",
    )
    before = replace(berths(), title=f"Uppdrag {number} till Hamnverket")
    finding = Finding(kind=Kind.ARCHIVED, period=notice.period, government=notice.government)
    url = f"{BASE}/2024/01/uppdrag-{number}/"
    made = change(Kind.ARCHIVED, url=url, id=number, title=before.title, finding=finding, wave=wave)
    return told(made, before, replace(before, notices=(notice,)))


def removed(number: int = 1) -> Told:
    """A page that is gone."""
    url = f"{BASE}/2026/08/resa-{number}/"
    finding = Finding(kind=Kind.REMOVED, status=404)
    made = change(
        Kind.REMOVED, url=url, id=number, title="Statsministerns resa till Norrvik", finding=finding, after=None
    )
    return told(made, replace(berths(), title=made.title), None)


def replaced() -> Told:
    """A file behind a link that another one took the place of."""
    href = f"{BASE}/filer/tidtabell.pdf"
    release = replace(berths(), attachments=(Attachment(url=href, name="Tidtabell 2027", size="pdf 120 kB"),))
    return told(change(Kind.ATTACHMENT, finding=Finding(kind=Kind.ATTACHMENT, href=href)), release, release)


def letter(*items: Told, **more: Any) -> Letter:
    """A letter with these changes to one reader."""
    values: dict[str, Any] = {
        "delivery_id": "delivery-17",
        "to": "reader@example.org",
        "sender": "Pressvakt <alerts@pressvakt.example>",
        "language": "sv",
        "items": items,
        "rhythm": "now",
        "total": len(items),
        "wave": None,
        "zone": STOCKHOLM,
        "created_at": SEEN + dt.timedelta(minutes=3),
        "unsubscribe_url": "https://pressvakt.example/unsubscribe/abc",
        "manage_url": "https://pressvakt.example/manage/abc",
        "list_id": "alerts.pressvakt.example",
        "thread": None,
    }
    return Letter(**(values | more))


def mixed() -> Sequence[Told]:
    """A day on which much happened."""
    corrected = edited(
        replace(berths(), title="Pressträff om isbrytarna"),
        replace(berths(), title="Inställt: Pressträff om isbrytarna", updated=day(9)),
        url=f"{BASE}/2026/09/isbrytare/",
        id=31,
    )
    elsewhere = replace(published(40, "Bidrag till idrotten höjs"), site_title="Norrviks kommun")
    return (edit(), published(2), corrected, removed(), replaced(), archived(5), published(3), elsewhere)
