"""A message as its reader's mail program takes it apart."""

from __future__ import annotations

import csv
import io
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from alerts.mailer import wire
from alerts.messages import compose
from alerts.told import Told
from tests.unit.alerts.letters import letter


def received(message: EmailMessage) -> EmailMessage:
    """The message as a mail program reads it."""
    found = message_from_bytes(wire(message), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    body = received(message).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def words(message: EmailMessage) -> str:
    """The plain part as one line."""
    return " ".join(part(message, "plain").split())


def rows(message: EmailMessage) -> list[dict[str, str]]:
    """The lines of the attached list."""
    (attached,) = received(message).iter_attachments()
    assert attached.get_content_type() == "text/csv"
    data = attached.get_payload(decode=True)
    assert isinstance(data, bytes)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def subject(*items: Told, **more: Any) -> str:
    return str(received(compose(letter(*items, **more)))["Subject"])
