"""A PostgreSQL server of our own for as long as the tests last: a folder in /tmp, loopback alone, nothing synced."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

#: Where Debian puts what is not meant for everybody's PATH.
DEBIAN = Path("/usr/lib/postgresql")
OLDEST = 15
#: Memory, where the machine lends some as a folder: the server writes many small files.
_FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None
#: Never do this to a server that is to keep something.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
}


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL that will do; None where there is none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    if DEBIAN.is_dir():
        versions = sorted((int(each.name), each / "bin") for each in DEBIAN.iterdir() if each.name.isdecimal())
        found += [folder for version, folder in reversed(versions) if version >= OLDEST]
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Server:
    """A server that is up. Its user may do everything, and needs no password."""

    def __init__(self, port: int, data: Path) -> None:
        self.port = port
        self.data = data

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str, name: str = "postgres") -> None:
        """Run a statement outside of any transaction."""
        with self.connect(name) as connection:
            connection.execute(statement)

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """A session as any other program opens it."""
        return psycopg.connect(self.url(name), autocommit=True)


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """A server for the time of the block; `folder` holds the binaries."""
    # pytest's own folders are closed to the user that the server runs as: it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="pressvakt-pg-", dir=_FAST) as home:
        user = _user(Path(home))
        data = Path(home) / "data"
        _run(user, home, folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8",
             "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=sv")  # fmt: skip
        settings = {**SETTINGS, **CARELESS, "unix_socket_directories": home}
        (data / "postgresql.auto.conf").write_text("".join(f"{key} = '{value}'\n" for key, value in settings.items()))
        for attempt in range(5):
            port = _free_port()
            command = [folder / "postgres", "-D", data, "-p", str(port)]
            with subprocess.Popen(
                list(map(str, command)), user=user, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                try:
                    if _is_up(port, process):
                        yield Server(port, data)
                        return
                finally:
                    process.terminate()  # a fast shutdown is SIGINT; with no sessions left SIGTERM is as good
                    if process.poll() is None:
                        process.send_signal(2)
                    process.wait(timeout=30)
            assert attempt < 4, "no PostgreSQL server would come up"


def _user(home: Path) -> str | None:
    """The user to run as, who owns the folder then: not root, who is refused."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(home, entry.pw_uid, entry.pw_gid)
        return name
    raise AssertionError("there is no user to run PostgreSQL as")


def _run(user: str | None, home: str, *command: object) -> None:
    subprocess.run(list(map(str, command)), user=user, cwd=home, check=True, capture_output=True, timeout=60)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _is_up(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a server takes sessions; False where it ended."""
    while process.poll() is None:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            # its own answer takes some milliseconds; nothing tells of the moment it is up
            continue
        return True
    return False
