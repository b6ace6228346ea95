"""What stands around a message: who, when, in which thread, and that a program wrote it."""

from __future__ import annotations

import datetime as dt
import hashlib
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import urlsplit

from alerts.mail_settings import is_this_machine
from alerts.messages.headers import exact, mailbox, message_id, spoken
from alerts.messages.text import linkable
from alerts.told import Language


class _Headers(HeaderRegistry):
    """`email` makes a new class for each header of each message, which takes longer than all the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, type] = {}

    def __getitem__(self, name: str) -> type:
        key = name.lower()
        if key not in self._made:
            self._made[key] = super().__getitem__(name)
        return self._made[key]


_POLICY = SMTP.clone(cte_type="7bit", utf8=False, header_factory=_Headers())


class Addressed(Protocol):
    """What every kind of letter has."""

    @property
    def delivery_id(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def language(self) -> Language: ...
    @property
    def created_at(self) -> dt.datetime: ...


def addressed(
    letter: Addressed,
    subject: str,
    *,
    list_id: str | None = None,
    thread: str | None = None,
    unsubscribe_url: str | None = None,
) -> EmailMessage:
    """A message with all its headers and no text yet.

    Raises:
        AddressError: `to` or `sender` is no address.
        ValueError: the list's name cannot stand in a header.
    """
    message = EmailMessage(policy=_POLICY)
    own = message_id(letter.delivery_id, letter.sender)
    headers = [
        mailbox("From", letter.sender),
        mailbox("To", letter.to),
        spoken("Subject", subject, limit=200),
        exact("Date", format_datetime(letter.created_at)),
        exact("Message-ID", own),
        exact("Auto-Submitted", "auto-generated"),  # RFC 3834: nobody's holiday note answers it
        exact("X-Auto-Response-Suppress", "All"),  # the same to Exchange, which does not read the RFC's
    ]
    if list_id:
        headers.append(exact("List-Id", list_id if "<" in list_id else f"<{list_id}>"))
    if thread and (answered := message_id(thread, letter.sender)) != own:
        headers += [exact("In-Reply-To", answered), exact("References", answered)]
    if url := linkable(unsubscribe_url):
        headers.append(exact("List-Unsubscribe", f"<{url}>"))
        if _may_post(url):
            headers.append(exact("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    for header in headers:
        message[header.name] = header
    return message


def seal(message: EmailMessage, letter: Addressed) -> None:
    """Give the message its language, and boundaries that depend on its delivery alone: composed again it is the same."""
    message["Content-Language"] = letter.language
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        mark = hashlib.sha256(f"{number}:{letter.delivery_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        part.set_boundary(f"=_{mark}_=")  # "=_" stands in no quoted-printable and in no base64 text


def _may_post(url: str) -> bool:
    """Whether a mail provider may be told to unsubscribe there by itself: over HTTPS (RFC 8058, 3.1), or here."""
    parts = urlsplit(url)
    return parts.scheme == "https" or is_this_machine(parts.hostname or "")
