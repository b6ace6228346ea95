"""Blocks: a piece of HTML as a reader sees it, as text and as Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changes.release import BlockKind, letters
from crawler.reading.blocks import finished, read_drafts
from crawler.reading.repeats import without_repeats

LONG = "Länsstyrelsen ska samordna arbetet med fyrar, båkar och lotsar i hela skärgården."


def markdown(html: str) -> list[str]:
    return [block.markdown for block in finished(read_drafts(html, lambda href: f"https://a.example{href}"))]


def texts(html: str) -> list[str]:
    return [block.text for block in finished(without_repeats(read_drafts(html, lambda href: href)))]


@pytest.mark.parametrize(
    ("html", "expected"),
    [("<p>En <strong>fet </strong>rad, <em>lutad</em></p>", ["En **fet** rad, *lutad*"]),
     ("<div>Direkt text<p>Stycke</p>och mer</div>", ["Direkt text", "Stycke", "och mer"]),
     ("<p>Ett<br><br>Två<br>rader</p>", ["Ett", "Två\\\nrader"]),
     ('<p><a href="/x y(1)">En <b>länk</b></a>.</p>', ["[En **länk**](https://a.example/x%20y%281%29)."]),
     ("<h2>Rub<br>rik</h2>", ["## Rub rik"]),
     ("<ul><li>A<ol start=3><li>B</li><li>C</li></ol></li><li><p>D</p><p>E</p></li></ul>",
      ["- A", "    3. B", "    4. C", "- D", "  E"]),
     ("<blockquote><p>Sagt</p></blockquote>", ["> Sagt"]),
     ("<figure><img alt='x'><figcaption>Foto: Ada</figcaption></figure>", ["Foto: Ada"]),
     ("<p># 1 *a* [b] &lt;c&gt; snake_case _d_ &amp;amp;</p>", ["\\# 1 \\*a\\* \\[b\\] \\<c> snake_case \\_d\\_ \\&amp;"]),
     ("<p>1. maj</p><p>- streck</p>", ["1\\. maj", "\\- streck"]),
     ("<p>sam\u00adord\u200bning 10&nbsp;000 CO<sub>2</sub></p>", ["samordning 10 000 CO2"]),
     ("<p> </p><p>&nbsp;</p><script>x</script><p>a</p>", ["a"]),
     ("<pre>rad 1\nrad 2</pre>", ["rad 1\\\nrad 2"])],
)  # fmt: skip
def test_markup_becomes_clean_markdown(html: str, expected: list[str]) -> None:
    assert markdown(html) == expected


def test_a_table_is_rows_and_a_cell_over_two_columns_loses_nothing() -> None:
    html = "<table><tr><th>År</th><th>Kr|öre</th></tr><tr><td>2024</td><td><p>5</p><p>000</p></td></tr><tr><td colspan=2>Summa</td></tr></table>"

    blocks = finished(read_drafts(html, str))

    assert {block.kind for block in blocks} == {BlockKind.ROW}
    assert [block.text for block in blocks] == ["År | Kr|öre", "2024 | 5 000", "Summa"]
    assert blocks[0].markdown == "| År | Kr\\|öre |\n| --- | --- |"


def test_a_table_that_lays_out_a_page_is_no_table() -> None:
    assert texts("<table><tr><td><p>Ett</p><p>Två</p></td></tr></table>") == ["Ett", "Två"]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{LONG}</p>" * 4,
        f"<p>{LONG}<br>Kort.</p>" * 3,
        f"<h2>Rubrik</h2><p>{LONG}</p>" * 2,
        f"<p>{LONG}</p><p>{LONG}<br>Mer.</p>",
    ],
)
def test_a_run_that_stands_again_at_once_stands_once(html: str) -> None:
    assert " ".join(texts(html)).count(LONG) == 1


@pytest.mark.parametrize(
    "html",
    ["<p>Hej!</p><p>Hej!</p>", f"<p>{LONG}</p><p>Annat.</p><p>{LONG}</p>", f"<ul><li>{LONG}</li><li>{LONG}</li></ul>",
     "<table>" + f"<tr><td>{LONG}</td><td>4</td></tr>" * 2 + "</table>"],
)  # fmt: skip
def test_what_repeats_for_a_reason_is_kept(html: str) -> None:
    assert len(texts(html)) == len(finished(read_drafts(html, str)))


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<br>", "<li>", "<ul>", "</ul>", "ord ", "åäö"]
        ),
        max_size=40,
    )
)
def test_no_text_is_lost_whatever_the_markup(parts: list[str]) -> None:
    html = "".join(parts)
    said = letters("".join(part for part in parts if not part.startswith("<")))

    assert letters("".join(block.text for block in finished(read_drafts(html, str)))) == said
