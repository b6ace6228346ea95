from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.release import Block, BlockKind, Release, normalise
from changes.rewording import Marked, Rewording, pack, rewording, unpack
from changes.sentences import sentences, words


def release(*paragraphs: str, title: str = "T", unread: frozenset[str] = frozenset()) -> Release:
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in paragraphs)
    return Release(title=title, body=blocks, unread=unread)


def told(marked: tuple[Marked, ...]) -> list[tuple[str, str]]:
    return [(one.text, one.words) for one in marked]


def test_a_figure_that_was_edited_is_lost_and_gained_in_its_sentence() -> None:
    found = rewording(
        release("First. The state pays 1 200 000 kronor. Last."), release("First. The state pays 900 kronor. Last.")
    )
    assert told(found.lost) == [("The state pays 1 200 000 kronor.", "1 200 000")]
    assert told(found.gained) == [("The state pays 900 kronor.", "900")]


def test_a_sentence_and_a_paragraph_that_went_are_lost_whole() -> None:
    found = rewording(
        release("One stays here. Two goes away.", "Three goes. Four goes as well."), release("One stays here.")
    )
    assert [one.text for one in found.lost] == ["Two goes away.", "Three goes.", "Four goes as well."]
    assert "Two goes away" in found.lost[0].words
    assert found.gained == ()


def test_words_keep_their_blanks_where_the_ends_of_the_text_are_alike() -> None:
    found = rewording(release("and the goal goal goal are here"), release("and the goal are here"))
    assert told(found.lost) == [("and the goal goal goal are here", "goal goal")]


def test_half_a_word_is_no_word() -> None:
    found = rewording(release("It is a 5G net."), release("It is a 4G net."))
    assert (told(found.lost), told(found.gained)) == ([("It is a 5G net.", "5G")], [("It is a 4G net.", "4G")])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (release("One.", "Two is here now.", "Three."), release("Three.", "One.", "Two is here now.")),  # moved
        (release("One is here. Two is here."), release("One is here.", "Two is here.")),  # cut otherwise
        (release("One, two"), release("One two")),  # no word went
        (release("One"), release("Two", unread=frozenset({"body"}))),
    ],
)
def test_what_moved_or_could_not_be_read_is_neither_lost_nor_gained(before: Release, after: Release) -> None:
    found = rewording(before, after)
    assert (found.lost, found.gained) == ((), ())


TEXTS = st.lists(
    st.text(alphabet=st.sampled_from("ab Å1.,-\u00a0!é "), max_size=40).map(normalise).filter(bool), max_size=4
)


@given(before=TEXTS, after=TEXTS)
def test_marks_are_whole_words_of_their_side_and_survive_being_packed(before: list[str], after: list[str]) -> None:
    old, new = release(*before), release(*after)
    found = rewording(old, new)
    for marked, side in ((found.lost, old), (found.gained, new)):
        assert unpack(pack(marked)) == marked
        letters = "".join("".join(block.text.split()) for block in side.body)
        for one in marked:
            assert "".join(one.text.split()) in letters
            assert one.marks == tuple(sorted(one.marks))
            assert all(words(one.text[start:end]) for start, end in one.marks)
    if [words(text) for text in before] == [words(text) for text in after]:
        assert (found.lost, found.gained) == ((), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Mötet är kl. 9 den 3 maj. Det gäller t.ex. Alvik.", ["Mötet är kl. 9 den 3 maj.", "Det gäller t.ex. Alvik."]),
        ("A.B. Ek and Dr. Alm met. – Yes, said Ek.", ["A.B. Ek and Dr. Alm met.", "– Yes, said Ek."]),
        ("It costs 1.5 million. 20 came.", ["It costs 1.5 million.", "20 came."]),
        ("He said “Go.” Then he went.", ["He said “Go.”", "Then he went."]),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_an_edit_is_told_although_one_sides_rules_know_no_lead() -> None:
    before = replace(release("The state pays 160 million."), lead="Work begins in autumn.")
    after = release("The state pays 100 million.", unread=frozenset({"lead"}))

    found = rewording(before, after)

    assert [one.words for one in found.lost] == ["160"]
    assert [one.words for one in found.gained] == ["100"]
    assert rewording(before, replace(after, unread=frozenset({"lead", "body"}))) == Rewording()
