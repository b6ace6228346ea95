"""What `compare` finds between two releases of one page, and what it leaves alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from changes.compare import compare, same_text, similarity, text_digest
from changes.kinds import Finding, Kind
from changes.release import (
    Attachment,
    Block,
    BlockKind,
    Contact,
    Link,
    Notice,
    NoticeKind,
    Release,
    Stamp,
)

SINCE, UNTIL = dt.date(2022, 10, 18), dt.date(2026, 10, 5)


def block(text: str, *links: Link, kind: BlockKind = BlockKind.PARAGRAPH) -> Block:
    return Block(kind=kind, text=text, markdown=text, links=links)


def day(year: int, month: int, number: int, *, at: str | None = None) -> Stamp:
    date = dt.date(year, month, number)
    moment = dt.datetime.combine(date, dt.time.fromisoformat(at), dt.UTC) if at else None
    return Stamp(raw=f"{number}/{month} {year}", day=date, at=moment)


BASE = Release(
    title="Fler platser på anstalten i Norrby",
    lead="Regeringen bygger ut anstalten i Norrby.",
    body=(
        block("Bygget ska ge 160 nya platser senast den 1 december 2027."),
        block("Läs mer om bygget här.", Link(text="här", url="https://press.example/bygget/")),
        block("– Det behövs, säger minister Vera Ek."),
    ),
    published=day(2026, 9, 1),
    updated=None,
    kind="Pressmeddelande",
    senders=("Justitiedepartementet", "Finansdepartementet"),
    contacts=(Contact(text="Siv Ask Pressekreterare 08-123 45 67"), Contact(text="Ola By 070-111 22 33")),
    attachments=(Attachment(url="https://press.example/files/a.pdf", name="Faktablad", size="pdf 90 kB"),),
    categories=("Rättsväsende", "Budget"),
    language="sv",
    canonical="https://press.example/2026/09/norrby/",
)


def body(*blocks: Block, after: Release = BASE) -> Release:
    return replace(after, body=blocks)


def edited(before: Release, after: Release) -> Finding:
    findings = compare(before, after)
    assert [finding.kind for finding in findings] == [Kind.EDITED]
    return findings[0]


def nothing(before: Release, after: Release) -> bool:
    return compare(before, after) == ()


# -- edits ----------------------------------------------------------------------------------------------------------


def test_one_digit_in_the_body_is_an_edit_of_the_body_and_of_nothing_else() -> None:
    after = body(block("Bygget ska ge 100 nya platser senast den 1 december 2027."), *BASE.body[1:])
    found = edited(BASE, after)
    assert (found.fields, found.silent, found.labels) == (("body",), True, ("figure",))


def test_an_edit_with_a_new_date_of_update_is_not_silent() -> None:
    found = edited(BASE, replace(BASE, title="Färre platser på anstalten i Norrby", updated=day(2026, 9, 3)))
    assert (found.fields, found.silent) == (("title", "updated"), False)


def test_a_date_of_update_that_vanishes_does_not_speak_for_a_silent_edit() -> None:
    before = replace(BASE, updated=day(2026, 9, 3))
    found = edited(before, replace(BASE, title="Färre platser på anstalten i Norrby"))
    assert (found.fields, found.silent) == (("title",), True)
    assert nothing(before, BASE)


def test_a_new_update_on_the_same_day_is_seen_where_both_print_the_time() -> None:
    morning, noon = day(2026, 9, 3, at="07:15"), day(2026, 9, 3, at="10:40")
    assert edited(replace(BASE, updated=morning), replace(BASE, updated=noon)).fields == ("updated",)
    assert nothing(replace(BASE, updated=morning), replace(BASE, updated=day(2026, 9, 3)))
    assert nothing(replace(BASE, updated=day(2026, 9, 3)), replace(BASE, updated=noon))
    assert nothing(
        replace(BASE, updated=morning),
        replace(BASE, updated=replace(morning, at=dt.datetime(2026, 9, 3, 7, 15, 42, tzinfo=dt.UTC))),
    )


@pytest.mark.parametrize(("one", "two"), [("för 3 dagar sedan", "för 4 dagar sedan"), ("i går", "den 1 maj 2026")])
def test_a_date_that_cannot_be_read_is_no_change(one: str, two: str) -> None:
    assert nothing(replace(BASE, updated=Stamp(raw=one)), replace(BASE, updated=Stamp(raw=two)))
    assert nothing(replace(BASE, updated=Stamp(raw=one)), replace(BASE, updated=day(2026, 9, 3)))
    assert nothing(replace(BASE, updated=day(2026, 9, 3)), replace(BASE, updated=Stamp(raw=two)))


def test_a_date_that_is_printed_in_full_but_not_understood_is_compared_as_it_stands() -> None:
    one, two = Stamp(raw="3. toukokuuta 2026"), Stamp(raw="4. toukokuuta 2026")
    assert edited(replace(BASE, updated=one), replace(BASE, updated=two)).fields == ("updated",)


def test_a_date_of_publication_that_moves_or_appears_is_an_edit() -> None:
    assert edited(BASE, replace(BASE, published=day(2026, 9, 2))).fields == ("published",)
    assert edited(replace(BASE, published=None), BASE).fields == ("published",)


def test_every_field_is_named_in_the_order_of_the_release() -> None:
    after = replace(
        BASE,
        title="Anstalten i Norrby läggs ned",
        lead="Regeringen lägger ned anstalten.",
        body=BASE.body[1:],
        published=day(2026, 9, 2),
        updated=day(2026, 9, 2),
        kind="Pressinbjudan",
        senders=("Justitiedepartementet",),
        identifier="Ju2026/01234",
        contacts=BASE.contacts[:1],
        attachments=(),
        categories=("Budget",),
        language="en",
    )
    assert edited(BASE, after).fields == (
        "title", "lead", "body", "published", "updated", "kind", "senders", "identifier", "contacts", "attachments",
        "categories", "language",
    )  # fmt: skip


def test_a_contact_who_gets_another_number_is_an_edit_and_so_is_one_who_goes() -> None:
    other = (Contact(text="Siv Ask Pressekreterare 08-123 54 67"), BASE.contacts[1])
    for contacts in (other, BASE.contacts[:1], ()):
        found = edited(BASE, replace(BASE, contacts=contacts))
        assert (found.fields, found.labels) == (("contacts",), ("contact",))


def test_a_file_that_is_renamed_replaced_or_grown_is_an_edit() -> None:
    file = BASE.attachments[0]
    for other in (
        replace(file, name="Bilaga"),
        replace(file, url="https://press.example/b.pdf"),
        replace(file, size="pdf 95 kB"),
    ):
        assert edited(BASE, replace(BASE, attachments=(other,))).fields == ("attachments",)


def test_a_link_that_leads_elsewhere_under_the_same_words_is_an_edit_of_links_alone() -> None:
    swapped = replace(BASE.body[1], links=(Link(text="här", url="https://other.example/bygget/"),))
    found = edited(BASE, body(BASE.body[0], swapped, BASE.body[2]))
    assert (found.fields, found.silent, found.labels) == (("links",), True, ("link",))


def test_two_links_that_trade_their_addresses_are_an_edit() -> None:
    one, two = Link(text="här", url="https://a.example/"), Link(text="här", url="https://b.example/")
    before = body(block("Läs här.", one), block("Eller här.", two))
    assert edited(before, body(block("Läs här.", two), block("Eller här.", one))).fields == ("links",)


def test_a_link_that_goes_with_its_words_is_text() -> None:
    assert edited(BASE, body(BASE.body[0], BASE.body[2])).fields == ("body",)


# -- no edits -------------------------------------------------------------------------------------------------------


def test_markup_and_white_space_are_no_change() -> None:
    after = replace(
        BASE,
        lead="Regeringen bygger  ut anstalten i Norr\u00adby.",
        body=(
            block("Bygget ska ge 160 nya platser", kind=BlockKind.HEADING),
            block("senast den 1 december 2027. Läs mer om bygget här.", *BASE.body[1].links, kind=BlockKind.ITEM),
            replace(BASE.body[2], kind=BlockKind.QUOTE, markdown="> **Det behövs**", level=2),
        ),
    )
    assert nothing(BASE, after)
    assert text_digest(BASE) == text_digest(after)
    assert same_text(BASE, after)


def test_a_lead_that_a_new_layout_prints_as_the_first_paragraph_is_no_change() -> None:
    assert BASE.lead
    after = replace(BASE, lead=None, body=(block(BASE.lead), *BASE.body))
    assert nothing(BASE, after)
    assert nothing(after, BASE)
    assert text_digest(BASE) == text_digest(after)


def test_an_edit_beside_a_lead_that_moved_is_named_where_it_is() -> None:
    assert BASE.lead
    after = replace(BASE, lead=None, body=(block(BASE.lead), block("Bygget ska ge 100 platser."), *BASE.body[1:]))
    assert edited(BASE, after).fields == ("body",)


@pytest.mark.parametrize(
    "url",
    [
        "http://press.example/bygget/",
        "https://www.press.example/bygget",
        "https://PRESS.example:443/bygget/?utm_source=x",
    ],
)
def test_another_spelling_of_an_address_is_no_change(url: str) -> None:
    assert nothing(BASE, body(BASE.body[0], replace(BASE.body[1], links=(Link(text="här", url=url),)), BASE.body[2]))


def test_a_link_to_a_place_on_the_page_stays_the_same_when_the_page_moves() -> None:
    def at(url: str) -> Release:
        link = Link(text="nedan", url=f"{url}#tider")
        return replace(BASE, canonical=url, body=(block("Se tider nedan.", link),))

    assert nothing(at("https://press.example/2026/norrby/"), at("https://press.example/2026/norrby-anstalt/"))


def test_hidden_addresses_with_a_rotating_key_are_no_change() -> None:
    def hidden(key: str) -> Release:
        return body(
            block("Skriv till oss", Link(text="oss", url=f"https://press.example/cdn-cgi/l/email-protection#{key}"))
        )

    assert nothing(hidden("2a4f"), hidden("77b1"))


def test_order_and_doubling_of_what_has_no_order_are_no_change() -> None:
    after = replace(
        BASE,
        senders=BASE.senders[::-1],
        contacts=(*BASE.contacts[::-1], BASE.contacts[0]),
        categories=("budget", "rättsväsende"),
        kind="pressmeddelande",
    )
    assert nothing(BASE, after)
    assert text_digest(BASE) == text_digest(after)


def test_contacts_that_another_layout_prints_as_one_entry_are_no_change() -> None:
    assert nothing(BASE, replace(BASE, contacts=(Contact(text=" ".join(c.text for c in BASE.contacts)),)))


def test_lines_that_a_layout_does_not_show_are_not_held_against_it() -> None:
    bare = replace(
        BASE, published=None, kind=None, senders=(), categories=(), language=None,
        attachments=(replace(BASE.attachments[0], size=None),),
    )  # fmt: skip
    assert nothing(BASE, bare)
    assert nothing(replace(bare, published=BASE.published), BASE)
    assert nothing(replace(BASE, identifier="Ju2026/01234"), BASE)


def test_language_alone_is_no_change() -> None:
    assert nothing(BASE, replace(BASE, language="en"))


@pytest.mark.parametrize(
    "field", ["title", "lead", "body", "published", "contacts", "attachments", "senders", "notices"]
)
def test_what_one_reading_did_not_look_for_never_differs(field: str) -> None:
    blank = {"title": "", "body": (), "contacts": (), "attachments": (), "senders": (), "notices": ()}.get(field)
    full = replace(BASE, notices=(archived(),))
    unread = replace(full, **{field: blank}, unread=frozenset({field}))  # type: ignore[arg-type]
    assert nothing(full, unread)
    assert nothing(unread, full)


def test_a_lead_nobody_looked_for_may_stand_in_the_body_or_not_at_all() -> None:
    assert BASE.lead
    unread = frozenset({"lead"})
    inside = replace(BASE, lead=None, body=(block(BASE.lead), *BASE.body), unread=unread)
    outside = replace(BASE, lead=None, unread=unread)
    assert nothing(BASE, inside)
    assert nothing(BASE, outside)
    assert edited(BASE, replace(inside, body=inside.body[:-1])).fields == ("body",)


# -- notices --------------------------------------------------------------------------------------------------------


def archived(since: dt.date | None = SINCE, until: dt.date | None = UNTIL) -> Notice:
    period = (since, until) if since or until else None
    return Notice(kind=NoticeKind.ARCHIVED, text=f"Arkiverad {since} {until}", period=period, government="Kristersson")


def note(text: str, *, role: str | None = None, person: str | None = None, until: dt.date = UNTIL) -> Notice:
    period = (SINCE, until) if role else None
    return Notice(kind=NoticeKind.OFFICEHOLDER, text=text, role=role, person=person, period=period)


def noticed(*notices: Notice) -> Release:
    return replace(BASE, notices=notices)


def test_an_archive_notice_archives_the_page_and_is_no_edit() -> None:
    assert compare(BASE, noticed(archived())) == (
        Finding(kind=Kind.ARCHIVED, period=(SINCE, UNTIL), government="Kristersson"),
    )
    assert [found.kind for found in compare(noticed(archived()), BASE)] == [Kind.UNARCHIVED]


def test_other_words_for_the_same_archive_notice_are_no_change() -> None:
    before = noticed(archived())
    assert nothing(before, noticed(replace(archived(), text="Sidan är arkiverad", government=None)))
    assert nothing(before, noticed(archived(), archived()))


def test_a_period_that_is_lost_or_completed_is_the_same_notice_and_another_period_is_news() -> None:
    assert nothing(noticed(archived()), noticed(archived(None, None)))
    assert nothing(noticed(archived(until=None)), noticed(archived()))
    (found,) = compare(noticed(archived()), noticed(archived(until=dt.date(2026, 10, 6))))
    assert (found.kind, found.period) == (Kind.ARCHIVED, (SINCE, dt.date(2026, 10, 6)))


def test_a_withdrawal_says_why() -> None:
    notice = Notice(kind=NoticeKind.WITHDRAWN, text="Återkallat", period=(SINCE, None), reason="fel siffror")
    assert compare(BASE, noticed(notice)) == (Finding(kind=Kind.WITHDRAWN, period=(SINCE, None), reason="fel siffror"),)
    assert [finding.kind for finding in compare(noticed(notice), BASE)] == [Kind.REINSTATED]
    assert nothing(noticed(notice), noticed(notice, notice))


def test_a_note_about_a_minister_is_told_once_however_often_it_is_printed() -> None:
    one = note("Mellan 2022 och 2026 var hon finansminister.", role="finansminister")
    found = compare(BASE, noticed(one, one))
    assert found == (Finding(kind=Kind.OFFICEHOLDER, role="finansminister", period=(SINCE, UNTIL)),)
    assert nothing(noticed(one), noticed(one, one))
    assert nothing(noticed(one, one), BASE)


def test_the_same_note_in_a_new_layout_is_known_by_its_role_and_period() -> None:
    one = note("Mellan 2022 och 2026 var hon finansminister.", role="finansminister")
    assert nothing(noticed(one), noticed(replace(one, text=f"Statsråd som har entledigats {one.text}")))


def test_several_new_notes_are_one_finding() -> None:
    before = noticed(note("Hon var minister.", role="minister", person="Vera Ek"))
    new = (
        note("Han var talman.", role="talman", person="Ola By"),
        note("Hon var statssekreterare.", role="statssekreterare", person="Siv Ask", until=SINCE),
    )
    (found,) = compare(before, replace(before, notices=(*new, *before.notices)))
    assert (found.role, found.person, found.period) == ("talman; statssekreterare", "Ola By; Siv Ask", None)


def test_an_edit_and_a_notice_at_once_are_two_findings() -> None:
    after = replace(noticed(archived()), title="Arkiv: anstalten")
    assert [found.kind for found in compare(BASE, after)] == [Kind.EDITED, Kind.ARCHIVED]


# -- likeness -------------------------------------------------------------------------------------------------------


def test_similarity_is_the_share_of_sentences_in_common() -> None:
    other = Release(title="Något helt annat", body=(block("Ett annat möte hölls i går."),))
    assert similarity(BASE, BASE) == 1.0
    assert similarity(BASE, other) == 0.0
    joined = replace(BASE, body=(block(" ".join(b.text for b in BASE.body)),))
    assert similarity(BASE, joined) == 1.0
    most = similarity(BASE, body(*BASE.body[:2], block("– Det behövs nu, säger minister Vera Ek.")))
    assert 0.6 < most < 1.0


def test_the_digest_keeps_its_form() -> None:
    # digests stand in archives: a form that changes needs another first word
    assert text_digest(BASE) == "sha256:c038684060a0da94eaccf2a65480f3d2b0451985b4ad831ee0dbf84cb4722acb"
