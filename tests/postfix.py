"""Debian's Postfix on loopback, with a folder of its own: submission, queue and mailboxes."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Services that take a message, keep it and lay it into a mailbox; none leaves its folder or needs the system's log.
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_SETTINGS = """\
compatibility_level = 3.6
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
queue_directory = {folder}/queue
data_directory = {folder}/data
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.org
mydestination =
mynetworks = 127.0.0.0/8
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
smtputf8_enable = no
disable_mime_output_conversion = no
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """A running server."""

    port: int
    folder: Path

    def mailbox(self, name: str, number: int, seconds: float = 20) -> list[bytes]:
        """The messages in a mailbox, once there are so many; fewer where they do not come in time."""
        folder = self.folder / "mail" / name / "new"
        end = time.monotonic() + seconds
        while time.monotonic() < end and (not folder.is_dir() or len(list(folder.iterdir())) < number):
            time.sleep(0.05)
        return [file.read_bytes() for file in sorted(folder.iterdir())] if folder.is_dir() else []

    @property
    def log(self) -> str:
        """What it wrote down."""
        return (self.folder / "log").read_text("utf-8", "replace")


def why_not() -> str | None:
    """Why Postfix cannot be had here; None where it can."""
    if shutil.which("postfix") is None:
        return "no Postfix here: apt-get install postfix"
    return None if os.geteuid() == 0 else "Postfix starts as root only"


@contextlib.contextmanager
def postfix(*, names: tuple[str, ...], certificate: tuple[Path, Path]) -> Iterator[Postfix]:
    """A server with a mailbox `name@example.org` for each name; `certificate` is (key, certificate)."""
    # pytest's own folders are for its user alone, and Postfix works as several
    with (
        tempfile.TemporaryDirectory(prefix="pressvakt-postfix.") as folder,
        _running(Path(folder), names, certificate) as found,
    ):
        yield found


@contextlib.contextmanager
def _running(folder: Path, names: tuple[str, ...], certificate: tuple[Path, Path]) -> Iterator[Postfix]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    keeper, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    folder.chmod(0o755)
    for part, user in (("etc", None), ("queue", None), ("data", owner), ("mail", keeper)):
        (folder / part).mkdir()
        if user is not None:
            os.chown(folder / part, user.pw_uid, user.pw_gid)
    boxes = ", ".join(f"{name}@example.org={name}/" for name in names)
    (folder / "etc" / "master.cf").write_text(_SERVICES.format(port=port))
    (folder / "etc" / "main.cf").write_text(
        _SETTINGS.format(
            folder=folder,
            boxes=boxes,
            uid=keeper.pw_uid,
            gid=keeper.pw_gid,
            key=certificate[0],
            certificate=certificate[1],
        )
    )
    _say(folder, "start")
    try:
        _listening(port)
        yield Postfix(port=port, folder=folder)
    finally:
        _say(folder, "abort")


def _say(folder: Path, command: str) -> None:
    done = subprocess.run(
        ["postfix", "-c", str(folder / "etc"), command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, (
        done.stderr + (folder / "log").read_text() if (folder / "log").exists() else done.stderr
    )


def _listening(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
