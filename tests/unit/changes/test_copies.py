from __future__ import annotations

from pathlib import Path

from changes.copies import likeness, runs, versus
from changes.markdown import read_release
from changes.release import Block, BlockKind, Release


def release(*paragraphs: str, title: str = "T") -> Release:
    blocks = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in paragraphs)
    return Release(title=title, body=blocks)


def test_each_side_says_what_the_other_does_not_however_paragraphs_are_cut() -> None:
    one = release("We build a bridge. It opens in May.", "It opens in May.", "Only here is this said.")
    two = release("It opens in May.", "We build a bridge.", "There one says quite another thing.")

    found = versus(one, two)

    assert found.shared == 2
    assert found.only_first == ("Only here is this said.",)
    assert found.only_second == ("There one says quite another thing.",)
    assert found.reworded == ()


def test_a_sentence_in_other_words_is_shown_beside_its_other_self() -> None:
    found = versus(
        release("The board gets 500 000 kronor more for the wider task in 2017."),
        release("For the wider task the board gets 500 000 kronor more in 2017."),
    )
    assert len(found.reworded) == 1
    assert (found.only_first, found.only_second) == ((), ())


def test_likeness_is_the_share_of_the_shorter_text() -> None:
    words = " ".join(f"w{number}" for number in range(40))
    whole, part, other = release(words + " and more of it"), release(words), release("quite another thing altogether")
    assert likeness(runs(whole), runs(part)) > 0.9
    assert likeness(runs(whole), runs(other)) == 0
    assert likeness(runs(release("", title="")), runs(whole)) == 0


def test_two_texts_of_one_real_release_are_alike_and_their_reworded_sentences_meet(shared: Path) -> None:
    one, two = (read_release(f"# {path.read_text('utf-8')}") for path in sorted((shared / "seeds").glob("*.txt")))

    found = versus(one, two)

    assert likeness(runs(one), runs(two)) > 0.2
    assert any("fick 2016" in here and "fick 2016" in there for here, there in found.reworded)
    assert any("500 000kr" in text for text in found.only_first)
    assert any("slutredovisa" in text for text in found.only_second)
