"""What in an unknown page is its text and what is not, where the difference is fine."""

from __future__ import annotations

import pytest

from changes.compare import compare
from changes.release import letters
from crawler.reading.generic.furniture import restless
from crawler.reading.generic.marking import without_nonces
from tests.unit.crawler.generic_pages import LEAD, TEXT, TITLE
from tests.unit.crawler.test_generic import read, said


def page(inside: str, *, around: str = "", head: str = "") -> bytes:
    """A page whose article says a title, a lead, a text, and then what is given."""
    text = "".join(f"<p>{one}</p>" for one in (LEAD, *TEXT))
    return (
        f'<html lang="en"><head><title>{TITLE}</title>{head}</head><body><main><article><h1>{TITLE}</h1>{text}{inside}</article>'
        f"{around}</main></body></html>"
    ).encode()


PLAIN = letters(" ".join((LEAD, *TEXT)))


@pytest.mark.parametrize(
    "noise",
    [
        '<p class="meta_text">Number of views (4099)<span> / </span>Comments (0)</p>',
        "<div>3 hours ago</div>",
        "<div><span>5 min read</span><span>·</span><span>1 204 views</span></div>",
        "<time>3 h</time>",
        "<p>för 3 timmar sedan</p>",
        "<p>vor 2 Stunden</p>",
        "<p>il y a 4 jours</p>",
        "<small>© 2031 Government of Skerland, all rights reserved</small>",
        '<nav aria-labelledby="toc"><a href="#a">First part</a><a href="#b">Second part</a></nav>',
        '<h2>In this article</h2><nav><a href="#a">First part</a></nav>',
        '<div class="social-share-buttons sharing"><a href="https://a.example">Post</a></div>',
        "<div hidden>Not shown to anybody at all</div>",
        '<h2>Related news</h2><ul><li><a href="/x">A ferry</a></li><li><a href="/y">A lamp</a></li></ul>',
        '<section><h3>Läs mer</h3><p><a href="/x">En färja</a></p></section>',
        '<form action="/feedback"><p>Is this page useful?</p><label>Yes <input type=radio></label></form>',
        '<aside><h2>More press releases</h2><a href="/1">Harbour</a> <a href="/2">Ferry</a></aside>',
    ],
)
def test_what_is_no_text_is_left_out(noise: str) -> None:
    assert said(read(page(noise))) == PLAIN


@pytest.mark.parametrize(
    "text",
    [
        "<p>12,000 visitors</p>",
        "<p>In all <strong>3 hours ago</strong> is too late.</p>",
        "<p>The film had <b>1,204 views</b> in a week.</p>",
        "<p>14:30</p>",
        "<ul><li>14:30 Press conference</li><li>15:00 Visit</li></ul>",
        '<section id="social-security"><h2>Social security</h2><p>Benefits rise by 2 per cent.</p></section>',
        '<div id="share-of-women"><p>The share of women is 47 per cent.</p></div>',
        "<h2>Related decisions</h2><p>The Government decided on this on 3 March, with 12 conditions.</p>",
        "<aside><h2>Facts</h2><p>The harbour is 140 years old.</p></aside>",
        "<blockquote><p>A great day.</p></blockquote>",
        "<table><tr><th>Year</th><th>Berths</th></tr><tr><td>2030</td><td>41</td></tr></table>",
        "<details><summary>Questions</summary><p>There are 9 of them.</p></details>",
        '<div role="tabpanel" hidden><p>The second tab says 77.</p></div>',
        '<button aria-controls="p1">More</button><div id="p1" aria-hidden="true"><p>The panel says 78.</p></div>',
        "<p>Updated figures follow on 5 May.</p>",
    ],
)
def test_what_is_text_stays_to_the_last_digit(text: str) -> None:
    release = read(page(text))
    without = read(page(""))

    assert compare(without, release) != ()
    assert said(release).startswith(PLAIN)
    assert len(said(release)) > len(PLAIN)


def test_a_box_with_contacts_beside_the_article_is_part_of_the_release() -> None:
    box = "<section><h2>Press contact</h2><p>Bo Ek, press secretary, phone 555 01 77</p></section>"

    before, after = read(page("", around=box)), read(page("", around=box.replace("77", "78")))

    (found,) = compare(before, after)
    assert found.fields == ("contacts",)
    assert [contact.phones for contact in before.contacts] == [("555 01 77",)]


