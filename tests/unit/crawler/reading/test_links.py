"""Which links are files in a list, and which are part of a text."""

from __future__ import annotations

import pytest

from crawler.reading.links import in_a_sentence
from crawler.reading.page import parse


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p><a id=x>Plan.pdf</a></p>", False),
        ("<p><a id=x>Plan</a> <span>(pdf, 142 kB)</span></p>", False),
        ("<p>Ladda ner: <a id=x>Plan</a></p>", False),
        ("<div><h3>Ladda ner</h3><a id=x>Plan</a><br><a>Karta</a></div>", False),
        ("<li><span><a>Karta</a> <a id=x>Plan</a></span></li>", False),
        ("<li><a>Karta</a> <a id=x>Plan</a></li>", False),
        ("<div><p>Regeringen har beslutat.</p><a id=x>Plan</a></div>", False),
        ("<div>Regeringen har beslutat.<br><a id=x>Plan</a></div>", False),
        ("<p>Planen kan läsas <a id=x>här</a>.</p>", True),
        ("<p>Planen kan <b>läsas <a id=x>här</a></b>.</p>", True),
        ("<p><i><a id=x>Planen</a></i> visar att hamnen får etthundrasextio nya platser före sommaren.</p>", True),
    ],
)
def test_a_link_among_words_is_part_of_a_sentence(markup: str, expected: bool) -> None:
    root = parse(f"<main>{markup}</main>".encode(), None)
    assert root is not None

    assert in_a_sentence(root.xpath("//a[@id='x']")[0]) is expected
