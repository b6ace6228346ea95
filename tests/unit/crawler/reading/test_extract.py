"""A page and a profile give a Release: on invented pages, on real ones, and however much noise there is."""

from __future__ import annotations

import datetime as dt
import secrets
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changes.release import NoticeKind, Release, encode
from crawler.reading.extract import extract, read_with
from crawler.reading.page import parse
from crawler.reading.profiles import AttachmentRule, ReleaseRules, SiteProfile, Wording

URL = "https://www.fyr.example/nyheter/2026/05/ljus/"
LONG = "Tio fyrar ska byggas i skärgården, och alla ska lysa före den 1 juni 2028."
RULES = ReleaseRules(
    name="fyr", region="main", title=("h1",), title_remove=(".nr",), noise=(".noise",), identifier=(".nr",),
    kind_line=(".kind",), lead=(".lead",), body=(".text",), published=(".dates", "meta[name=published]@content"),
    updated=(".dates",), contacts=(".contact",), attachments=(".files a",), categories=(".tags a",),
)  # fmt: skip


def profile(*rules: ReleaseRules, language: str = "sv") -> SiteProfile:
    return SiteProfile(
        name="fyr", title="Fyrverket", base_url="https://www.fyr.example", language=language,
        time_zone=ZoneInfo("Europe/Stockholm"), discovery=(), release=rules or (RULES,),
        wording=Wording(contact=("Ring oss",)), attachments=AttachmentRule(fold=(r"/[0-9a-f]{6}(?=/files/)",)),
    )  # fmt: skip


def read(main: str, *, head: str = "", rules: ReleaseRules = RULES, language: str = "sv") -> Release:
    page = f'<html lang="{language}"><head>{head}</head><body><nav>Arkiv</nav><main>{main}</main></body></html>'
    reading = extract(page.encode(), profile(rules, language=language), url=URL)
    assert reading.release is not None, reading.problem
    return reading.release


def body(release: Release) -> list[str]:
    return [block.text for block in release.body]


def cipher(address: str, key: int) -> str:
    code = bytes([key, *(byte ^ key for byte in address.encode())]).hex()
    return f'<a href="/cdn-cgi/l/email-protection#{code}"><span class="__cf_email__" data-cfemail="{code}">[email&#160;protected]</span></a>'


def test_the_title_leaves_its_vignette_to_the_identifier() -> None:
    release = read('<h1> Ljus\n <span class="nr">Diarienummer: KN2026/00741</span></h1><div class="text">a</div>')

    assert (release.title, release.identifier) == ("Ljus", "KN2026/00741")


@pytest.mark.parametrize(
    ("line", "kind", "senders"),
    [("Pressmeddelande från <a>Lo Dyning</a>, <a>Klimat- och näringslivsdepartementet</a>", "Pressmeddelande",
      ("Lo Dyning", "Klimat- och näringslivsdepartementet")),
     ("Artikel från Landsbygds- och infrastrukturdepartementet och Socialdepartementet", "Artikel",
      ("Landsbygds- och infrastrukturdepartementet", "Socialdepartementet")),
     ("<strong>Ansvarig:</strong> <a>Finansdepartementet</a>", None, ("Finansdepartementet",)),
     ("Tal", "Tal", ())],
)  # fmt: skip
def test_the_kind_line_tells_kind_and_senders(line: str, kind: str | None, senders: tuple[str, ...]) -> None:
    release = read(f'<h1>T</h1><p class="kind">{line}</p><div class="text">a</div>')

    assert (release.kind, release.senders) == (kind, senders)


def test_an_english_ministry_keeps_its_and() -> None:
    line = "Press release from Ministry of Climate and Enterprise and Ministry of Finance"

    release = read(f'<h1>T</h1><p class="kind">{line}</p><div class="text">a</div>', language="en")

    assert (release.kind, release.senders) == (
        "Press release",
        ("Ministry of Climate and Enterprise", "Ministry of Finance"),
    )


def test_of_two_sources_for_one_day_the_one_with_a_time_of_day_is_kept() -> None:
    head = '<meta name="published" content="2026-05-12 08:31:07">'

    release = read(
        '<h1>T</h1><p class="dates">Uppdaterad 13 maj 2026 · Publicerad 12 maj 2026</p><div class="text">a</div>',
        head=head,
    )

    assert release.published is not None
    assert release.published.at == dt.datetime(2026, 5, 12, 6, 31, 7, tzinfo=dt.UTC)
    assert release.updated is not None
    assert (release.updated.day, release.updated.at) == (dt.date(2026, 5, 13), None)


