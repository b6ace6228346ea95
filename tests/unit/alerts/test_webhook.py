"""Webhooks and Apprise, against real servers on loopback."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from alerts.carriers import Outcome
from alerts.letters import Packet
from alerts.mailer import State
from alerts.services import AppriseCarrier, text_of
from alerts.subscription import Channel, Subscription
from alerts.webhook import WebhookCarrier, secret_of
from crawler.guard import Guard
from pressvakt.demo.loopback import Answer, Loopback, Request
from pressvakt.objects import change_object
from storage.alert_records import Delivery, DeliveryState, Origin, Purpose, Subscriber, SubscriberState
from storage.outbox import Claim
from tests.unit.alerts.letters import edit, removed

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


class Receiver:
    """A server that takes POSTs and answers what a test wants."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.location: str | None = None

    def answer(self, request: Request) -> Answer:
        self.headers.append(dict(request.headers))
        more = {"Location": self.location} if self.location else {}
        return Answer(status=self.status, body=b"as you like", headers=more)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with Loopback(receiver.answer) as server:
        yield f"{server.url}/hook?room=1"


def packet(address: str, *, origin: Origin = Origin.COMMAND, channel: Channel = Channel.WEBHOOK) -> Packet:
    reader = Subscriber(
        id=3, origin=origin, channel=channel, address=address, terms="{}", state=SubscriberState.ACTIVE, secret="ab" * 24,
        after_change=0, created_at=NOON,
    )  # fmt: skip
    delivery = Delivery(
        id=1,
        key="k1",
        subscription_id=3,
        purpose=Purpose.ALERT,
        state=DeliveryState.WAITING,
        created_at=NOON,
        due_at=NOON,
    )
    message = EmailMessage()
    message["Subject"] = "Ändrat: 160 → 100 platser"
    message.set_content("Det här hände.")
    return Packet(
        claim=Claim(delivery=delivery, subscriber=reader, token="t", bundles=(1,)),
        subscription=Subscription(address=address, channel=channel),
        message=message,
        changes=(edit(), removed()),
    )


def post(one: Packet, *, guard: Guard | None = None) -> Outcome:
    dial = (guard or Guard()).check_dial
    (outcome,) = WebhookCarrier(change_object, dial=dial, now=lambda: NOON, timeout=2).carry([one])
    return outcome


def test_alerts_arrive_as_json_that_the_receiver_can_check(url: str) -> None:
    taken: list[tuple[dict[str, str], bytes]] = []

    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            taken.append((headers, self.rfile.read(int(headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        one = packet(f"http://127.0.0.1:{server.server_port}/hook")
        outcome = post(one)
    ((headers, body),) = taken
    key = base64.b64decode(secret_of(one.claim.subscriber).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    said = json.loads(body)

    assert outcome.state is State.ACCEPTED
    assert (
        headers["webhook-signature"]
        == "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    )
    assert headers["webhook-id"] == said["data"]["delivery"] == "k1"
    assert [change["kind"] for change in said["data"]["changes"]] == ["edited", "removed"]
    assert said["type"] == "pressvakt.alert"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, State.ACCEPTED), (202, State.ACCEPTED), (500, State.RETRY), (503, State.RETRY), (429, State.RETRY),
        (408, State.RETRY), (400, State.REFUSED), (404, State.REFUSED), (410, State.REFUSED),
    ],
)  # fmt: skip
def test_what_a_server_answers_says_whether_to_try_again(
    receiver: Receiver, url: str, status: int, state: State
) -> None:
    receiver.status = status
    outcome = post(packet(url))

    assert (outcome.state, outcome.code) == (state, status)


def test_a_redirect_is_not_followed(receiver: Receiver, url: str) -> None:
    receiver.status, receiver.location = 302, "http://169.254.169.254/"

    assert post(packet(url)).state is State.REFUSED
    assert len(receiver.headers) == 1


def test_a_strangers_address_leads_nowhere_into_our_own_network(receiver: Receiver, url: str) -> None:
    stranger = packet(url, origin=Origin.READER)
    for address in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "0x7f.1")):
        outcome = post(packet(address, origin=Origin.READER))
        assert outcome.state is not State.ACCEPTED
    assert receiver.headers == []
    assert "not a public address" in post(stranger).reason


def test_nobody_at_the_other_end_is_a_fault_of_the_moment() -> None:
    outcome = post(packet("http://127.0.0.1:9/hook"))

    assert outcome.state is State.RETRY
    assert not outcome.unanswered  # one dead webhook does not stop the others


def test_apprise_gets_subject_and_text(receiver: Receiver, url: str) -> None:
    pytest.importorskip("apprise")
    address = url.replace("http://", "json://").partition("/hook")[0] + "/hook"
    (sent,) = AppriseCarrier().carry([packet(address, channel=Channel.APPRISE)])
    receiver.status = 500
    (failed,) = AppriseCarrier().carry([packet(address, channel=Channel.APPRISE)])

    assert (sent.state, failed.state) == (State.ACCEPTED, State.RETRY)
    assert failed.reason


def test_a_long_text_is_cut_at_the_end_of_a_line() -> None:
    message = EmailMessage()
    message.set_content("\n".join(f"rad {number} med några ord" for number in range(1000)))

    assert len(text_of(message)) <= 3_002
    assert text_of(message).endswith("ord\n…")
