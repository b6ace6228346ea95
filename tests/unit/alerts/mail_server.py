"""A real mail server on loopback whose answers a test chooses."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from alerts.mailer import MailSettings

USER, PASSWORD = "pressvakt", "correct horse"


@dataclass
class Office:
    """What the server says, and what it took. Answers are given in turn; the last one stays."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    hang_up_after_data: int = 0  #: so many times it takes the text and says nothing

    def said(self, step: str) -> str | None:
        """The next answer to a step, or to one recipient."""
        left = self.answers.get(step)
        if not left:
            return None
        return left.pop(0) if len(left) > 1 else left[0]

    async def handle_EHLO(  # noqa: N802 - aiosmtpd looks for it by this name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if not session.host_name:
            self.connections += 1
        session.host_name = hostname
        return [line for line in responses if "8BITMIME" not in line and not self._cut(line)]

    def _cut(self, line: str) -> bool:
        return any(word in line for word in self.answers.get("cut", ()))

    async def handle_MAIL(  # noqa: N802 - aiosmtpd looks for it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.said("mail")
        if answer and not answer.startswith("250"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.said(address)
        if answer is None or answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 OK"
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.hang_up_after_data:
            self.hang_up_after_data -= 1
            assert server.transport is not None
            server.transport.close()
            return "250 never heard"
        answer = self.said("data") or "250 2.0.0 kept"
        if answer.startswith("250"):
            self.taken.append(envelope)
            assert server.transport is not None
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return answer


class _Controller(Controller):
    """aiosmtpd's own, on a port that is free."""

    def __init__(self, office: Office, listener: socket.socket, **more: Any) -> None:
        super().__init__(office, hostname="localhost", port=listener.getsockname()[1], **more)
        self._listener = listener

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listener, ssl=self.ssl_context)


def check_password(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
    """Whether it is the one user."""
    good = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextlib.contextmanager
def mail_office(
    office: Office, *, certificate: tuple[Path, Path] | None = None, implicit: bool = False, log_in: bool = False
) -> Iterator[MailSettings]:
    """A running server; gives the settings that reach it. `certificate` is (key, certificate)."""
    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate[1], certificate[0])
    more: dict[str, Any] = {"ssl_context": context} if implicit else {"tls_context": context}
    if log_in:
        # a connection that was encrypted from the start does not count as such there
        more |= {"authenticator": check_password, "auth_required": not implicit, "auth_require_tls": not implicit}
    controller = _Controller(office, listener, **more)
    controller.start()
    try:
        yield MailSettings(
            host="localhost",
            port=listener.getsockname()[1],
            tls="none" if context is None else "tls" if implicit else "starttls",
            ca_file=certificate[1] if certificate else None,
            rate=0,
            timeout=5,
            helo="watch.example.org",
        )
    finally:
        controller.stop()


def scripted(*lines: bytes, then: Callable[[socket.socket], None] | None = None) -> Iterator[int]:
    """A server that says these lines, one for each line it hears, and hangs up. Gives its port; for one connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as heard:
            for line in lines:
                connection.sendall(line + b"\r\n")
                if line is not lines[-1]:
                    heard.readline()
            if then is not None:
                then(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(timeout=5)


def note(number: int = 1, sender: str = "alerts@pressvakt.example", text: str = "Hej å\r\n") -> EmailMessage:
    """A small message."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "reader@example.org"
    message["Subject"] = f"Note {number}"
    message["Message-ID"] = f"<{number}@pressvakt.example>"
    message.set_content(text, cte="quoted-printable")
    return message


def notes(
    number: int, recipients: Sequence[str] = ("reader@example.org",)
) -> Iterator[tuple[str, EmailMessage, Sequence[str]]]:
    """So many messages to the same people, as a mailer takes them."""
    for at in range(1, number + 1):
        yield f"d{at}", note(at), recipients
