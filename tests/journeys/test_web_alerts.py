"""What people do about alerts over the web: subscribe, confirm, leave; and what an operator does for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.tokens import Use, token
from storage.access import Role
from storage.alert_records import Origin
from storage.outbox_subscribers import add_subscriber, subscriber, subscribers
from tests.web_house import NOON, House, csrf, house, signed_in


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as found:
        yield found


@pytest.fixture
def asked(ours: House) -> Callable[[], Any]:
    """A reader who was asked by mail and has not answered yet."""
    answer = ours.browser().send("POST", "/api/v1/subscriptions", {"address": "reader@post.example", "ask": True})
    assert answer.status == 201
    ours.user("anna", Role.OPERATOR)  # from here on, others must sign in: readers of mails need not

    def reader() -> Any:
        found = subscriber(ours.archive, answer.json["id"])
        assert found is not None
        return found

    return reader


def test_a_reader_confirms_and_leaves_without_signing_in(ours: House, asked: Callable[[], Any]) -> None:
    browser = ours.browser()
    link = f"/confirm/{token(asked(), Use.CONFIRM)}"
    proof = csrf(browser.get(link).text)
    assert asked().state == "unconfirmed"  # looking changes nothing
    assert browser.form(link, {}).status == 403
    assert browser.form(link, {"csrf_token": proof}).status == 303
    assert asked().state == "active"
    leave = f"/unsubscribe/{token(asked(), Use.UNSUBSCRIBE)}"
    proof = csrf(browser.get(leave).text)
    assert browser.form(leave, {"csrf_token": proof}).status == 303
    assert asked().state == "unsubscribed"


def test_a_mail_program_unsubscribes_by_one_post(ours: House, asked: Callable[[], Any]) -> None:
    link = f"/unsubscribe/{token(asked(), Use.UNSUBSCRIBE)}"
    answer = ours.browser().form(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status == 200
    assert asked().state == "unsubscribed"
    again = ours.browser().form(link, {"List-Unsubscribe": "One-Click"})
    assert again.status == 200  # RFC 8058 lets a mail program send it twice


@pytest.mark.parametrize("wrong", ["1-short", "1-" + "A" * 27, "9999-" + "A" * 27, "x"])
def test_a_token_that_is_none_of_ours_does_nothing(ours: House, asked: Callable[[], Any], wrong: str) -> None:
    assert ours.browser().form(f"/unsubscribe/{wrong}", {"List-Unsubscribe": "One-Click"}).status == 404
    assert asked().state == "unconfirmed"


def test_a_reader_who_subscribes_is_asked_first(ours: House) -> None:
    ours.user("anna", Role.READER)
    browser, proof = signed_in(ours, "anna")
    form = {"csrf_token": proof, "address": "anna@post.example", "kind": "edited", "vouched": "1"}
    assert browser.form("/subscribe", form).status == 303
    made = subscribers(ours.archive)
    assert [(one.address, str(one.state), one.origin) for one in made] == [
        ("anna@post.example", "unconfirmed", Origin.READER)
    ]
    assert browser.form("/subscribe", {**form, "address": "https://hook.example/x"}).status == 422
    assert browser.form("/subscribe", {**form, "kind": "invented"}).status == 422


def test_an_operator_ends_and_begins_what_others_get(ours: House) -> None:
    reader = add_subscriber(
        ours.archive,
        origin=Origin.COMMAND,
        channel="mail",
        address="r@post.example",
        terms="{}",
        at=NOON,
        confirmed=True,
    )
    ours.user("anna", Role.READER)
    ours.user("berit", Role.OPERATOR)
    browser, proof = signed_in(ours, "anna")
    assert browser.form(f"/alerts/{reader.id}/end", {"csrf_token": proof}).status == 403
    browser, proof = signed_in(ours, "berit")
    assert browser.form(f"/alerts/{reader.id}/end", {"csrf_token": proof}).status == 303
    assert str(subscribers(ours.archive)[0].state) == "removed"
