"""Webhooks: alerts as JSON, POSTed and signed as Standard Webhooks says (standardwebhooks.com).

`webhook-id` is the delivery's key and stays the same when it is sent again; `webhook-signature` is `v1,` and the
base64 of the HMAC-SHA256 of `ID.TIMESTAMP.BODY` under the subscription's secret.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from alerts.carriers import Outcome
from alerts.letters import Packet
from alerts.mailer import State
from alerts.subscription import Channel
from storage.alert_records import Origin, OwedNews, Subscriber
from storage.records import Change

#: Seconds for each step of one request.
TIMEOUT = 20.0
#: Bytes of an answer that are read: what it says is for the reason in the outbox.
_ANSWER = 2_000
_GONE = 410
#: What may be tried again though it is an error of ours by its number (RFC 9110, 15.5; RFC 6585).
_LATER = frozenset({408, 409, 421, 423, 425, 429})

#: Lets a connect to an address and port go ahead, or raises.
Dial = Callable[[str, int], None]
Describe = Callable[[Change], Mapping[str, Any]]


class WebhookCarrier:
    """POSTs alerts to the addresses of webhooks.

    Args:
        describe: A change as JSON, as `pressvakt changes` writes it.
        dial: Asked before each connect to an address that a stranger gave; raises where it must not be dialled.
        now: The clock that signatures carry.
    """

    channel = Channel.WEBHOOK

    def __init__(
        self, describe: Describe, *, dial: Dial, now: Callable[[], dt.datetime], timeout: float = TIMEOUT
    ) -> None:
        self._describe, self._dial, self._now, self._timeout = describe, dial, now, timeout

    def carry(self, packets: Iterable[Packet]) -> Iterator[Outcome]:
        """POST each."""
        for packet in packets:
            yield self._one(packet)

    def _one(self, packet: Packet) -> Outcome:
        reader, key = packet.claim.subscriber, packet.claim.delivery.key
        body = json.dumps(self._payload(packet), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        stamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Pressvakt",
            "webhook-id": key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(reader, key, stamp, body),
        }
        dial = self._dial if reader.origin is Origin.READER else None
        try:
            status, words = _post(packet.subscription.address, body, headers, dial=dial, timeout=self._timeout)
        except ssl.SSLCertVerificationError as error:
            return Outcome(packet=packet, state=State.RETRY, reason=f"certificate: {error.verify_message}", code=495)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(packet=packet, state=State.RETRY, reason=f"no answer: {error}", code=0)
        except Exception as error:  # noqa: BLE001 - the guard's refusal is an error of a room beside ours
            return Outcome(packet=packet, state=State.REFUSED, reason=str(error))
        if 200 <= status < 300:
            return Outcome(packet=packet, state=State.ACCEPTED, code=status)
        later = status >= 500 or status in _LATER
        reason = f"{status} {words}".strip()
        return Outcome(packet=packet, state=State.RETRY if later else State.REFUSED, reason=reason, code=status)

    def _payload(self, packet: Packet) -> dict[str, Any]:
        delivery = packet.claim.delivery
        return {
            "type": f"pressvakt.{delivery.purpose}",
            "timestamp": _iso(delivery.created_at),
            "data": {
                "delivery": delivery.key,
                "subscription": delivery.subscription_id,
                "changes": [dict(self._describe(told.change)) for told in packet.changes],
                "notices": [_news(one) for one in packet.news],
            },
        }


def secret_of(reader: Subscriber) -> str:
    """The secret of a webhook as its receiver is told it: `whsec_…`."""
    return "whsec_" + base64.b64encode(bytes.fromhex(reader.secret)).decode()


def signature(reader: Subscriber, key: str, stamp: str, body: bytes) -> str:
    """What `webhook-signature` says of a body."""
    mac = hmac.new(bytes.fromhex(reader.secret), f"{key}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(mac.digest()).decode()}"


def _news(one: OwedNews) -> dict[str, Any]:
    if one.notice is not None:
        notice = one.notice
        about = None if notice.about is None else str(notice.about)
        return {
            "kind": str(notice.kind),
            "site": notice.site,
            "at": _iso(notice.at),
            "text": notice.text,
            "about": about,
        }
    if one.trouble is None:
        return {}
    trouble = one.trouble
    kind, about = ("recovered", trouble.kind) if trouble.over else (trouble.kind, None)
    return {
        "kind": kind,
        "site": trouble.about or None,
        "at": _iso(trouble.at),
        "text": trouble.text,
        "about": about,
    }


def _post(url: str, body: bytes, headers: Mapping[str, str], *, dial: Dial | None, timeout: float) -> tuple[int, str]:
    """The status of a POST and the beginning of what was said; redirects are not followed."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    sock = _connect(host, port, dial=dial, timeout=timeout)
    try:
        if secure:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        connection.sock = sock
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {**headers, "Host": parts.netloc, "Connection": "close"})
        answer = connection.getresponse()
        words = answer.read(_ANSWER).decode("utf-8", "replace")
        return answer.status, " ".join(words.split())[:200]
    finally:
        sock.close()


def _connect(host: str, port: int, *, dial: Dial | None, timeout: float) -> socket.socket:
    """A connection to the first of a name's addresses that takes one; each is asked for leave by itself."""
    last: Exception | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if dial is not None:
            dial(str(address[0]), port)
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(timeout)
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            last = error
        else:
            return sock
    raise last or OSError(f"{host} has no address")


def _iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
