"""Which blocks belong together, and which words of them differ."""

from __future__ import annotations

import cProfile
from collections.abc import Callable

import pytest

from changes.blocks import StepOp, align
from changes.release import Block, BlockKind
from changes.words import Op, diff_words


def blocks(*texts: str) -> list[Block]:
    return [Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts]


def steps(before: list[str], after: list[str]) -> list[tuple[str, str | None, str | None]]:
    return [
        (step.op.value, step.before.text if step.before else None, step.after.text if step.after else None)
        for step in align(blocks(*before), blocks(*after))
    ]


def marked(before: str, after: str) -> str:
    marks = {Op.EQUAL: "{}", Op.DELETE: "[-{}]", Op.INSERT: "[+{}]"}
    return "".join(marks[span.op].format(span.text) for span in diff_words(before, after))


ONE = "Regeringen avsätter medel till skolor i hela landet."
TWO = "Pengarna betalas ut av myndigheten under hösten."
THREE = "Beslutet gäller från och med nästa år."


# -- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("ger 160 platser", "ger 100 platser", "ger [-160][+100] platser"),
        ("totalt 1 200 000 kronor", "totalt 1 300 000 kronor", "totalt [-1 200 000][+1 300 000] kronor"),
        ("Möt upp kl. 12.45 i hallen", "Möt upp kl. 14.30 i hallen", "Möt upp kl. [-12.45][+14.30] i hallen"),
        ("senast 2024-05-03.", "senast 2024-06-03.", "senast [-2024-05-03][+2024-06-03]."),
        ("ring 08-405 10 00 nu", "ring 08-405 10 05 nu", "ring [-08-405 10 00][+08-405 10 05] nu"),
        ("via E-post.", "via e-post.", "via [-E][+e]-post."),
        ("Hej, världen", "Hej världen", "Hej[-,] världen"),
        ("", "nytt", "[+nytt]"),
        ("borta", "", "[-borta]"),
    ],
)
def test_words_and_numbers_are_replaced_whole(before: str, after: str, expected: str) -> None:
    assert marked(before, after) == expected


def test_white_space_is_no_difference() -> None:
    assert marked("i SVT2 kl. 16", "i SVT 2 kl. 16") == "i SVT 2 kl. 16"
    assert marked("i SVT2 kl. 16 i dag", "i SVT 2 kl. 17 i dag") == "i SVT 2 kl. [-16][+17] i dag"
    assert marked("1200 kronor", "1 200 kronor") == "1 200 kronor"


def test_a_replaced_sentence_is_not_cut_up_by_the_small_words_it_shares() -> None:
    old = "Utredaren överlämnar betänkandet i morgon till statsrådet."
    new = "Ministern besöker fabriken i Norrby tillsammans med landshövdingen."
    assert marked(old, new) == f"[-{old[:-1]}][+{new[:-1]}]."


# -- blocks ---------------------------------------------------------------------------------------------------------


def test_blocks_are_matched_before_their_words() -> None:
    assert steps([ONE, TWO, THREE], [ONE, TWO.replace("hösten", "våren"), THREE]) == [
        ("equal", ONE, ONE),
        ("changed", TWO, TWO.replace("hösten", "våren")),
        ("equal", THREE, THREE),
    ]


def test_blocks_come_and_go() -> None:
    assert steps([ONE, TWO], [ONE, THREE, TWO]) == [("equal", ONE, ONE), ("added", None, THREE), ("equal", TWO, TWO)]
    assert steps([ONE, THREE, TWO], [ONE, TWO]) == [("equal", ONE, ONE), ("removed", THREE, None), ("equal", TWO, TWO)]


def test_an_unlike_block_in_the_same_place_is_another_block() -> None:
    assert [op for op, _, _ in steps([ONE, TWO], [ONE, THREE])] == ["equal", "removed", "added"]