def test_of_two_sources_for_two_days_the_first_is_kept() -> None:
    head = '<meta name="published" content="2026-05-14 08:31:07">'

    release = read('<h1>T</h1><p class="dates">Publicerad 12 maj 2026</p><div class="text">a</div>', head=head)

    assert release.published is not None
    assert release.published.day == dt.date(2026, 5, 12)
    assert release.updated is None


@pytest.mark.parametrize(
    "main",
    [f'<p class="lead">{LONG}</p><div class="text"><p>{LONG}</p><p>Mer.</p></div>',
     f'<p class="lead">{LONG}</p><p class="lead">{LONG}</p><div class="text"><p>Mer.</p></div>',
     f'<div class="text"><p class="lead">{LONG}</p><p>{LONG}</p><p>Mer.</p></div>',
     f'<p class="lead">{LONG}</p><div class="text"><p>{LONG}<br>Mer.</p></div>'],
    ids=["again in the body", "twice", "inside the body", "in one paragraph with more"],
)  # fmt: skip
def test_a_lead_stands_once(main: str) -> None:
    release = read(f"<h1>T</h1>{main}")

    assert release.lead == LONG
    assert body(release) == ["Mer."]


def test_nested_and_doubled_bodies_stand_once_and_in_page_order() -> None:
    release = read(
        '<h1>T</h1><div class="text"><p>A</p><div class="text"><p>B</p></div></div><div class="text">C</div>'
    )

    assert body(release) == ["A", "B", "C"]


def test_what_is_hidden_is_not_read() -> None:
    hidden = (
        '<p hidden>1</p><p aria-hidden="true">2</p><p style="color: red; display : none">3</p><noscript>4</noscript>'
        "<template>5</template><svg><text>6</text></svg><style>7</style><script>8</script><!-- 9 -->"
    )

    release = read(f'<h1>T</h1><div class="text">{hidden}<p aria-hidden="false">Syns</p></div>')

    assert body(release) == ["Syns"]


def test_fields_inside_the_body_are_not_read_twice() -> None:
    main = (
        '<div class="text"><p class="kind">Tal från Fyrverket</p><h1>T</h1><p class="dates">Publicerad 12 maj 2026</p><p>Brödtext.</p>'
        '<h2>Ladda ner</h2><ul class="files"><li><a href="/f.pdf">Fil (pdf 2 kB)</a></li></ul>'
        '<h2>Presskontakt</h2><p class="contact">Ada Ljus<br>08-123 45 67</p></div>'
    )

    release = read(main)

    assert body(release) == ["Brödtext."]
    assert (release.title, release.kind, len(release.contacts), len(release.attachments)) == ("T", "Tal", 1, 1)


def test_a_date_in_a_sentence_stays_in_the_body() -> None:
    rules = ReleaseRules(name="x", region="main", title=("h1",), body=(".text",), published=("time@datetime",))
    text = "Arbetet börjar i skärgården i höst och ska enligt planen vara helt färdigt senast "

    release = read(
        f'<h1>T</h1><div class="text"><p>{text}<time datetime="2026-05-12">den 12 maj</time>.</p></div>', rules=rules
    )

    assert body(release) == [f"{text}den 12 maj."]


def test_a_list_of_links_under_a_closing_heading_is_no_body() -> None:
    text = '<p>Brödtext.</p><h2>Related posts</h2><ul><li><a href="/a">Annat</a></li></ul>'

    assert body(read(f'<h1>T</h1><div class="text">{text}</div>')) == ["Brödtext."]


def test_such_a_heading_over_text_is_body() -> None:
    text = "<p>Brödtext.</p><h2>Relaterat</h2><p>Detta hör också hit.</p>"

    assert body(read(f'<h1>T</h1><div class="text">{text}</div>')) == ["Brödtext.", "Relaterat", "Detta hör också hit."]


