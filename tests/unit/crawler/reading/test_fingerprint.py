"""The fast lane: a page that says the same to its reader has the same fingerprint, and no other page has."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from crawler.reading.fingerprint import fingerprint, rules_behind
from crawler.reading.page import body_of, parse
from crawler.reading.profiles import AttachmentRule, ReleaseRules, SiteProfile
from crawler.reading.sheets import hints_at_notice, seen_lines
from crawler.reading.visible import text_lines, visible_copy

RULES = ReleaseRules(
    name="now",
    region="main",
    title=("h1",),
    noise=(".teasers",),
    restless=(".views",),
    body=(".text",),
    published=("meta[name=date]@content", "time@datetime"),
    updated=("[data-edited]@data-edited",),
    attachments=(".files a",),
)
PROFILE = SiteProfile(
    name="gov",
    title="Gov",
    base_url="https://www.gov.example",
    language="sv",
    time_zone=ZoneInfo("Europe/Stockholm"),
    discovery=(),
    release=(RULES,),
    attachments=AttachmentRule(fold=(r"/[0-9a-f]{6}(?=/assets/)",)),
)

PAGE = """<!DOCTYPE html><html lang="sv"><head><meta name="date" content="2026-03-01"><meta name="csrf" content="1f">
<link rel="canonical" href="/press/1"><script>var build = 17;</script></head><body><nav>Start <a href="/om">Om</a></nav>
<main><h1>Fler platser</h1><time datetime="2026-03-01">1 mars</time><p data-edited="2026-03-02">Ny</p>
<div class="text"><p>Det blir 40 platser.</p><p style="color: red">Se <a href="/mer" title="Mer">mer</a>.</p></div>
<div class="files"><a href="/a1b2c3/assets/x.pdf" title="Bilaga"></a></div>
<p class="views">Visad 17 gånger</p><div class="teasers">Andra nyheter</div>
<p>Mejl: <a href="/cdn-cgi/l/email-protection#3d5c7d5f"><span data-cfemail="3d5c7d5f">[email protected]</span></a></p>
</main><footer>Telefon 08</footer></body></html>"""


def _seen(markup: str, rules: ReleaseRules = RULES) -> str | None:
    root = parse(markup.encode(), "text/html; charset=utf-8")
    assert root is not None
    return fingerprint(root, rules, PROFILE)


def _changed(old: str, new: str) -> bool:
    assert old in PAGE
    return _seen(PAGE) != _seen(PAGE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Det blir 40 platser.", "  Det blir\n40&nbsp;platser. "),
        ('content="1f"', 'content="2e"'),
        ("build = 17", "build = 18"),
        ("Andra nyheter", "Nyare nyheter"),
        ("Visad 17", "Visad 18"),
        ("/a1b2c3/assets", "/ffeedd/assets"),
        ("Telefon 08", "Telefon 09"),
        ("Om</a>", "Om oss</a>"),
        ('3d5c7d5f"><span data-cfemail="3d5c7d5f"', '8eefceec"><span data-cfemail="8eefceec"'),
        ('class="text"', 'class="text new"'),
    ],
)
def test_what_no_reader_of_the_release_sees_does_not_count(old: str, new: str) -> None:
    assert not _changed(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("40 platser", "41 platser"),
        ("Fler platser", "Färre platser"),
        ('href="/mer"', 'href="/mindre"'),
        ('name="date" content="2026-03-01"', 'name="date" content="2026-03-04"'),
        ('<time datetime="2026-03-01"', '<time datetime="2026-03-05"'),
        ('data-edited="2026-03-02"', 'data-edited="2026-03-03"'),
        ('title="Bilaga"', 'title="Bilaga 2"'),
        ('lang="sv"', 'lang="en"'),
        ("<head>", '<head><base href="/other/">'),
        ('style="color: red"', 'style="display: none"'),
        ('data-cfemail="3d5c7d5f"', 'data-cfemail="3d5d7d5f"'),
        ("<footer>", "<p>Innehållet publicerades under perioden 3 oktober 2014 - 21 januari 2019</p><footer>"),
    ],
)
def test_whatever_a_reading_takes_from_the_page_counts(old: str, new: str) -> None:
    assert _changed(old, new)


def test_a_notice_counts_though_its_line_is_made_of_several_elements() -> None:
    line = "<p>Innehållet publicerades <b>under\nperioden</b> 3 oktober 2014 - <i>{}</i> januari 2019</p><footer>"

    one, other = (_seen(PAGE.replace("<footer>", line.format(day))) for day in (20, 21))
    assert one != other


def test_a_page_without_the_region_or_with_a_hidden_one_has_none() -> None:
    assert _seen(PAGE, ReleaseRules(name="old", region="#old", title=("h1",))) is None
    assert _seen(PAGE.replace("<body>", "<body><div hidden>").replace("</main>", "</main></div>")) is None


def test_a_fingerprint_names_the_rules_it_was_taken_by() -> None:
    old = ReleaseRules(name="old: 2", region="body", title=("h1",))

    assert rules_behind(_seen(PAGE, old), (RULES, old)) is old
    assert rules_behind(_seen(PAGE, old), (RULES,)) is None
    assert rules_behind(None, (RULES,)) is None


def test_the_lines_of_a_page_are_the_same_from_either_lane() -> None:
    markup = """<body>Ett <b>två</b><br>tre<ul><li>fyra<li hidden>fem<li>sex <span style="display:none">sju</span>åtta</ul>
    <template>nio</template><p aria-hidden="true">tio</p><i aria-hidden="true" class="icon"></i> elva</body>"""
    root = parse(markup.encode(), None)
    assert root is not None

    assert seen_lines(root) == ["Ett två", "tre", "fyra", "sex åtta", "elva"]
    assert seen_lines(root) == [line.text for line in text_lines(body_of(visible_copy(root)))]


def test_a_word_of_a_notice_is_found_across_elements_and_lines() -> None:
    root = parse("<p>Sidan är <b>arki</b>ve<wbr>rad</p>".encode(), None)
    assert root is not None

    assert hints_at_notice(root, "sv", PROFILE.wording)
