"""A message that says it is a test, sent past the queue."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable

from alerts.carriers import Carrier, MailCarrier
from alerts.letters import Packet, notice_message
from alerts.mail_settings import MailMisconfigured
from alerts.mailer import Mailer, State
from alerts.services import AppriseCarrier, NoApprise
from alerts.subscription import Channel, Subscription, encode
from alerts.told import OperatorNotice
from alerts.webhook import WebhookCarrier
from crawler.guard import Guard
from pressvakt.config import Config
from pressvakt.failure import Misuse
from pressvakt.objects import change_object
from storage.alert_records import (
    Delivery,
    DeliveryState,
    Origin,
    OwedNews,
    Purpose,
    Subscriber,
    SubscriberState,
    Trouble,
)
from storage.outbox import Claim

_TEXT = "This is a test: alerts of Pressvakt reach this address."


def send_test(asked: Subscription, settings: Config, *, now: Callable[[], dt.datetime]) -> str:
    """What the other side answered to a test, where it did not take it; empty where it did.

    Raises:
        Misuse: nothing can be sent this way as things are set.
    """
    at = now()
    test = OperatorNotice(kind="test", site=None, text=_TEXT, at=at)
    key = f"test-{secrets.token_hex(8)}"
    message = notice_message(asked, settings.alerts, [test], key=key, at=at)
    trouble = Trouble(id=0, kind="test", about="", text=_TEXT, at=at, over=False)
    packet = Packet(
        claim=_claim(asked, key, at),
        subscription=asked,
        message=message,
        news=(OwedNews(id=0, trouble=trouble),),
    )
    try:
        outcome = next(iter(_carrier(asked.channel, settings, now).carry([packet])))
    except (MailMisconfigured, NoApprise) as error:
        raise Misuse(str(error)) from None
    return "" if outcome.state is State.ACCEPTED else f"{outcome.code or ''} {outcome.reason}".strip()


def _carrier(channel: Channel, settings: Config, now: Callable[[], dt.datetime]) -> Carrier:
    if channel is Channel.WEBHOOK:
        guard = Guard.of(allow_private=settings.allow_private)
        return WebhookCarrier(change_object, dial=guard.check_dial, now=now)
    if channel is Channel.APPRISE:
        return AppriseCarrier()
    if settings.mail is None:
        raise Misuse("there is no [mail] in pressvakt.toml; docs/howto/get-alerts.md shows one")
    return MailCarrier(Mailer(settings.mail))


def _claim(asked: Subscription, key: str, at: dt.datetime) -> Claim:
    reader = Subscriber(
        id=0,
        origin=Origin.COMMAND,
        channel=asked.channel,
        address=asked.address,
        terms=encode(asked),
        state=SubscriberState.ACTIVE,
        secret=secrets.token_hex(24),
        after_change=0,
        created_at=at,
    )
    delivery = Delivery(
        id=0,
        key=key,
        subscription_id=0,
        purpose=Purpose.NOTICE,
        state=DeliveryState.WAITING,
        created_at=at,
        due_at=at,
    )
    return Claim(delivery=delivery, subscriber=reader, token="", bundles=())
