"""The mailer: messages in, what the server said of each recipient out. Knows nothing of subscriptions or archives."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Self

from alerts.connection import Connection, State, Verdict, connect
from alerts.mail_settings import MailError, MailMisconfigured, MailSettings, MailUnavailable

__all__ = [
    "MailError",
    "MailMisconfigured",
    "MailSettings",
    "MailUnavailable",
    "Mailer",
    "Sent",
    "State",
    "Verdict",
    "wire",
]

#: Seven bits only, and CRLF: any server takes it, with 8BITMIME or without. A message that was read from a file keeps
#: its headers as they stand there: `email` would fold long addresses into encoded words.
_WIRE = SMTP.clone(cte_type="7bit", utf8=False, refold_source="none")
#: What may stand in a command to the server: one @, and nothing that would end the command or begin another one.
_ADDRESS = re.compile(r"[^\s@<>\x00-\x1f\x7f]{1,64}@[^\s@<>\x00-\x1f\x7f]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of one message, recipient by recipient."""

    delivery_id: str
    verdicts: tuple[Verdict, ...]

    @property
    def accepted(self) -> bool:
        """Whether the server took it for every recipient."""
        return all(verdict.state is State.ACCEPTED for verdict in self.verdicts)


class Mailer:
    """Hands messages to one mail server, many over one connection and no faster than the settings' rate.

    `sleep` and `clock` (seconds, monotonic) are for tests.
    """

    def __init__(
        self,
        settings: MailSettings,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._pace = _Pace(settings.rate, sleep, clock)

    def send(self, messages: Iterable[tuple[str, EmailMessage, Sequence[str]]]) -> Iterator[Sent]:
        """Send each (delivery id, message, recipients); one `Sent` for each, as soon as the server has spoken.

        Messages are taken one by one, when their turn comes. A fault of the network or the server makes verdicts to
        try again; once the server cannot be reached the rest gets them without asking it. Stop taking, and the
        connection is closed.

        Raises:
            MailMisconfigured: a wrong password, certificate or setting; of the message at hand nothing was sent.
        """
        with _Line(self.settings) as line:
            for delivery_id, message, recipients in messages:
                verdicts = self._deliver(line, message, list(dict.fromkeys(recipients)))
                yield Sent(delivery_id=delivery_id, verdicts=tuple(verdicts))

    def check(self) -> None:
        """Connect and log in, and send nothing.

        Raises:
            MailMisconfigured: as `send`.
            MailUnavailable: the server cannot be reached.
        """
        connect(self.settings).close()

    def _deliver(self, line: _Line, message: EmailMessage, recipients: Sequence[str]) -> list[Verdict]:
        if line.down is not None:
            return [Verdict(recipient=one, state=State.RETRY, reason=line.down) for one in recipients]
        sender = _envelope(self.settings.bounces or parseaddr(str(message["From"]))[1])
        if not _ADDRESS.fullmatch(sender):
            raise MailMisconfigured(f"mail: {sender!r} is no address to send from")
        found = {one: _no_address(one) for one in recipients if not _ADDRESS.fullmatch(one)}
        targets = {one: _envelope(one) for one in recipients if one not in found}
        try:
            if targets:
                data = wire(message)
                self._pace.wait()
                found |= line.hand_over(sender, targets, data)
        except MailUnavailable as error:
            found |= {one: Verdict(recipient=one, state=State.RETRY, reason=str(error)) for one in targets}
        return [found[one] for one in recipients]


def wire(message: EmailMessage) -> bytes:
    """The message as it goes over the wire: seven bits, lines that end in CRLF."""
    return message.as_bytes(policy=_WIRE)


class _Line:
    """The connection of one `send`, made when first needed and anew when it broke or served long enough."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._connection: Connection | None = None
        self.down: str | None = None  #: why the server cannot be reached

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def hand_over(self, sender: str, targets: dict[str, str], data: bytes) -> dict[str, Verdict]:
        """Verdicts by the recipient's own spelling. A connection that went stale while it waited is made once more."""
        connection = self._open()
        fresh = connection.served == 0
        try:
            return _offer(connection, sender, targets, data)
        except MailUnavailable:
            self.close()
            if fresh:
                raise
        return _offer(self._open(), sender, targets, data)

    def _open(self) -> Connection:
        open_now = self._connection
        if open_now is not None and open_now.usable and open_now.served < self._settings.per_connection:
            return open_now
        self.close()
        try:
            self._connection = connect(self._settings)
        except MailUnavailable as error:
            self.down = str(error)
            raise
        return self._connection


def _offer(connection: Connection, sender: str, targets: dict[str, str], data: bytes) -> dict[str, Verdict]:
    found = {one: _foreign(one) for one, to in targets.items() if not (to.isascii() or connection.takes_any_address)}
    asked = [one for one in targets if one not in found]
    if asked:
        verdicts = connection.hand_over(sender, [targets[one] for one in asked], data)
        found |= {
            one: Verdict(recipient=one, state=said.state, code=said.code, status=said.status, reason=said.reason)
            for one, said in zip(asked, verdicts, strict=True)
        }
    return found


def _foreign(recipient: str) -> Verdict:
    reason = "the mail server takes no addresses with letters beyond ASCII before the @ (RFC 6531)"
    return Verdict(recipient=recipient, state=State.REFUSED, status="5.6.7", reason=reason)


def _no_address(recipient: str) -> Verdict:
    return Verdict(recipient=recipient, state=State.REFUSED, status="5.1.3", reason="this is no e-mail address")


def _envelope(address: str) -> str:
    """An address as the server is asked for it: its domain in ASCII, so that every server takes it."""
    local, at, domain = address.rpartition("@")
    with contextlib.suppress(UnicodeError):
        return f"{local}{at}{domain.encode('idna').decode('ascii')}"
    return address


class _Pace:
    """At most so many a second, evenly."""

    def __init__(self, rate: float, sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._sleep, self._clock = sleep, clock
        self._next = 0.0

    def wait(self) -> None:
        if not self._gap:
            return
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._gap
