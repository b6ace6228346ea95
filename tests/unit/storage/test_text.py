"""Text and JSON that any database can hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import clean, to_json

ANYTHING = st.text(st.characters(exclude_categories=()))


@given(ANYTHING)
def test_cleaned_text_has_neither_nul_nor_half_surrogates_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    assert "\0" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("text", ["", "Älgjakt på Åland", "a\r\n\tb", "👩‍🚒", "\x7f\x85\u2028"])
def test_text_that_can_be_held_is_left_alone(text: str) -> None:
    assert clean(text) == text


def test_a_pair_of_surrogates_is_the_character_that_it_stands_for() -> None:
    assert clean("\ud83d\udc4d") == "👍"


@given(st.dictionaries(ANYTHING, st.lists(ANYTHING)))
def test_json_is_always_text_that_can_be_held_and_read(value: dict[str, list[str]]) -> None:
    text = to_json(value)
    assert clean(text) == text
    assert "\0" not in "".join(word for words in json.loads(text).values() for word in words)
