"""Tokens: what a link in a message carries, so that whoever has it may confirm a subscription or end it.

A token names its subscription and proves, by a secret that is kept with it, that we gave it out. It is good for one
purpose alone. It is to be used on a POST: a GET changes nothing, because programs follow links that nobody clicked.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from enum import StrEnum

from storage.alert_records import Subscriber, SubscriberState
from storage.archive import Archive
from storage.outbox_subscribers import confirm_subscriber, end_subscriber, subscriber

#: How long a question whether it was really you may be answered.
CONFIRM_WITHIN = dt.timedelta(days=7)
_TOKEN = re.compile(r"(?P<id>[0-9]{1,12})-(?P<proof>[A-Za-z0-9_-]{27})")


class Use(StrEnum):
    """What a token is good for."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"


class TokenError(ValueError):
    """A token is not ours, not for this, or too old; the message is for whoever used it."""


def token(reader: Subscriber, use: Use) -> str:
    """The token of a subscription for one purpose: the same each time."""
    return f"{reader.id}-{_proof(reader, use)}"


def holder(archive: Archive, text: str, use: Use) -> Subscriber:
    """The subscription that a token is of.

    Raises:
        TokenError: it is none of ours for this purpose.
    """
    found = _TOKEN.fullmatch(text.strip())
    reader = subscriber(archive, int(found["id"])) if found else None
    if found is None or reader is None or not hmac.compare_digest(found["proof"], _proof(reader, use)):
        raise TokenError("this link is not one of ours, or was cut short; copy all of it")
    return reader


def confirm(archive: Archive, text: str, *, now: dt.datetime) -> Subscriber:
    """Begin to tell whoever holds this token; a second use does nothing more.

    Raises:
        TokenError: it is none of ours, has run out, or the subscription was ended.
    """
    reader = holder(archive, text, Use.CONFIRM)
    late = reader.state is SubscriberState.UNCONFIRMED and now - reader.created_at > CONFIRM_WITHIN
    if late or not confirm_subscriber(archive, reader.id, at=now):
        raise TokenError("this link has run out, or the subscription was ended; subscribe once more")
    return reader


def unsubscribe(archive: Archive, text: str, *, now: dt.datetime) -> Subscriber:
    """Tell whoever holds this token no more; a second use does nothing more.

    Raises:
        TokenError: it is none of ours.
    """
    reader = holder(archive, text, Use.UNSUBSCRIBE)
    end_subscriber(archive, reader.id, by_reader=True, at=now)
    return reader


def _proof(reader: Subscriber, use: Use) -> str:
    digest = hmac.new(reader.secret.encode(), f"{use}:{reader.id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:20]).rstrip(b"=").decode()
