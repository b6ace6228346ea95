"""Addresses, terms and tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.asking import QUESTIONS, ask
from alerts.settings import AlertSettings
from alerts.subscription import (
    About,
    AddressError,
    Channel,
    Subscription,
    Where,
    Wishes,
    channel_of,
    check,
    decode,
    encode,
)
from alerts.tokens import CONFIRM_WITHIN, TokenError, Use, confirm, holder, token, unsubscribe
from alerts.wishes import in_words
from changes.kinds import Kind
from storage.alert_records import Origin, Subscriber, SubscriberState
from storage.archive import Archive
from storage.outbox_subscribers import add_subscriber, keep_file_subscribers, subscriber, subscribers

NOON = dt.datetime(2031, 3, 14, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ("anna@reader.example", Channel.MAIL),
        ("a.b+c@sub.reader.example", Channel.MAIL),
        ("https://hooks.example/press?x=1", Channel.WEBHOOK),
        ("http://127.0.0.1:8080/", Channel.WEBHOOK),
        ("ntfy://press-watch", Channel.APPRISE),
        ("mailtos://user:pass@host.example", Channel.APPRISE),
    ],
)
def test_an_address_tells_its_channel(address: str, channel: Channel) -> None:
    assert channel_of(address) is channel


@pytest.mark.parametrize(
    "address",
    [
        "anna", "anna@", "@reader.example", "anna@host", "anna@reader.example\nBcc: x@y.example", "a b@reader.example",
        "anna@reader.example, bo@reader.example", "<anna@reader.example>", "a..b@reader.example", "https://",
        "https://user:secret@hooks.example/", "https://hooks.example:99999/", "file:///etc/passwd", "javascript://x",
        "ntfy://", "x" * 300 + "@reader.example",
    ],
)  # fmt: skip
def test_what_nothing_can_be_sent_to_is_refused_with_what_could_be(address: str) -> None:
    with pytest.raises(AddressError, match=r"write|no address|nothing to send|host"):
        channel_of(address)


def test_terms_come_back_as_they_were_kept() -> None:
    asked = Subscription(
        address="anna@reader.example",
        channel=Channel.MAIL,
        wishes=Wishes(sites=("press",), kinds=(Kind.EDITED,), words=('"åtta hamnar"',), where=Where.ADDED, silent=True),
        rhythm="weekly",
        at=dt.time(6, 30),
        day=4,
        quiet=(dt.time(22), dt.time(7)),
        language="sv",
    )

    assert decode(encode(asked)) == asked
    assert encode(decode(encode(asked))) == encode(asked)


def test_words_that_nothing_can_be_looked_for_by_are_refused() -> None:
    asked = Subscription(address="anna@reader.example", channel=Channel.MAIL, wishes=Wishes(words=("NOT x",)))
    with pytest.raises(ValueError, match="words"):
        check(asked)


def test_a_subscription_is_told_in_its_readers_language() -> None:
    wishes = Wishes(sites=("press",), words=("hamn",), where=Where.REMOVED)
    asked = Subscription(
        address="anna@reader.example", channel=Channel.MAIL, wishes=wishes, rhythm="weekly", language="sv"
    )

    assert in_words(asked, AlertSettings(titles={"press": "Regeringen"})) == (
        "ändringar i pressmeddelanden",
        "från Regeringen",
        "som inte längre nämner hamn",
        "varje måndag kl. 07:00",
    )


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{tmp_path / 'press.db'}") as archive:
        yield archive


def asking(archive: Archive, *, confirmed: bool = False, at: dt.datetime = NOON) -> Subscriber:
    terms = encode(Subscription(address="anna@reader.example", channel=Channel.MAIL))
    return add_subscriber(
        archive,
        origin=Origin.READER,
        channel=Channel.MAIL,
        address="anna@reader.example",
        terms=terms,
        at=at,
        confirmed=confirmed,
    )


def state(archive: Archive, reader: Subscriber) -> SubscriberState | None:
    found = subscriber(archive, reader.id)
    return found.state if found else None


def test_whoever_holds_the_token_confirms_and_unsubscribes_each_as_often_as_they_like(archive: Archive) -> None:
    reader = asking(archive)
    for _ in range(2):
        confirm(archive, token(reader, Use.CONFIRM), now=NOON)
        assert state(archive, reader) is SubscriberState.ACTIVE
    for _ in range(2):
        unsubscribe(archive, token(reader, Use.UNSUBSCRIBE), now=NOON)
        assert state(archive, reader) is SubscriberState.UNSUBSCRIBED
    with pytest.raises(TokenError, match="subscribe once more"):
        confirm(archive, token(reader, Use.CONFIRM), now=NOON)


def test_a_token_is_good_for_one_purpose_and_one_subscription(archive: Archive) -> None:
    first, second = asking(archive), add_second(archive)
    good = token(first, Use.CONFIRM)
    for bad in (
        token(first, Use.UNSUBSCRIBE), f"{second.id}-{good.partition('-')[2]}", good[:-1], good + "x", "", "1-",
        "999-" + good.partition("-")[2], good.upper(),
    ):  # fmt: skip
        with pytest.raises(TokenError):
            holder(archive, bad, Use.CONFIRM)


def add_second(archive: Archive) -> Subscriber:
    terms = encode(Subscription(address="bo@reader.example", channel=Channel.MAIL))
    return add_subscriber(
        archive,
        origin=Origin.READER,
        channel="mail",
        address="bo@reader.example",
        terms=terms,
        at=NOON,
        confirmed=False,
    )


def test_a_question_that_was_not_answered_in_a_week_is_void(archive: Archive) -> None:
    reader = asking(archive)
    with pytest.raises(TokenError, match="run out"):
        confirm(archive, token(reader, Use.CONFIRM), now=NOON + CONFIRM_WITHIN + dt.timedelta(seconds=1))
    assert state(archive, reader) is SubscriberState.UNCONFIRMED


def test_asking_twice_is_asking_once(archive: Archive) -> None:
    assert asking(archive).id == asking(archive, at=NOON + dt.timedelta(hours=1)).id


def test_the_file_says_who_is_told_but_a_reader_who_left_stays_away(archive: Archive) -> None:
    def told(*names: str) -> list[str]:
        wanted = [("mail", f"{name}@reader.example", name) for name in names]
        keep_file_subscribers(archive, wanted, at=NOON)
        return sorted(one.address[0] for one in subscribers(archive, SubscriberState.ACTIVE))

    assert told("anna", "bo") == ["a", "b"]
    anna = next(one for one in subscribers(archive) if one.address.startswith("anna"))
    unsubscribe(archive, token(anna, Use.UNSUBSCRIBE), now=NOON)
    assert told("anna", "bo") == ["b"]
    assert told("anna") == []
    assert told() == []
    assert told("anna", "bo") == ["a", "b"]  # it was taken out of the file, and put in anew


def test_terms_that_an_older_pressvakt_wrote_with_fewer_words_are_the_same_terms(archive: Archive) -> None:
    asked = Subscription(address="anna@reader.example", channel=Channel.MAIL)
    older = '{"address":"anna@reader.example","channel":"mail"}'
    keep_file_subscribers(archive, [("mail", asked.address, older)], at=NOON)
    keep_file_subscribers(
        archive, [("mail", asked.address, encode(asked))], at=NOON, spelt=lambda terms: encode(decode(terms))
    )

    assert [one.state for one in subscribers(archive)] == [SubscriberState.ACTIVE]


def test_a_stranger_cannot_have_an_address_flooded_with_questions(archive: Archive) -> None:
    wishes = [Wishes(words=(f"ord{number}",)) for number in range(QUESTIONS + 2)]
    asked = [
        ask(archive, Subscription(address="anna@reader.example", channel=Channel.MAIL, wishes=one), now=NOON)
        for one in wishes
    ]

    assert [one is not None for one in asked] == [True] * QUESTIONS + [False] * 2
    again = Subscription(address="Anna@reader.example", channel=Channel.MAIL)
    assert ask(archive, again, now=NOON) is None
    assert ask(archive, again, now=NOON + dt.timedelta(days=1, seconds=1)) is not None


def test_the_operators_are_asked_about_notices() -> None:
    asked = Subscription(address="ops@watch.example", channel=Channel.MAIL, about=About.NOTICES)

    assert in_words(asked, AlertSettings())[0] == "what happens to the sites that are watched"
