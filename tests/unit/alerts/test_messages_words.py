"""Messages to the operator and to a new subscriber, and the catalogue that all messages speak from."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from alerts.messages import compose_confirmation, compose_notice
from alerts.messages.catalogue import catalogue
from alerts.messages.tally import ORDER
from alerts.told import Confirmation, NoticeLetter, OperatorNotice
from changes.compare import FIELDS
from changes.kinds import Kind, SiteNotice
from changes.labels import Label
from tests.unit.alerts.inbox import part, received, words
from tests.unit.alerts.letters import (
    BASE,
    SEEN,
    STOCKHOLM,
)

OPERATOR = NoticeLetter(
    delivery_id="notice-1",
    to="operator@example.org",
    sender="Pressvakt <alerts@pressvakt.example>",
    language="en",
    notices=(),
    zone=STOCKHOLM,
    created_at=SEEN,
    list_id="alerts.pressvakt.example",
)


def test_a_notice_tells_the_operator_what_it_means_and_what_to_do() -> None:
    notice = OperatorNotice(
        kind="blocked", site="regeringen.se", text="20 blocked answers in a row", at=SEEN, details=(f"{BASE}/1",)
    )
    message = received(compose_notice(replace(OPERATOR, notices=(notice,))))
    again = replace(notice, recovered=True, text="All answers are good")
    over = received(compose_notice(replace(OPERATOR, delivery_id="notice-2", notices=(again,), thread="notice-1")))

    assert message["Subject"] == "Pressvakt: Blocked: regeringen.se"
    for said in ("20 blocked answers in a row", f"{BASE}/1", "A firewall or a challenge answered", "10:15 CEST"):
        assert said in words(message)
    assert message["Auto-Submitted"] == "auto-generated"
    assert over["Subject"] == "Pressvakt: No longer blocked: regeringen.se"
    assert over["In-Reply-To"] == message["Message-ID"]
    assert "A firewall" not in words(over)


def test_several_notices_are_one_message_and_unknown_ones_keep_their_name() -> None:
    one = OperatorNotice(kind="gap", site="a.example", text="The list ends too soon", at=SEEN)
    two = OperatorNotice(kind="moon-phase", site=None, text="It is full\r\nBcc: a@b.c", at=SEEN)
    message = received(compose_notice(replace(OPERATOR, language="sv", notices=(one, two))))

    assert message["Subject"] == "Pressvakt: 2 notiser: En lucka: a.example, moon-phase"
    assert "Bcc" not in message
    assert "It is full Bcc: a@b.c" in words(message)
    with pytest.raises(ValueError, match="needs a notice"):
        compose_notice(OPERATOR)


def test_a_new_subscriber_is_asked_and_nothing_more_is_sent_without_an_answer() -> None:
    asked = Confirmation(
        delivery_id="c-1",
        to="Reader <reader@example.org>",
        sender="alerts@pressvakt.example",
        language="sv",
        confirm_url="https://pressvakt.example/confirm/abc",
        created_at=SEEN,
        zone=STOCKHOLM,
        wishes=("regeringen.se, dagligen kl. 07:00",),
        expires_at=SEEN + dt.timedelta(days=3),
    )
    message = compose_confirmation(asked)

    assert received(message)["Subject"] == "Bekräfta: meddelanden från Pressvakt"
    assert 'href="https://pressvakt.example/confirm/abc"' in part(message, "html")
    for said in ("reader@example.org", "dagligen kl. 07:00", "https://pressvakt.example/confirm/abc", "12 september"):
        assert said in words(message)
    command = compose_confirmation(replace(asked, confirm_url="pressvakt subscriptions confirm abc"))
    assert "pressvakt subscriptions confirm abc" in words(command)
    assert "<a " not in part(command, "html")


def phrases() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, found in catalogue().items():
        for key, phrase in found.items():
            yield f"{name}.{key}", phrase


@pytest.mark.parametrize(("key", "phrase"), list(phrases()))
def test_every_phrase_is_said_in_both_languages_with_the_same_blanks_to_fill(key: str, phrase: dict[str, Any]) -> None:
    def blanks(said: str | list[str]) -> set[str | None]:
        last = said if isinstance(said, str) else said[-1]
        return {name for _, name, _, _ in string.Formatter().parse(last) if name is not None}

    assert phrase.keys() == {"en", "sv"}
    assert isinstance(phrase["en"], list) == isinstance(phrase["sv"], list)
    assert blanks(phrase["en"]) == blanks(phrase["sv"])


def test_every_kind_field_and_label_has_its_words() -> None:
    parts = catalogue()

    assert set(ORDER) == set(Kind)
    for part_of in ("badge", "group", "count", "wave"):
        assert {str(kind) for kind in Kind} <= parts[part_of].keys()
    assert set(FIELDS) <= parts["field"].keys()
    assert {str(label) for label in Label} == parts["label"].keys()
    for part_of in ("notice", "over", "meaning"):
        assert {str(kind) for kind in SiteNotice} - {"recovered"} <= parts[part_of].keys()
