"""A plain paragraph reads the same whether the soup is asked or not."""

from __future__ import annotations

from html import escape

from hypothesis import example, given
from hypothesis import strategies as st

from crawler.reading.blocks import finished, read_drafts

#: What may stand in a page once it is a tree: no NUL and no carriage return, which parsers change.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=200)


@given(TEXTS, st.sampled_from(["", ' class="lead"', ' id="a" data-x="1 2"']))
@example("• En punkt", "")
@example("1. Först  *så* _här_ ", "")
@example("", "")
def test_a_paragraph_alone_is_the_block_that_it_is_among_others(text: str, attributes: str) -> None:
    alone = f"<p{attributes}>{escape(text, quote=False)}</p>"
    among = f"<section>{alone}<p>Slut</p></section>"

    *before, last = finished(read_drafts(among, lambda url: url))
    assert last.text == "Slut"
    assert finished(read_drafts(alone, lambda url: url)) == tuple(before)
