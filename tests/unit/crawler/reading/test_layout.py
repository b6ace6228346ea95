"""Rules learnt from what pages said before: which elements are chosen, and what is left out."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from lxml.html import HtmlElement

from changes.compare import compare
from changes.release import Release
from crawler.reading.extract import extract, read_with
from crawler.reading.fingerprint import fingerprint
from crawler.reading.layout import Example, guess, learn
from crawler.reading.layout.pagetext import page_text
from crawler.reading.layout.people import tail
from crawler.reading.layout.selectors import candidates, find
from crawler.reading.page import parse
from crawler.reading.profiles import ReleaseRules, SiteProfile

OLD = ReleaseRules(
    name="old",
    region="main",
    title=("h1",),
    body=(".text",),
    published=(".day",),
    contacts=(".who",),
    attachments=(".file",),
)
PROFILE = SiteProfile(
    name="x",
    title="X",
    base_url="https://x.example",
    language="sv",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(),
    release=(OLD,),
)
TOPICS = ("broar", "skolor", "fiske", "rymden", "hamnar", "museer")


def body(number: int) -> str:
    """Paragraphs that no other page has."""
    topic = TOPICS[number % len(TOPICS)]
    return f"<p>Beslut nummer {number} gäller {topic} i hela landet.</p><p>Det kostar {number + 40} miljoner om {topic}.</p>"


def before(number: int) -> Release:
    """What page `number` said in the old layout."""
    page = (
        f'<main><h1>Om {TOPICS[number]}</h1><p class="day">Publicerad 2026-09-0{number + 1}</p><div class="text">{body(number)}</div>'
        f'<div class="who"><p>Alva Lind<br>Pressekreterare<br>08-000 10 0{number}</p></div></main>'
    )
    release = extract(page.encode(), PROFILE, url=url(number)).release
    assert release is not None
    return release


def url(number: int) -> str:
    """The address of a page."""
    return f"https://x.example/p/{number}/"


def taught(pattern: str) -> ReleaseRules | None:
    """The rules learnt from six pages of a layout in which `{title}`, `{body}`, `{day}`, `{n}` stand somewhere."""
    return learn([Example(url=url(n), before=before(n), root=tree(pattern, n)) for n in range(6)], PROFILE, name="new")


def tree(pattern: str, number: int) -> HtmlElement:
    """Page `number` in that layout."""
    filled = pattern.format(title=f"Om {TOPICS[number]}", body=body(number), day=f"2026-09-0{number + 1}", n=number)
    root = parse(f"<html><head><title>x</title></head><body>{filled}</body></html>".encode(), None)
    assert root is not None
    return root


WHO = "<section><h2>Fråga oss</h2><ul><li>Tfn 08-000 10 0{n}</li><li>Alva Lind, Pressekreterare</li></ul></section>"


@pytest.mark.parametrize(
    "pattern",
    [
        "<article><h1>{title}</h1><i>{day}</i>{body}</article>",
        "<div><div><h1>{title}</h1><time>{day}</time></div><div>{body}</div></div><div><p>Läs {n}</p></div>",
        '<article><h1>{title}</h1><b>{day}</b>{body}<p class="x">Mer</p><p><a href="/{n}">Nyhet {n}</a></p></article>',
        '<div class="A_b__x7{n}F"><h1>{title}</h1><b>{day}</b><div class="T_t__{n}Xa{n}">{body}</div></div>',
        "<x-page><x-title><h1>{title}</h1></x-title><x-day>{day}</x-day><x-text>{body}</x-text></x-page>",
        "<table><tr><td><p>{n} läser</p></td><td><h1>{title}</h1><b>{day}</b><div>{body}</div></td></tr></table>",
        "<h1>{title}</h1><b>{day}</b><div><p>Lyssna på texten</p>{body}</div>",
        "<h1>{title}</h1><b>{day}</b><div>{body}<p>Läst av {n} personer</p></div>",
    ],
)
def test_every_page_reads_as_before_by_what_was_learnt(pattern: str) -> None:
    rules = taught(pattern)

    assert rules is not None
    for number in range(6):
        after = read_with(tree(pattern, number), rules, PROFILE, url(number))
        assert after is not None
        assert compare(before(number), after) == ()
        assert "published" not in after.unread


def test_contacts_are_known_by_their_facts_whatever_their_order_and_labels() -> None:
    rules = taught("<article><h1>{title}</h1><div>{body}</div>" + WHO + "</article>")

    assert rules is not None
    assert rules.contacts
    after = read_with(
        tree("<article><h1>{title}</h1><div>{body}</div>" + WHO + "</article>", 3), rules, PROFILE, url(3)
    )
    assert after is not None
    assert compare(before(3), after) == ()


def test_pages_that_say_something_else_teach_nothing() -> None:
    pattern = "<article><h1>{title}</h1><p>Något helt annat än förr, nämligen {n}.</p></article>"

    assert taught(pattern) is None


def test_a_layout_in_which_the_text_cannot_be_told_from_the_rest_is_not_learnt() -> None:
    pattern = (
        "<h1>{title}</h1><div><p>Nyhet {n} av i dag</p>{body}<p>Mer om {n} och annat</p>{body}<p>Slut {n}</p></div>"
    )
    rules = taught(pattern)

    assert rules is None or all(
        compare(before(n), after) == ()
        for n in range(6)
        if (after := read_with(tree(pattern, n), rules, PROFILE, url(n))) is not None
    )


def test_what_stirs_beside_a_text_is_left_out_of_its_fingerprint_and_the_text_is_not() -> None:
    pattern = '<article><h1>{title}</h1><b>{day}</b><div class="t">{body}</div><div class="more"><p>Nyhet {n}</p></div></article>'
    rules = taught(pattern)
    assert rules is not None
    one, other = (tree(pattern.replace("Nyhet {n}", words), 2) for words in ("Nyhet 1", "Nyhet 99"))
    edited = tree(pattern.replace("{body}", "{body}<p>Nytt.</p>"), 2)

    assert fingerprint(one, rules, PROFILE) == fingerprint(other, rules, PROFILE)
    assert fingerprint(one, rules, PROFILE) != fingerprint(edited, rules, PROFILE)


def test_new_pages_without_a_past_are_read_by_their_heading_their_date_and_their_text() -> None:
    text = "<p>" + "Regeringen har i dag beslutat om nya vägar och broar i hela landet. " * 4 + "</p>"
    page = f"<html><head><title>Nytt - X</title></head><body><nav><p>Meny</p></nav><main><h1>Nytt</h1><p>Publicerad 3 maj 2026</p><div>{text}</div></main></body></html>"
    root = parse(page.encode(), None)
    assert root is not None
    rules = guess([(url(1), root)], PROFILE, name="guessed-1")
    assert rules is not None
    release = read_with(root, rules, PROFILE, url(1))

    assert release is not None
    assert (release.title, len(release.body), release.published and release.published.raw) == ("Nytt", 1, "3 maj 2026")


def test_an_error_page_without_a_date_is_not_taken_for_a_layout() -> None:
    root = parse(
        ("<title>Hoppsan</title><h1>Hoppsan</h1><div><p>" + "Servern mår inte bra. " * 20 + "</p></div>").encode(), None
    )
    assert root is not None

    assert guess([(url(1), root)], PROFILE, name="guessed-1") is None


def test_names_that_a_build_made_are_not_part_of_a_selector() -> None:
    root = parse(b'<div class="css-1q2w3e Release_text__x7Fa2 body-text"><p>x</p></div>', None)
    assert root is not None
    names = list(candidates(root.find(".//div")))

    assert "div.body-text" in names
    assert 'div[class*="Release_text__"]' in names
    assert not any("x7Fa2" in name or "1q2w3e" in name for name in names)


def test_every_name_of_an_element_finds_it_even_where_its_markup_is_broken() -> None:
    root = parse("<body><h1\u00a0x='y'>a</h1><div><p>b</p></div></body>".encode(), None)
    assert root is not None
    for element in root.iter():
        assert all(element in find(root, name) for name in candidates(element))


def test_a_text_is_found_across_its_markup() -> None:
    root = parse("<body><p>Ett <b>hund</b>ra\u00ad sextio platser</p></body>".encode(), None)
    assert root is not None
    text = page_text(root)

    assert [element.tag for start, end in text.places("hundrasextio") for element in text.elements(start, end)] == [
        "b",
        "p",
    ]


def test_the_tail_of_an_address_outlives_a_move_of_its_host_and_its_prefix() -> None:
    assert tail("https://a.example/1f2e3d/contentassets/abc/fil.pdf?x=1") == tail("/contentassets/abc/fil.pdf")
