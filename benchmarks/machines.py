"""Machines for a trial on one: network namespaces with addresses of their own, a database server that can be restarted,
and a door in front of a site that counts how many requests are in flight at a time. Needs root and iproute2.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import CARELESS, SETTINGS, _run, _user, binaries

BRIDGE = "pvbr0"
NET = "10.99.0"
GATE = f"{NET}.1"  #: where the database and the site are
ROOT = Path(__file__).resolve().parents[1]


class Machine:
    """A network namespace with one address; processes run in it, and its cable can be pulled."""

    def __init__(self, number: int) -> None:
        self.name = f"pvm{number}"
        self.address = f"{NET}.{10 + number}"
        self._cable = f"pvv{number}"
        _ip("netns", "add", self.name)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("link", "set", self._cable, "master", BRIDGE, "up")
        for command in (
            ("addr", "add", f"{self.address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", self.name, *command)

    def start(self, command: Sequence[str], *, cwd: Path, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start a process there, in a process group of its own. It takes the machine for one of that name."""
        named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name]
        with log.open("ab") as words:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, *named, *command],
                cwd=cwd,
                env=env,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    def pull(self, *, out: bool) -> None:
        """Pull the cable out, or put it back."""
        _ip("link", "set", self._cable, "down" if out else "up")

    def scrap(self) -> None:
        """Leave nothing of it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("netns", "del", self.name)


@contextmanager
def machines(count: int) -> Iterator[list[Machine]]:
    """So many machines on one wire; this process is at `GATE`."""
    made: list[Machine] = []
    for number in range(1, 10):  # what an earlier trial left behind
        subprocess.run(["ip", "netns", "del", f"pvm{number}"], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", f"pvv{number}"], check=False, capture_output=True)
    subprocess.run(["ip", "link", "del", BRIDGE], check=False, capture_output=True)
    _ip("link", "add", BRIDGE, "type", "bridge")
    try:
        _ip("addr", "add", f"{GATE}/24", "dev", BRIDGE)
        _ip("link", "set", BRIDGE, "up")
        for number in range(1, count + 1):
            made.append(Machine(number))  # noqa: PERF401 - whatever fails, those that were made are scrapped
        yield made
    finally:
        for machine in made:
            machine.scrap()
        _ip("link", "del", BRIDGE)


class Database:
    """A PostgreSQL server of our own that keeps what it says, and can be restarted."""

    def __init__(self, address: str, port: int) -> None:
        folder = binaries()
        if folder is None:
            sys.exit("no PostgreSQL 15 or newer is installed")
        self._bin = folder
        self.address, self.port = address, port
        self._home = tempfile.mkdtemp(prefix="pressvakt-pg-")
        self._user = _user(Path(self._home))
        self._data = Path(self._home) / "data"
        _run(self._user, self._home, folder / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E",
             "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=sv")  # fmt: skip
        careless = {key: value for key, value in CARELESS.items() if key != "autovacuum"}
        settings = {**SETTINGS, **careless, "unix_socket_directories": self._home, "listen_addresses": "*"}
        text = "".join(f"{key} = '{value}'\n" for key, value in settings.items())
        (self._data / "postgresql.auto.conf").write_text(text)
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {NET}.0/24 trust\n")
        self.start()
        _run(self._user, self._home, folder / "createdb", "-h", self._home, "-p", port, "-U", "postgres", "press")

    def url(self, address: str | None = None) -> str:
        """The address of the archive's database."""
        return f"postgresql://postgres@{address or self.address}:{self.port}/press"

    def start(self) -> None:
        """Bring it up."""
        self._control("start", "-w", "-o", f"-p {self.port}", "-l", str(Path(self._home) / "log"))

    def stop(self) -> None:
        """Take it down at once, as a restart of the machine would."""
        self._control("stop", "-m", "immediate")

    def scrap(self) -> None:
        """Leave nothing of it."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def _control(self, *command: str) -> None:
        _run(self._user, self._home, self._bin / "pg_ctl", "-D", self._data, *command)


class Door:
    """Stands in front of a site: hands on what comes, one connection a request, and counts."""

    def __init__(self, address: str, port: int, *, behind: int, hold: float = 0.0) -> None:
        """`behind`: the site's port on loopback. `hold`: seconds that each answer takes at least."""
        self.most = 0  #: requests in flight at a time
        self.overlaps: list[str] = []
        self.asked: Counter[str] = Counter()  #: requests by who asked
        self._behind, self._hold = behind, hold
        self._inside: dict[int, str] = {}
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._serve, args=(address, port, ready), daemon=True).start()
        ready.wait()

    def close(self) -> None:
        """Serve no more."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _serve(self, address: str, port: int, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(asyncio.start_server(self._pass_on, address, port))
        ready.set()
        self._loop.run_forever()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        who = str(writer.get_extra_info("peername")[0])
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self._enter(id(writer), who, head)
            there, here = await asyncio.open_connection("127.0.0.1", self._behind)
            lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
            here.write(b"\r\n".join(lines) + b"\r\n\r\n")
            answer = await there.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            body = await there.readexactly(length)
            here.close()
            await asyncio.sleep(self._hold)
            writer.write(answer[:-2] + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._inside.pop(id(writer), None)
            writer.close()

    def _enter(self, key: int, who: str, head: bytes) -> None:
        self._inside[key] = who
        self.asked[who] += 1
        if len(self._inside) > 1:
            line = head.split(b"\r\n")[0].decode("latin-1")
            self.overlaps.append(
                f"{time.strftime('%H:%M:%S')} {line} from {who} beside {sorted(self._inside.values())}"
            )
        self.most = max(self.most, len(self._inside))


def kill_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