def test_the_rules_own_closing_words_end_the_body_whatever_follows() -> None:
    rules = ReleaseRules(name="x", region="main", title=("h1",), body=(".text",), body_ends=("Om oss",))

    assert body(read('<h1>T</h1><div class="text"><p>A</p><p>OM OSS:</p><p>B</p></div>', rules=rules)) == ["A"]


def test_addresses_are_absolute_and_without_what_differs_on_each_request() -> None:
    links = (
        '<a href="/x?utm_source=n&amp;a=1&amp;fbclid=2#del">x</a> <a href="../y/">y</a> <a href="javascript:alert(1)">z</a>'
        ' <a href="http://[broken">b</a> <a href="/4f1a9c/files/f.pdf">f</a>'
    )

    release = read(f'<h1>T</h1><div class="text"><p>{links}</p></div>')

    assert [link.url for link in release.body[0].links] == [
        "https://www.fyr.example/x?a=1#del", "https://www.fyr.example/nyheter/2026/05/y/", "https://www.fyr.example/files/f.pdf",
    ]  # fmt: skip
    assert release.body[0].text == "x y z b f"


def test_hidden_addresses_are_written_out() -> None:
    release = read(f'<h1>T</h1><div class="text"><p>Skriv till {cipher("ada@fyr.example", 7)}.</p></div>')

    assert release.body[0].text == "Skriv till ada@fyr.example."
    assert release.body[0].links[0].url == "mailto:ada@fyr.example"


def test_each_person_of_a_contact_block_is_one_contact() -> None:
    block = (
        '<div class="contact"><h2>Ring oss</h2><p><strong>Ada Ljus</strong><br>T.f. pressekreterare hos minister Lo Dyning<br>'
        'Telefon (växel) 08-405 10 00<br>Mobil 072-123 45 67<br><a href="mailto:ada@fyr.example?subject=x">e-post till Ada Ljus</a></p>'
        "<p>Bo af Skär<br>Presskommunikatör, Fyrverket<br>08-405 20 00</p></div>"
        '<div class="contact"><h2>Presskontakt</h2></div><div class="contact"><h2>Presskontakt</h2><p>Pressjour<br>08-405 30 00</p></div>'
    )

    contacts = read(f'<h1>T</h1><div class="text">a</div>{block}').contacts

    assert [(c.name, c.role, c.phones, c.email) for c in contacts] == [
        (
            "Ada Ljus",
            "T.f. pressekreterare hos minister Lo Dyning",
            ("08-405 10 00", "072-123 45 67"),
            "ada@fyr.example",
        ),
        ("Bo af Skär", "Presskommunikatör, Fyrverket", ("08-405 20 00",), None),
        (None, "Pressjour", ("08-405 30 00",), None),
    ]
    assert contacts[1].text == "Bo af Skär Presskommunikatör, Fyrverket 08-405 20 00"


def test_attachments_have_a_name_a_size_and_one_address() -> None:
    files = '<a href="/4f1a9c/files/a.pdf">Uppdrag (pdf 1,2 MB)</a><a href="/aaaaaa/files/a.pdf">Igen</a><a href="/files/b">Tabell (2024)</a>'

    found = read(f'<h1>T</h1><div class="files">{files}</div>').attachments

    assert [(a.name, a.size, a.url) for a in found] == [
        ("Uppdrag", "pdf 1,2 MB", "https://www.fyr.example/files/a.pdf"), ("Tabell (2024)", None, "https://www.fyr.example/files/b"),
    ]  # fmt: skip


def test_notices_leave_the_text_wherever_they_stand() -> None:
    note = "<h2>Statsråd på denna sida som har entledigats</h2><p>Mellan den 3 oktober 2014 och den 8 mars 2018 var hon fyrminister.</p>"
    page = (
        '<html><body><div class="noise">Innehållet publicerades under perioden 3 oktober 2014 till den 20 januari 2019</div>'
        f'<main><h1>T</h1><div class="text">{note}{note}<p>Brödtext.</p></div><div class="contact"><p>Ada Ljus<br>08-405 10 00</p>{note}</div></main></body></html>'
    )

    release = extract(page.encode(), profile(), url=URL).release

    assert release is not None
    assert [notice.kind for notice in release.notices] == [NoticeKind.ARCHIVED, NoticeKind.OFFICEHOLDER]
    assert body(release) == ["Brödtext."]
    assert release.contacts[0].text == "Ada Ljus 08-405 10 00"


