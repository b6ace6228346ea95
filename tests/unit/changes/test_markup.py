"""A change as it is shown: the edit in its context, the rest folded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from changes.blocks import StepOp
from changes.markup import elements, sentences, terminal
from changes.release import Block, BlockKind, Contact, Link, Release, Stamp


def block(text: str, *links: Link) -> Block:
    return Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text, links=links)


BASE = Release(
    title="Fler platser i Norrby",
    lead="Anstalten byggs ut.",
    body=(
        block("Här står ett stycke."),
        block("Bygget ger 160 platser."),
        block("Här står ett till, med <b>tecken</b>.", Link(text="till", url="https://press.example/a")),
    ),
    contacts=(Contact(text="Siv Ask 08-123 45 67"),),
)


def lines(before: Release, after: Release) -> list[str]:
    marks = {"delete": "[-{}]", "insert": "[+{}]"}
    return [
        "".join(marks.get(segment.style, "{}").format(segment.text) for segment in line)
        for line in terminal(sentences(before, after))
    ]


def test_an_edit_is_shown_and_what_did_not_change_is_counted() -> None:
    after = replace(BASE, body=(BASE.body[0], block("Bygget ger 100 platser."), BASE.body[2]))
    assert lines(BASE, after) == ["  … 2 unchanged", "~ Bygget ger [-160][+100] platser.", "  … 1 unchanged"]


def test_nothing_is_shown_where_nothing_changed() -> None:
    assert sentences(BASE, BASE) == ()


def test_every_field_that_changed_is_shown_in_order() -> None:
    after = replace(
        BASE,
        title="Färre platser i Norrby",
        lead="Anstalten byggs inte ut.",
        updated=Stamp(raw="3 maj 2026", day=dt.date(2026, 5, 3)),
        contacts=(Contact(text="Siv Ask 08-123 45 68"),),
        body=(*BASE.body[:2], replace(BASE.body[2], links=(Link(text="till", url="https://press.example/b"),))),
    )
    assert lines(BASE, after) == [
        "~ title: [-Fler][+Färre] platser i Norrby",
        "~ Anstalten byggs [+inte] ut.",
        "  … 3 unchanged",
        "+ updated: [+2026-05-03]",
        "~ contacts: Siv Ask [-08-123 45 67][+08-123 45 68]",
        "~ links: till: [-https://press.example/a][+https://press.example/b]",
    ]


def test_blocks_that_came_and_went_are_whole() -> None:
    after = replace(BASE, body=(*BASE.body[:2], block("Helt nya ord på raden.")))
    assert lines(BASE, after) == [
        "  … 3 unchanged",
        "- [-Här står ett till, med <b>tecken</b>.]",
        "+ [+Helt nya ord på raden.]",
    ]


def test_a_long_paragraph_is_cut_to_the_words_around_the_edit() -> None:
    words = " ".join(f"ord{n}" for n in range(100))
    before, after = (replace(BASE, body=(block(f"{words} {n} platser {words}"),)) for n in (160, 100))
    shown = sentences(before, after, context=3)[-1]
    assert [span.text for span in shown.spans] == ["… ord98 ord99 ", "160", "100", " platser ord0 …"]


def test_the_pieces_for_html_are_named_and_not_escaped() -> None:
    after = replace(BASE, body=(*BASE.body[:2], block("Här står ett till, med <i>tecken</i>.")))
    shown = next(marked for marked in sentences(BASE, after) if marked.op is StepOp.CHANGED)
    pieces = elements(shown)
    assert {piece.tag for piece in pieces} == {None, "del", "ins"}
    assert "".join(piece.text for piece in pieces if piece.tag != "del") == "Här står ett till, med <i>tecken</i>."
