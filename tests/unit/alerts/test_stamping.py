"""A message stamped for a reader is the one that would have been composed for that reader alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.mailer import wire
from alerts.messages import compose
from alerts.stamping import filling, stamped
from alerts.told import Told
from tests.unit.alerts.letters import archived, edit, letter, mixed

BASE = "https://watch.example/unsubscribe/"
TOKENS = ["1-n0zGMoLy2NBijbdP4a-1nDCfMp4", "4711-n0zGMoLy2NBijbdP4a-1nDC__p4"]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "items",
    [(edit(),), tuple(mixed()), tuple(archived(number, wave="3-archived") for number in range(40))],
    ids=["one edit", "a digest", "a wave"],
)
def test_a_stamped_message_is_the_composed_one_byte_for_byte(token: str, items: tuple[Told, ...]) -> None:
    mine = letter(
        *items, unsubscribe_url=BASE + token, to="a.reader.with.a.long.name@reader.example", thread="release-7"
    )
    blank = replace(
        mine, to="x@y.example", delivery_id="0" * len(mine.delivery_id), unsubscribe_url=BASE + filling(token)
    )

    assert wire(stamped(compose(blank), mine, token=token)) == wire(compose(mine))


def test_without_a_link_there_is_nothing_to_fill() -> None:
    mine = letter(edit(), unsubscribe_url=None)

    assert wire(stamped(compose(replace(mine, to="x@y.example")), mine, token=TOKENS[0])) == wire(compose(mine))