def test_a_page_that_fits_no_rules_says_why() -> None:
    reading = extract(b"<html><body><article><h1>T</h1></article></body></html>", profile(), url=URL)

    assert reading.release is None
    assert reading.problem == "no rules fit: fyr: no region main"


def test_a_page_without_text_gives_no_release() -> None:
    assert (
        extract(b"<main><h1>T</h1></main>", profile(), url=URL).problem
        == "no rules fit: fyr: neither lead nor body nor attachments, or a body of more than 8000000 bytes"
    )
    assert extract(b"%PDF-1.4", profile(), url=URL).release is None


def test_rules_that_were_over_when_a_page_was_captured_do_not_read_it() -> None:
    old = ReleaseRules(name="old", region="main", title=("h1",), body=("p",), valid_until=dt.date(2020, 1, 1))
    new = ReleaseRules(name="new", region="main", title=("h1",), body=("p",))

    def name(day: dt.date | None) -> str | None:
        rules = extract(b"<main><h1>T</h1><p>a</p></main>", profile(old, new), url=URL, captured_on=day).rules
        return rules.name if rules else None

    assert (name(dt.date(2019, 5, 1)), name(dt.date(2021, 5, 1)), name(None)) == ("old", "new", "old")


def test_fields_that_the_rules_do_not_look_for_are_unread() -> None:
    bare = ReleaseRules(name="bare", region="main", title=("h1",), body=("p",), published=("time",))

    unread = read("<h1>T</h1><p>a</p>", rules=bare).unread

    assert unread == {"identifier", "kind", "senders", "lead", "updated", "contacts", "attachments", "categories"}


def test_reading_leaves_the_callers_tree_as_it_is() -> None:
    root = parse(
        f'<main><h1>T</h1><div class="text">a<p class="noise">b</p></div>{cipher("a@b.se", 9)}</main>'.encode(), None
    )
    assert root is not None

    first, second = (read_with(root, RULES, profile(), URL) for _ in range(2))

    assert first == second
    assert "[email" in root.text_content()


@settings(max_examples=60, deadline=None)
@given(
    key=st.integers(1, 255),
    gap=st.sampled_from(["", " ", "\n\t", " \r\n "]),
    comment=st.text(alphabet="abc 0.", max_size=9),
)
def test_noise_changes_nothing(key: int, gap: str, comment: str) -> None:
    def page(key: int, gap: str, comment: str, nonce: str) -> bytes:
        parts = [
            f'<html lang="sv"><head><meta name="csrf" content="{nonce}"><link rel="stylesheet" href="/{nonce}.css"></head><body>',
            f'<main data-build="{nonce}">', '<p class="kind">Tal från Fyrverket</p>', "<h1>Ljus</h1>",
            '<div class="text">', "<p>Tio fyrar.</p>", "<ul>", "<li>Ett</li>", "</ul>", f"<p>{cipher('ada@fyr.example', key)}</p>",
            "</div>", f'<div class="contact"><p>Ada Ljus<br>{cipher("ada@fyr.example", key)}</p></div>',
            f'<div class="noise">{nonce}</div>', f"<!-- {comment} -->", f"<script>{nonce}</script>", "</main>", "</body></html>",
        ]  # fmt: skip
        return gap.join(parts).encode()

    quiet = extract(page(42, "", "", "0"), profile(), url=URL).release
    loud = extract(page(key, gap, comment, secrets.token_hex(8)), profile(), url=URL).release

    assert quiet is not None
    assert loud is not None
    assert encode(quiet) == encode(loud)


@pytest.mark.parametrize(
    "contact",
    ["a" * 100_000, "08-123 " * 20_000, "<p>Ada Ljus<br>08-123 45 67</p>" * 500],
    ids=["word", "digits", "people"],
)
def test_a_contact_block_made_to_cost_costs_little(contact: str) -> None:
    assert read(f'<h1>T</h1><div class="text">a</div><div class="contact">{contact}</div>').contacts  # it ends


def test_thousands_of_links_cost_little() -> None:
    links = "".join(f'<a href="/files/{number}">f</a>' for number in range(5_000))

    assert len(read(f'<h1>T</h1><div class="files">{links}</div>').attachments) == 5_000
