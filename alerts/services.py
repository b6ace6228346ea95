"""Whatever Apprise reaches: Slack, Teams, Matrix, ntfy and a hundred more, each by an address of its own scheme."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from typing import Any

from alerts.carriers import Outcome
from alerts.letters import Packet
from alerts.mailer import State
from alerts.subscription import Channel

#: Letters of a message: chats cut what is longer, and Apprise would send it in pieces.
_LONGEST = 3_000


class NoApprise(Exception):  # noqa: N818 - named for what happened
    """Apprise is not installed."""


class AppriseCarrier:
    """Sends alerts through Apprise, as text.

    Raises:
        NoApprise: it is not installed.
    """

    channel = Channel.APPRISE

    def __init__(self) -> None:
        self._apprise = _apprise()

    def carry(self, packets: Iterable[Packet]) -> Iterator[Outcome]:
        """Send each."""
        for packet in packets:
            yield self._one(packet)

    def _one(self, packet: Packet) -> Outcome:
        service = self._apprise.Apprise()
        if not _added(service, packet.subscription.address):
            return Outcome(packet=packet, state=State.REFUSED, reason="Apprise does not know this address")
        said = _Said()
        logger = logging.getLogger("apprise")
        logger.addHandler(said)
        try:
            done = service.notify(
                title=str(packet.message["Subject"]), body=text_of(packet.message), body_format="text"
            )
        finally:
            logger.removeHandler(said)
        if done:
            return Outcome(packet=packet, state=State.ACCEPTED)
        # Apprise does not tell a fault of the moment from one for good: days of trying tell
        return Outcome(packet=packet, state=State.RETRY, reason=said.last or "the service did not take it", code=0)


def known(address: str) -> bool:
    """Whether Apprise can read an address.

    Raises:
        NoApprise: it is not installed.
    """
    return _added(_apprise().Apprise(), address)


def text_of(message: EmailMessage) -> str:
    """The plain text of a message, as much of it as a chat takes."""
    part = message.get_body(("plain",))
    text = "" if part is None else str(part.get_content()).strip()
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit("\n", 1)[0] + "\n…"


class _Said(logging.Handler):
    """What Apprise said last: it gives no reasons but in its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Remember one line."""
        self.last = record.getMessage()


def _added(service: Any, address: str) -> bool:
    with warnings.catch_warnings():
        # its plugins load here, and some of them still use what Python is about to drop
        warnings.simplefilter("ignore", DeprecationWarning)
        return bool(service.add(address))


def _apprise() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module("apprise")
    except ImportError:
        raise NoApprise(
            "this address needs Apprise, which is not installed: pip install 'pressvakt[apprise]'"
        ) from None
