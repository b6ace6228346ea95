"""Alerts at size: so many changes matched with so many subscriptions, and so many messages sent.

    python -m benchmarks.alerts --subscribers 1000 --changes 5000 --messages 1000

The subscriptions differ: by kind, label, sender and words, at once and daily. Matching is timed from what is owed to
deliveries that are written down; sending to a mail server of its own on loopback, in a process of its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from alerts.carriers import MailCarrier
from alerts.delivery import deliver
from alerts.mailer import Mailer, MailSettings
from alerts.matching import Matcher
from alerts.settings import AlertSettings
from alerts.subscription import Channel, Subscription, Where, Wishes, encode
from alerts.taking import take_up
from changes.canonical import text_digest
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage.alert_records import Origin
from storage.archive import Archive
from storage.outbox_owed import owed_changes
from storage.outbox_subscribers import add_subscriber
from storage.unit import Unit

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)
SENDERS = ("Justitiedepartementet", "Finansdepartementet", "Miljödepartementet", "Utrikesdepartementet")
KINDS = (Kind.EDITED, Kind.EDITED, Kind.EDITED, Kind.PUBLISHED, Kind.ARCHIVED)
SETTINGS = AlertSettings(sender="Pressvakt <pressvakt@watch.example>", base_url="https://watch.example")


def words(dice: random.Random) -> list[str]:
    """A vocabulary as a press office has it: many words, a few of them often."""
    letters = "abdefghiklmnoprstuvåäö"
    return ["".join(dice.choices(letters, k=dice.randint(3, 11))) for _ in range(20_000)]


def fill(archive: Archive, count: int, dice: random.Random, known: list[str]) -> None:
    """A crawl that found so many changes, of releases of some 300 words."""
    weights = [1 / (rank + 10) for rank in range(len(known))]
    done = 0
    with archive.writing() as unit:
        site = unit.add_site("press")
        crawl = unit.start_crawl(site.id, NOON)
    while done < count:
        with archive.writing() as unit:
            for _ in range(min(200, count - done)):
                _one(unit, done, site=site.id, crawl=crawl, said=dice.choices(known, weights, k=300), dice=dice)
                done += 1
    with archive.writing() as unit:
        unit.end_crawl(crawl, at=NOON, reason="finished", stats={})


def _one(unit: Unit, number: int, *, site: int, crawl: int, said: list[str], dice: random.Random) -> None:
    url = f"https://press.example/{number}"
    page = unit.add_page(site, url, at=NOON, baseline=False)
    kind, sender = dice.choice(KINDS), dice.choice(SENDERS)
    first = [" ".join(said[at : at + 30]) + " 160 platser." for at in range(0, 300, 30)]
    versions = [first, [*first[:4], first[4].replace("160", "100"), *first[5:]]] if kind is Kind.EDITED else [first]
    for version, paragraphs in enumerate(versions):
        body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in paragraphs)
        release = Release(title=f"Beslut {number}", body=body, senders=(sender,))
        kept = unit.keep_snapshot(
            page.id, url=url, status=200, headers=[], redirects=[], captured_at=NOON, body=f"{number} {version}".encode(),
            crawl_id=crawl,
        )  # fmt: skip
        unit.add_version(
            page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="plain", at=NOON
        )
    edited = kind is Kind.EDITED
    finding = Finding(kind=kind, fields=("body",) if edited else (), labels=("figure",) if edited else ())
    unit.add_change(
        page.id, finding, before=1 if edited else None, after=len(versions), title=f"Beslut {number}", url=url, at=NOON,
        baseline=False, crawl_id=crawl,
    )  # fmt: skip


def wishes(dice: random.Random, known: list[str]) -> Wishes:
    """What one reader might ask for: half of them ask for words."""
    return Wishes(
        kinds=tuple({dice.choice(KINDS) for _ in range(dice.choice((0, 0, 1, 2)))}),
        labels=("figure",) if dice.random() < 0.2 else (),
        senders=(dice.choice(SENDERS)[:8],) if dice.random() < 0.2 else (),
        words=(dice.choice(known), f"{dice.choice(known)[:6]}*") if dice.random() < 0.5 else (),
        where=dice.choice(tuple(Where)),
    )


def subscribe(archive: Archive, number: int, wanted: Wishes, **more: Any) -> None:
    """One more reader."""
    address = f"reader{number}@reader.example"
    asked = Subscription(address=address, channel=Channel.MAIL, wishes=wanted, **more)
    add_subscriber(
        archive, origin=Origin.COMMAND, channel="mail", address=address, terms=encode(asked), at=NOON, confirmed=True
    )


def match(folder: Path, subscribers: int, changes: int) -> None:
    """Time the matching, alone and with all that it reads and writes."""
    dice = random.Random(1)
    known = words(dice)
    with Archive.open(f"sqlite:///{folder / 'match.db'}") as archive:
        asked = [wishes(dice, known) for _ in range(subscribers)]
        for number, one in enumerate(asked):
            subscribe(archive, number, one, rhythm=dice.choice(("now", "daily")))
        fill(archive, changes, dice, known)
        lot = list(owed_changes(archive, [1], releases=True, most=changes))
        started, burnt = time.perf_counter(), time.process_time()
        matcher = Matcher(asked)
        for owed in lot:
            matcher.add(owed)
        found = sum(bits.bit_count() for bits in matcher.fitting().values())
        alone, burnt = time.perf_counter() - started, time.process_time() - burnt
        del lot
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        made = take_up(archive, now=NOON)
        whole = time.perf_counter() - started
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"{subscribers} subscribers, {changes} changes: matched in {alone:.2f} s ({burnt:.2f} s of CPU; {found} fit); read, matched and "
        f"written down as {made.messages} messages in {whole:.2f} s, {more / 1024:.0f} MB more memory"
    )


def send(folder: Path, messages: int) -> None:
    """Time the sending of one edit to so many readers."""
    dice, later = random.Random(2), NOON + dt.timedelta(hours=1)
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.alerts", "--server"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    settings = MailSettings(host="127.0.0.1", port=port, tls="none", rate=0, helo="watch.example")
    try:
        for name, changes in (("one edit", 1), ("a digest of 40 changes", 40)):
            with Archive.open(f"sqlite:///{folder / f'send{changes}.db'}") as archive:
                for number in range(messages):
                    subscribe(archive, number, Wishes(), rhythm="now" if changes == 1 else "hourly")
                fill(archive, changes, dice, words(dice))
                take_up(archive, now=NOON)
                started, burnt = time.perf_counter(), time.process_time()
                report = deliver(archive, [MailCarrier(Mailer(settings))], SETTINGS, now=lambda: later)
                seconds, burnt = time.perf_counter() - started, time.process_time() - burnt
            print(
                f"{name}: {report.sent} messages sent in {seconds:.1f} s, {report.sent / seconds:.0f} a second; "
                f"{1000 * burnt / report.sent:.1f} ms of CPU each"
            )
    finally:
        server.terminate()
        server.wait()


def serve() -> None:
    """A mail server that takes everything; says its port and runs until it is ended."""
    import signal  # noqa: PLC0415
    import socket  # noqa: PLC0415

    from aiosmtpd.controller import Controller  # noqa: PLC0415
    from aiosmtpd.handlers import Sink  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    Controller(Sink(), hostname="127.0.0.1", port=port).start()
    print(port, flush=True)
    signal.pause()


def main() -> None:
    """Run both and say what they took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=5000)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--server", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.server:
        serve()
        return
    with tempfile.TemporaryDirectory(prefix="pressvakt-alerts.") as folder:
        match(Path(folder), arguments.subscribers, arguments.changes)
        send(Path(folder), arguments.messages)


if __name__ == "__main__":
    main()
