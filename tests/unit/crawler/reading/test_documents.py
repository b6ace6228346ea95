"""The text of PDF files: paragraphs from lines, without running heads, whatever is wrong with a file said in a line."""

from __future__ import annotations

import pytest

from crawler.papers import Papers
from crawler.reading.documents import NoTextError, document_text, join_lines
from tests.pdfs import pdf

FULL = "The Government has decided on new berths in the harbour, which the town has asked for"


def test_lines_become_paragraphs_and_words_are_joined_at_hyphens() -> None:
    page = [f"{FULL} since", "the spring of 2030.", "", f"{FULL} and the costs are mil-", "lions (160 in all)."]

    assert document_text(pdf(page)) == [
        f"{FULL} since the spring of 2030.",
        f"{FULL} and the costs are millions (160 in all).",
    ]


def test_a_sentence_goes_on_across_pages_without_their_heads_and_numbers() -> None:
    middle = [f"{FULL} and much else that"] * 5
    parts = ("one", "two", "three", "four")
    pages = [
        ["Harbour Office", f"In part {n} it", *middle, f"goes on in part {n}, for the next", str(i)]
        for i, n in enumerate(parts, 1)
    ]

    text = " ".join(document_text(pdf(*pages)))

    assert "Harbour Office" not in text
    assert "goes on in part three, for the next In part four it The Government" in text


def test_a_list_is_a_paragraph_an_item() -> None:
    assert join_lines([["The measures are:", "1. more berths in the north", "2. fewer fees", "in the south"]]) == [
        "The measures are:",
        "1. more berths in the north",
        "2. fewer fees in the south",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"PK\x03\x04 no pdf", "only the text of PDF"), (b"%PDF-1.4 cut off", "damaged"), (pdf([]), "no text in it")],
)
def test_what_has_no_text_says_why(body: bytes, problem: str) -> None:
    with pytest.raises(NoTextError, match=problem):
        document_text(body)


def test_a_file_that_holds_its_reader_is_given_up_and_the_next_is_read() -> None:
    papers = Papers(limit=0.001)
    held = papers.read(pdf([FULL]))
    papers._limit = 30.0
    read = papers.read(pdf([FULL]))
    papers.close()

    assert "longer" in (held.problem or "")
    assert read.paragraphs == (FULL,)
