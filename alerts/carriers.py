"""The ways out: a carrier takes messages one by one and says of each what became of it, before it takes the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from alerts.letters import Packet
from alerts.mailer import Mailer, State, Verdict, wire
from alerts.subscription import Channel


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one message."""

    packet: Packet
    state: State
    reason: str = ""
    code: int | None = None  #: the other side's answer; None where it gave none

    @property
    def unanswered(self) -> bool:
        """Whether the other side was not there at all."""
        return self.state is State.RETRY and self.code is None


class Carrier(Protocol):
    """One way out. `carry` takes a message only when it has said what became of the one before."""

    channel: Channel

    def carry(self, packets: Iterable[Packet]) -> Iterator[Outcome]:
        """Send each message.

        Raises:
            alerts.mail_settings.MailMisconfigured: no message can be sent as things are set.
        """


class MailCarrier:
    """Hands messages to the mail server."""

    channel = Channel.MAIL

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    def carry(self, packets: Iterable[Packet]) -> Iterator[Outcome]:
        """Send each over one connection."""
        hand: dict[str, Packet] = {}

        def messages() -> Iterator[tuple[str, EmailMessage, list[str]]]:
            for packet in packets:
                hand[packet.claim.delivery.key] = packet
                yield packet.claim.delivery.key, packet.message, [packet.subscription.address]

        for sent in self._mailer.send(messages()):
            packet = hand.pop(sent.delivery_id)
            verdict = next(iter(sent.verdicts), Verdict(recipient="", state=State.REFUSED, reason="no recipient"))
            yield Outcome(packet=packet, state=verdict.state, reason=verdict.reason, code=verdict.code)


class FolderCarrier:
    """Keeps messages as `.eml` files in a folder, instead of sending them. A message sent again takes its own place."""

    channel = Channel.MAIL

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def carry(self, packets: Iterable[Packet]) -> Iterator[Outcome]:
        """Write each."""
        for packet in packets:
            delivery = packet.claim.delivery
            name = f"{delivery.id:06d}-{delivery.key}.eml"
            part = self._folder / f".{name}.part"
            part.write_bytes(wire(packet.message))
            part.replace(self._folder / name)
            yield Outcome(packet=packet, state=State.ACCEPTED)