def test_a_block_that_moved_is_found_also_where_its_words_changed() -> None:
    assert ("moved", ONE, ONE) in steps([ONE, TWO, THREE], [TWO, THREE, ONE])
    edited = ONE.replace("medel", "pengar")
    filler = [f"Stycke nummer {n} om ämnet {n * 7}." for n in range(6)]
    assert ("moved", ONE, edited) in steps([ONE, *filler], [*filler, edited])


def test_paragraphs_that_are_split_or_joined_are_the_same_text() -> None:
    assert [op for op, _, _ in steps([f"{ONE} {TWO}", THREE], [ONE, TWO, THREE])] == ["equal", "equal"]
    assert [op for op, _, _ in steps([ONE, TWO, THREE], [ONE, f"{TWO} {THREE}"])] == ["equal", "equal"]


def test_a_paragraph_that_is_split_and_edited_is_one_change() -> None:
    edited = TWO.replace("hösten", "våren")
    assert steps([f"{ONE} {TWO}"], [ONE, edited]) == [("changed", f"{ONE} {TWO}", f"{ONE} {edited}")]


def test_rows_of_a_table_are_paired_by_what_they_are_about() -> None:
    before = [f"{name} län | {n} 000 kr" for n, name in enumerate(("Ale", "Berg", "Dals", "Eda"), 11)]
    after = [row.replace("000", "500") for row in before if "Berg" not in row]
    assert steps(before, after) == [
        ("changed", before[0], after[0]),
        ("removed", before[1], None),
        ("changed", before[2], after[1]),
        ("changed", before[3], after[2]),
    ]


def test_a_short_line_with_one_number_is_changed_not_replaced() -> None:
    assert steps(["160 platser"], ["100 platser"]) == [("changed", "160 platser", "100 platser")]


# -- bounds ---------------------------------------------------------------------------------------------------------


def calls(work: Callable[[], object]) -> int:
    """How many functions a piece of work calls: a measure of its cost that no busy machine disturbs."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


HOSTILE: dict[str, Callable[[int], tuple[list[str], list[str]]]] = {
    "equal blocks, some gone": lambda n: (["x"] * n, ["x"] * (n - n // 10)),
    "equal blocks, all others": lambda n: (["x"] * n, ["y"] * n),
    "two sorts of blocks": lambda n: (["a" if i * i % 7 < 3 else "b" for i in range(n)], ["b", "a", "a"] * (n // 3)),
    "all edited": lambda n: ([f"rad {i} om {i * 7}" for i in range(n)], [f"rad {i} om {i * 7 + 1}" for i in range(n)]),
    "backwards": lambda n: ([f"rad {i}" for i in range(n)], [f"rad {i}" for i in reversed(range(n))]),
    "nothing in common": lambda n: ([f"a{i} b{i}" for i in range(n)], [f"c{i} d{i}" for i in range(n)]),
    "all split": lambda n: (["ab cd"] * n, ["ab", "cd"] * n),
    "one long block": lambda n: (["ord " * n + "ett"], ["två " + "ord " * n]),
    "one long block of two words": lambda n: ([" ".join("ab"[i * i % 7 < 3] for i in range(n))], ["b a a " * (n // 3)]),
    "one endless word": lambda n: (["a." * n], ["a." * n + "b"]),
    "almost addresses": lambda n: (["a." * n + "@ 0 0 0"], ["b." * n + "@"]),
    "digits without end": lambda n: (["1 111 " * n], ["1 112 " * n]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_input_costs_more_than_its_length(name: str) -> None:
    def work(size: int) -> Callable[[], object]:
        before, after = (blocks(*texts) for texts in HOSTILE[name](size))
        return lambda: [
            diff_words(step.before.text, step.after.text)
            for step in align(before, after)
            if step.before and step.after and step.op is not StepOp.EQUAL
        ]

    small, large = calls(work(1_000)), calls(work(4_000))
    assert large < 6 * small + 2_000


def test_past_the_cap_two_texts_are_told_apart_as_wholes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("changes.words.MAX_CELLS", 8)
    assert marked("start a b c d slut", "start e b f d slut") == "start [-a b c][+e b f] d slut"
