"""What a reader finds in a message about one release."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from alerts.mailer import wire
from alerts.messages import compose
from alerts.told import Letter, Told
from changes.kinds import Finding, Kind
from changes.release import Attachment, Contact, Stamp
from tests.unit.alerts.inbox import part, received, subject, words
from tests.unit.alerts.letters import (
    BASE,
    SEEN,
    archived,
    berths,
    change,
    day,
    edit,
    edited,
    letter,
    mixed,
    paragraph,
    published,
    removed,
    replaced,
    told,
)


def test_a_subject_says_what_became_of_a_figure() -> None:
    assert subject(edit()) == "Ändrat: 160 → 100 platser – Justitiedepartementet"
    assert subject(edit(), language="en") == "Changed: 160 → 100 platser – Justitiedepartementet"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Stödet är 160 miljoner kronor.", "Stödet är 100 miljoner kronor.", "160 → 100 miljoner kronor"),
        ("Avgiften höjs med 12 % i år.", "Avgiften höjs med 15 % i år.", "12 → 15 %"),
        ("Svar senast den 3 maj, tack.", "Svar senast den 5 maj, tack.", "3 → 5 maj"),
        ("Pressträff klockan 10.00.", "Pressträff klockan 11.30.", "klockan 10.00 → 11.30"),
        ("Stödet går till Anna Berg.", "Stödet går till Lena Ström.", "Anna Berg → Lena Ström"),
        ("Det gäller nu.", "Det gäller nu. Beslutet kan överklagas.", "tillagt “Beslutet kan överklagas.”"),
        ("Det gäller nu. Beslutet kan överklagas.", "Det gäller nu.", "struket “Beslutet kan överklagas.”"),
        ("Vi ger 160 platser och 20 mkr.", "Vi ger 100 platser och 30 mkr.", "160 → 100 platser (+1)"),
        ("Målet gäller år 2027 och ska nås.", "Målet gäller år 2037 och ska nås.", "år 2027 → 2037"),
        ("Av 18 ska tre bort.", "Av 19 ska tre bort.", "18 → 19"),
        ("Det kostar $160.", "Det kostar $100.", "$160 → 100"),
        ("Landar på 8,5 %.", "Landar på 8,5 procent.", "Kriminalvården bygger ut anstalten i Norrvik"),
        ("Det gäller, nu.", "Det gäller nu.", "Kriminalvården bygger ut anstalten i Norrvik"),
    ],
)
def test_a_subject_has_the_most_telling_of_an_edit(before: str, after: str, said: str) -> None:
    old, new = (replace(berths(), body=(paragraph(text),)) for text in (before, after))
    expected = said.replace("“", "”") if "“" in said else said

    assert subject(edited(old, new)) == f"Ändrat: {expected} – Justitiedepartementet"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Inställt: Pressträff om isbrytarna", "Inställt: Pressträff om isbrytarna"),
        ("Inställd: Pressträff om isbrytarna", "Inställt: Pressträff om isbrytarna"),
        ("Påminnelse: Pressträff om isbrytarna", "Påminnelse: Pressträff om isbrytarna"),
        ("Pressträffen är inställd", "Inställt: Pressträffen är inställd"),
    ],
)
def test_a_title_that_announces_itself_stands_for_the_change(title: str, said: str) -> None:
    before = replace(berths(), title="Pressträff om isbrytarna")

    assert subject(edited(before, replace(berths(), title=title))) == f"{said} – Justitiedepartementet"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (published(), "Nytt: Nya regler för gästhamnar – Hamndepartementet"),
        (removed(), "Borttaget: Statsministerns resa till Norrvik – Justitiedepartementet"),
        (archived(), "Arkiverat: Uppdrag 1 till Hamnverket – Justitiedepartementet"),
        (replaced(), "Bytt fil: Tidtabell 2027 – Justitiedepartementet"),
        (
            told(change(Kind.MOVED, finding=Finding(kind=Kind.MOVED, was=f"{BASE}/gammal/"))),
            "Flyttat: Kriminalvården bygger ut anstalten i Norrvik – Skärlands regering",
        ),
        (
            told(change(Kind.OFFICEHOLDER, finding=Finding(kind=Kind.OFFICEHOLDER, person="Ada Ek", role="minister"))),
            "Statsrådsbyte: Ada Ek, minister – Skärlands regering",
        ),
    ],
)
def test_a_subject_says_what_happened_to_a_release(item: Told, said: str) -> None:
    assert subject(item) == said


def test_both_parts_have_the_sentence_before_and_after_with_its_words_marked() -> None:
    message = compose(letter(edit()))
    page = re.sub(r' (?:class|style)="[^"]*"', "", part(message, "html"))

    assert "Före: … Utbyggnaden ger *160* platser för intagna från och med nästa höst, enligt planen." in words(message)
    assert "Efter: … Utbyggnaden ger *100* platser för intagna från och med nästa höst, enligt planen." in words(
        message
    )
    assert "Utbyggnaden ger <del>160</del> platser" in page
    assert "Utbyggnaden ger <ins>100</ins> platser" in page
    for text in (words(message), page):
        assert "en av landets äldsta" not in text
        assert "säger justitieministern" not in text


def test_a_silent_edit_is_held_against_what_the_page_says_of_its_dates() -> None:
    dated = edited(replace(berths(), updated=day(7)), replace(berths(100), updated=day(7)))
    undated = edited(replace(berths(), published=None), replace(berths(100), published=None))

    assert "den anger bara ”publicerad 7 september 2026”" in words(compose(letter(edit())))
    assert "Tyst ändring" in words(compose(letter(edit())))
    assert "den anger fortfarande ”uppdaterad 7 september 2026”" in words(compose(letter(dated)))
    assert "den visar inget datum för uppdatering" in words(compose(letter(undated)))


def test_an_open_edit_tells_how_the_page_dated_it() -> None:
    at = dt.datetime(2026, 9, 9, 12, 0, tzinfo=dt.UTC)
    item = edited(replace(berths(), updated=day(7)), replace(berths(100), updated=Stamp(raw="i dag", at=at)))
    text = words(compose(letter(item)))

    assert "uppdaterad 7 september 2026, nu 9 september 2026 kl. 14:00 CEST" in text
    assert "Tyst" not in text


def test_a_sentence_that_came_is_shown_without_the_ones_around_it() -> None:
    before = replace(berths(), body=(paragraph("Det gäller i dag. Mer följer."),))
    after = replace(berths(), body=(paragraph("Det gäller i dag. Beslutet kan överklagas. Mer följer."),))
    text = words(compose(letter(edited(before, after))))

    assert "Tillagt: … Beslutet kan överklagas. …" in text
    assert "Det gäller i dag" not in text


def test_other_fields_are_shown_as_wholes() -> None:
    after = replace(
        berths(),
        contacts=(Contact(text="Ove Berg, pressekreterare, 08-405 10 99"),),
        attachments=(Attachment(url=f"{BASE}/beslut.pdf", name="Beslutet", size="pdf 1 MB"),),
    )
    text = words(compose(letter(edited(berths(), after))))

    assert "Presskontakt: Före: *Alva Lind*, pressekreterare, 08-405 10 *00*" in text or "*Alva Lind*" in text
    assert "*Ove Berg*" in text
    assert "Bilaga: Tillagt: Beslutet (pdf 1 MB)" in text


def test_what_the_site_wrote_itself_is_quoted() -> None:
    text = words(compose(letter(archived(), language="en")))

    assert "The site's own words: > Innehållet publicerades under perioden" in text
    assert "Period: 3 October 2022 to 12 September 2026 Government: regeringen Ek" in text


def test_links_lead_to_the_release_our_difference_and_the_wayback_machine() -> None:
    page = part(compose(letter(edit())), "html")

    assert f'href="{BASE}/2026/09/norrvik/"' in page
    assert 'href="https://pressvakt.example/diff/1"' in page
    assert 'href="https://web.archive.org/web/2026/https://press.skarland.example/2026/09/norrvik/"' in page
    assert "Läs sidan" not in part(compose(letter(removed())), "html")
    assert "/diff/" not in part(compose(letter(published())), "html")


def test_a_page_that_is_gone_is_named_but_not_linked() -> None:
    message = compose(letter(removed(), language="en"))

    assert "The address answers 404. Seen over several visits." in words(message)
    assert f"Address: {BASE}/2026/08/resa-1/" in words(message)
    assert f'href="{BASE}' not in part(message, "html")
    assert 'href="https://web.archive.org/web/' in part(message, "html")


def test_a_message_brings_nothing_from_elsewhere() -> None:
    for item in (edit(), archived(), published()):
        page = part(compose(letter(item)), "html")

        assert not re.search(
            r"<(?:img|script|link|iframe|object|form|input|video)\b|url\(|@import|\bsrc=|\bon\w+=", page
        )


def test_the_same_letter_is_the_same_message_to_the_byte() -> None:
    wave = [archived(number, "w") for number in range(20)]

    for one in (letter(edit()), letter(*mixed(), rhythm="daily"), letter(*wave, wave="w")):
        assert wire(compose(one)) == wire(compose(one))


def test_a_message_is_known_by_its_delivery_and_threaded_by_its_release() -> None:
    first = received(compose(letter(edit(), delivery_id="d-1", thread="d-1")))
    second = received(compose(letter(edit(), delivery_id="d-2", thread="d-1")))

    assert first["Message-ID"] == "<d-1@pressvakt.example>"
    assert first["In-Reply-To"] is None
    assert second["Message-ID"] == "<d-2@pressvakt.example>"
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    given = received(compose(letter(edit(), thread="<root@elsewhere.example>")))
    assert given["In-Reply-To"] == "<root@elsewhere.example>"


def test_a_message_says_that_a_program_wrote_it_and_how_to_be_rid_of_it() -> None:
    message = received(compose(letter(edit())))

    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<alerts.pressvakt.example>"
    assert message["List-Unsubscribe"] == "<https://pressvakt.example/unsubscribe/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"].datetime == SEEN + dt.timedelta(minutes=3)
    assert message["From"].addresses[0].display_name == "Pressvakt"
    assert message["To"].addresses[0].addr_spec == "reader@example.org"
    assert message["Content-Language"] == "sv"
    assert received(compose(letter(edit(), unsubscribe_url=None)))["List-Unsubscribe"] is None


def test_one_click_is_promised_over_https_only() -> None:
    message = received(compose(letter(edit(), unsubscribe_url="http://pressvakt.example/u/abc")))

    assert message["List-Unsubscribe"] == "<http://pressvakt.example/u/abc>"
    assert message["List-Unsubscribe-Post"] is None


def test_text_comes_first_and_every_server_can_carry_it() -> None:
    message = received(compose(letter(*mixed(), rhythm="daily")))
    kinds = [(one.get_content_type(), one["Content-Transfer-Encoding"]) for one in message.iter_parts()]
    data = wire(compose(letter(*mixed())))

    assert kinds == [("text/plain", "quoted-printable"), ("text/html", "quoted-printable")]
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) < 998
    assert max(map(len, part(compose(letter(edit())), "plain").splitlines())) <= 100


def test_releases_that_are_not_there_are_told_by_what_is_known() -> None:
    for kind in Kind:
        finding = Finding(kind=kind, fields=("body", "contacts") if kind is Kind.EDITED else ())
        for language in ("sv", "en"):
            message = compose(letter(told(change(kind, finding=finding)), language=language))

            assert "Kriminalvården bygger ut anstalten i Norrvik" in words(message)
    text = words(compose(letter(told(change(Kind.EDITED, finding=Finding(kind=Kind.EDITED, fields=("body",)))))))
    assert "Ändrat: Text" in text


def test_a_letter_to_no_address_is_refused() -> None:
    bad: Letter = letter(edit(), to="nobody")

    with pytest.raises(ValueError, match="'nobody' is no e-mail address"):
        compose(bad)


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        ("Vi bygger ut.", "Vi bygger ut och anställer.", "Före: Vi bygger ut.", "Efter: Vi bygger ut *och anställer*."),
        ("Vi bygger ut nu", "Vi bygger ut", "Före: Vi bygger ut *nu*", "Efter: Vi bygger ut"),
        ("Vi ger 160kr nu.", "Vi ger 160 nu.", "Före: Vi ger 160*kr* nu.", "Efter: Vi ger 160 nu."),
    ],
)
def test_each_side_has_its_own_blanks(before: str, after: str, was: str, now: str) -> None:
    old, new = (replace(berths(), lead=None, body=(paragraph(text),)) for text in (before, after))
    text = words(compose(letter(edited(old, new))))

    assert f"{was} {now}" in text


def test_a_whole_paragraph_that_came_is_not_marked_all_over() -> None:
    more = paragraph("Beslutet kan inte överklagas. Det gäller genast.")
    message = compose(letter(edited(berths(), replace(berths(), body=(*berths().body, more)))))

    assert "Tillagt: Beslutet kan inte överklagas. Det gäller genast." in words(message)
    assert "<ins" not in part(message, "html")