def test_a_list_of_people_and_sums_is_no_list_of_contacts() -> None:
    people = "<ul><li>Ada Lind, 1 250 000 marks</li><li>Bo Ek, chair of TransNorth@</li></ul>"

    release = read(page(people))

    assert release.contacts == ()
    assert letters("1 250 000 marks") in said(release)


def test_files_count_wherever_they_are_offered() -> None:
    aside = '<aside class="sidebar"><h2>Downloads</h2><ul><li><a href="/a.pdf">Report</a></li></ul><a href="/b">Other</a></aside>'

    release = read(page("", around=aside))

    assert [file.name for file in release.attachments] == ["Report"]
    assert letters("Other") not in said(release)


def test_a_second_dated_line_stays_in_the_text() -> None:
    release = read(page("<p>Published 3 May 2031</p><p>Updated 4 May 2031</p><p>Updated 9 May 2031: table 2.</p>"))

    assert release.updated is not None
    assert release.updated.raw == "4 May 2031"
    assert letters("Updated 9 May 2031: table 2.") in said(release)


def test_what_a_machine_is_told_of_the_last_edit_moves_by_itself_and_is_not_believed() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "dateModified": "2031-06-01T03:00:00Z"}</script>'
    )

    assert read(page("", head=head)).updated is None


def test_links_count_but_not_their_nonces() -> None:
    link = '<p>See <a href="/law?id=17&amp;token={}">the law</a>.</p>'

    first, second = read(page(link.format("a1b2c3d4e5f60718"))), read(page(link.format("ffee99887766aa00")))
    other = read(page(link.format("a1b2c3d4e5f60718").replace("id=17", "id=18")))

    assert compare(first, second) == ()
    assert [found.fields for found in compare(first, other)] == [("links",)]


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("/a?id=4&_=1699999999999", "/a?id=4"),
        ("/a?id=4&t=2", "/a?id=4&t=2"),
        ("/a?token=press&id=4", "/a?token=press&id=4"),
        ("/a?nonce=8f3c2a9d41", "/a"),
        ("http://[broken?x=1", "http://[broken?x=1"),
    ],
)
def test_only_a_token_under_a_known_name_is_a_nonce(href: str, kept: str) -> None:
    assert without_nonces(href) == kept


@pytest.mark.parametrize("text", ["3 h", "2 days", "12,000 downloads", "48.5 million", "in 3 hours", "3 May", "1,204"])
def test_a_measure_alone_moves_nothing(text: str) -> None:
    assert not restless(text)


def test_a_title_is_told_from_the_name_of_the_site() -> None:
    logo = '<header><h1><a href="/">Government of Skerland</a></h1></header>'
    body = page("").replace(b"<body>", f"<body>{logo}".encode())

    assert read(body).title == TITLE


@pytest.mark.parametrize(
    "tag",
    [
        f"{TITLE} | Government of Skerland",
        f"Government of Skerland - {TITLE}",
        f"{TITLE} – News – Government of Skerland",
    ],
)
def test_without_a_heading_the_title_of_the_window_serves_without_the_name_of_the_site(tag: str) -> None:
    bare = (
        page("")
        .replace(f"<h1>{TITLE}</h1>".encode(), b"")
        .replace(f"<title>{TITLE}".encode(), f"<title>{tag}".encode())
    )

    assert read(bare).title.startswith(TITLE)
    assert "Government of Skerland" not in read(bare).title


@pytest.mark.parametrize(
    "heading", [f"<h1><span>Press release</span> {TITLE}</h1>", f"<h1>{TITLE} <span>No. 2031:44</span></h1>"]
)
def test_what_stands_in_a_heading_besides_the_title_stays_in_the_text(heading: str) -> None:
    body = page("").replace(f"<h1>{TITLE}</h1>".encode(), heading.encode())

    assert read(body).title == TITLE
    assert compare(read(body), read(body.replace(b"2031:44", b"2031:45").replace(b"Press release", b"Statement"))) != ()


def test_a_page_that_names_itself_nowhere_is_titled_by_its_first_line() -> None:
    bare = page("").replace(f"<h1>{TITLE}</h1>".encode(), b"").replace(f"<title>{TITLE}</title>".encode(), b"")

    assert read(bare).title == LEAD
