"""Kill -9 between a change and the mail that tells of it, and look whether each reader heard of each change.

    python -m benchmarks.mail_kills --kills 200

A press site is edited, one figure after the other, while crawls and `alerts send` are killed: half of them at a random
moment of their lives, half just when the mail server has a message in hand, before its answer or right after it.
At the end each reader must have a mail with each figure, and no kill may have cost more than one repeated message,
with the same Message-ID. Nothing may come of the first crawl, nor of a reread.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from storage.alert_records import DeliveryState
from storage.archive import Archive
from storage.outbox import Outbox, owed_count
from tests.press_site import PressSite

ROOT = Path(__file__).resolve().parents[1]
CRAWL = ("crawl", "press", "--all", "--quiet")
SEND = ("alerts", "send")
READERS = ("anna@reader.example", "bo@reader.example", "cia@reader.example")
PAGES = 12
PATIENCE = 120.0

_CONFIG = """\
contact = "kills@pressvakt.example"
[storage]
database = "sqlite:///press.db"
[network]
allow_private = ["127.0.0.1"]
[mail]
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Pressvakt <pressvakt@watch.example>"
rate = 0
"""
_SUBSCRIPTION = """
[[subscription]]
to = "{address}"
language = "{language}"
"""
_PROFILE = """\
extends = "regeringen.se"
base_url = "{url}"
[crawl]
delay = "0s"
concurrency = 8
"""
_TEXT = (
    "Regeringen ger i dag myndigheten i uppdrag att bygga {number} nya platser vid anstalten i Norrvik.\n\n"
    "Arbetet ska vara klart senast den 1 december. Uppdraget redovisas till departementet, beslut {page} av tolv."
)


@dataclass
class Report:
    """What a trial found. `faults` has one line for each alert that was lost, and each that came without cause."""

    kills: int = 0
    at_the_server: int = 0
    edits: int = 0
    mails: int = 0
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills ({self.at_the_server} with a message in the server's hand), {self.edits} edits for "
            f"{len(READERS)} readers, {self.mails} mails, {self.repeated} repeated; "
            f"{len(self.faults)} lost, doubled or without cause"
        )


class Mailbox:
    """A mail server that keeps what it takes, and may kill who sends: before it answers, or just after."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.victim: int | None = None  #: killed at the next message
        self.before = True
        self.killed = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Take a message."""
        self.taken += [(reader, envelope.content) for reader in envelope.rcpt_tos]
        victim, self.victim = self.victim, None
        if victim is not None:
            self.killed.set()
            if self.before:
                os.kill(victim, signal.SIGKILL)
            else:
                threading.Timer(random.random() * 0.004, os.kill, (victim, signal.SIGKILL)).start()
        return "250 kept"


class Mother:
    """Forks commands from a process that has imported all it needs."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.mail_kills", "--mother"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )

    def close(self) -> None:
        """End her; she has no children left."""
        self._process.communicate()

    @contextlib.contextmanager
    def child(self, folder: Path, arguments: tuple[str, ...]) -> Iterator[int]:
        """Run a command; gives its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), arguments]).encode() + b"\n")
        yield int(self._process.stdout.readline())

    def ended(self, seconds: float) -> bool:
        """Whether the child ends within so many seconds."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], seconds)[0])

    def code(self) -> int:
        """The child's exit code, once it has ended; below zero where it was killed."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


class Trial:
    """One installation that is edited, crawled, killed, and crawled again."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.dice, self.report = folder, random.Random(seed), Report()
        self.box, self.site, self.mother = Mailbox(), PressSite(), Mother()
        self.usual: dict[tuple[str, ...], float] = {}
        self.figures: list[str] = []

    def run(self, kills: int) -> Report:
        """Kill so many times."""
        controller = Controller(self.box, hostname="127.0.0.1", port=_free_port())
        with self.site, contextlib.closing(self.mother):
            controller.start()
            try:
                self._found(controller.port)
                while self.report.kills < kills:
                    self._day(kills)
                self._finish()
            finally:
                controller.stop()
        self._judge()
        return self.report

    def _found(self, port: int) -> None:
        (self.folder / "sites").mkdir(parents=True)
        readers = "".join(
            _SUBSCRIPTION.format(address=address, language=language)
            for address, language in zip(READERS, ("sv", "en", "sv"), strict=True)
        )
        (self.folder / "pressvakt.toml").write_text(_CONFIG.format(port=port) + readers)
        (self.folder / "sites" / "press.toml").write_text(_PROFILE.format(url=self.site.url))
        for page in range(PAGES):
            body = _TEXT.format(number=1000 + page, page=page)
            self.site.add(f"/pressmeddelanden/2026/09/beslut-{page}/", title=f"Beslut {page} om platser", body=body)
        self._whole(CRAWL)
        if self.box.taken:
            self.report.faults.append("the first crawl alerted somebody")

    def _day(self, kills: int) -> None:
        """Edit one to three pages, and crawl and send until it is through, killed now and then."""
        for page in self.dice.sample(range(PAGES), self.dice.randint(1, 3)):
            figure = str(10_000 + len(self.figures))
            self.figures.append(figure)
            self.site.edit(f"/pressmeddelanden/2026/09/beslut-{page}/", body=_TEXT.format(number=figure, page=page))
        for _ in range(self.dice.randint(1, 4)):
            if self.report.kills >= kills:
                break
            self._killed(self.dice.choice((CRAWL, CRAWL, SEND)))
        self._whole(CRAWL)

    def _killed(self, arguments: tuple[str, ...]) -> None:
        at_the_server = self.dice.random() < 0.5
        self.box.killed.clear()
        self.box.before = self.dice.random() < 0.5
        with self.mother.child(self.folder, arguments) as pid:
            if at_the_server:
                self.box.victim = pid
                self.mother.ended(PATIENCE)
                self.box.victim = None
            elif not self.mother.ended(self.dice.random() * self.usual.get(arguments, 1.0)):
                os.kill(pid, signal.SIGKILL)
            killed = self.mother.code() < 0
        self.report.kills += killed
        self.report.at_the_server += killed and at_the_server

    def _whole(self, arguments: tuple[str, ...]) -> None:
        started = time.monotonic()
        with self.mother.child(self.folder, arguments):
            code = self.mother.code()
        self.usual[arguments] = time.monotonic() - started
        if code:
            self.report.faults.append(f"{' '.join(arguments)} ended with {code}; see commands.log")

    def _finish(self) -> None:
        self._whole(CRAWL)
        self._whole(SEND)
        before = len(self.box.taken)
        self._whole(("reread", "press"))
        self._whole(SEND)
        if len(self.box.taken) > before:
            self.report.faults.append("a reread alerted somebody")

    def _judge(self) -> None:
        read = [(reader, _message(content)) for reader, content in self.box.taken]
        texts = {reader: " ".join(text for who, (_, text) in read if who == reader) for reader in READERS}
        known = Counter((who, name) for who, (name, _) in read)
        bodies = {name: content for _, content in self.box.taken if (name := _message(content)[0])}
        self.report.edits, self.report.mails = len(self.figures), len(read)
        self.report.repeated = sum(count - 1 for count in known.values())
        lost = [(reader, figure) for reader in READERS for figure in self.figures if figure not in texts[reader]]
        self.report.faults += [f"{reader} never heard of {figure}" for reader, figure in lost]
        self.report.faults += [
            "a message was sent twice in two forms"
            for _, content in self.box.taken
            if bodies[_message(content)[0]] != content
        ]
        if self.report.repeated > self.report.kills:
            self.report.faults.append(f"{self.report.repeated} repeats for {self.report.kills} kills")
        with Archive.open(f"sqlite:///{self.folder / 'press.db'}") as archive:
            counts = Outbox(archive).counts()
            changes = sum(not change.baseline for change in archive.changes())
            told = sum(many for _, many in Outbox(archive).deliveries(DeliveryState.SENT))
            left = owed_count(archive)
        if left or counts[DeliveryState.SENT] != len(known) or sum(counts.values()) != len(known):
            self.report.faults.append(f"the outbox says {counts}, {left} owed; {len(known)} messages came")
        if told != changes * len(READERS):
            self.report.faults.append(f"{changes} changes for {len(READERS)} readers were told {told} times")


def _message(content: bytes) -> tuple[str, str]:
    """A mail's Message-ID and text."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    part = message.get_body(("plain",))
    return str(message["Message-ID"]), "" if part is None else str(part.get_content())


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def mother() -> None:
    """Fork a command for each line of standard input; say its process id at once, and its exit code at its end."""
    import crawler.process  # noqa: F401, PLC0415 - what the commands need, imported once
    import pressvakt.commands.alerts  # noqa: PLC0415
    import pressvakt.commands.crawl  # noqa: F401, PLC0415
    from pressvakt.cli import main as command  # noqa: PLC0415

    for line in sys.stdin:
        folder, arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.chdir(folder)
            log = os.open("commands.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os._exit(command(arguments))
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def main() -> int:
    """Run a trial and say what it found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mother", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.mother:
        with contextlib.suppress(BrokenPipeError):
            mother()
        return 0
    folder = Path(tempfile.mkdtemp(prefix="pressvakt-mail-kills."))
    report = Trial(folder, arguments.seed).run(arguments.kills)
    print(*report.faults, report, sep="\n")
    if report.faults:
        print(f"the installation is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
