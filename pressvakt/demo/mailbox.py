"""A mail server of the demo's own: real SMTP on loopback, and what it takes is kept in memory."""

from __future__ import annotations

import email
import email.policy
import socket
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller

from alerts.mail_settings import MailSettings

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Mailbox:
    """Takes every message for as long as the `with` block runs; `messages` are those that came, oldest first.

    Where there is a folder, each is also kept in it as it came over the wire: `1.eml`, `2.eml`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.messages: list[EmailMessage] = []
        self._folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._controller = _Controller(self, self._listener)
        self.settings = MailSettings(
            host="127.0.0.1", port=self._listener.getsockname()[1], tls="none", rate=0, helo="watch.skerries.example"
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802 - aiosmtpd's
        """Take a message."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append(message)
        if self._folder is not None:
            (self._folder / f"{len(self.messages)}.eml").write_bytes(envelope.content)
        return "250 kept"


def lines(message: EmailMessage) -> list[str]:
    """A message as a plain-text reader shows it."""
    part = message.get_body(("plain",))
    text = "" if part is None else str(part.get_content())
    heads = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
    return [*heads, "", *text.strip().splitlines()]


class _Controller(Controller):
    """aiosmtpd's own, on a port that is free and already ours."""

    def __init__(self, mailbox: Mailbox, listener: socket.socket) -> None:
        super().__init__(mailbox, hostname="127.0.0.1", port=listener.getsockname()[1])
        self._own = listener

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._own)
