"""Laws of comparing, for any two releases."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from changes.blocks import align, join
from changes.compare import compare, same_text, shown, similarity, text_digest
from changes.kinds import Kind
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
    decode,
    encode,
    letters,
    normalise,
)
from changes.words import Op, diff_words

DAYS = [dt.date(2026, 5, 3), dt.date(2026, 5, 4)]
MOMENTS = [dt.datetime(2026, 5, 3, 7, 15, tzinfo=dt.UTC), dt.datetime(2026, 5, 3, 9, 40, tzinfo=dt.UTC)]
STAMPS = [
    None,
    *(Stamp(raw=str(day), day=day) for day in DAYS),
    *(Stamp(raw=str(at), day=at.date(), at=at) for at in MOMENTS),
    Stamp(raw="för 3 dagar sedan"),
    Stamp(raw="3. toukokuuta 2026"),
    Stamp(raw="4. toukokuuta 2026"),
]
FIELDS = ["title", "lead", "body", "published", "updated", "kind", "senders", "contacts", "attachments", "notices"]
NOTICES = [
    Notice(kind=NoticeKind.ARCHIVED, text="Arkiverad", period=(DAYS[0], None)),
    Notice(kind=NoticeKind.ARCHIVED, text="Arkiverad till", period=(DAYS[0], DAYS[1])),
    Notice(kind=NoticeKind.ARCHIVED, text="Arkiverad från", period=(DAYS[1], DAYS[1])),
    Notice(kind=NoticeKind.ARCHIVED, text="Arkiverad utan datum"),
    Notice(kind=NoticeKind.WITHDRAWN, text="Återkallad", period=(DAYS[0], None)),
    Notice(kind=NoticeKind.OFFICEHOLDER, text="Hon var minister", role="minister", period=(DAYS[0], DAYS[1])),
    Notice(kind=NoticeKind.OFFICEHOLDER, text="Rubrik Hon var minister", role="minister", period=(DAYS[0], DAYS[1])),
    Notice(kind=NoticeKind.OFFICEHOLDER, text="Han var talman"),
]

words = st.lists(st.sampled_from(["bygger", "160", "Vera", "1 200", "–", "kl. 9.30", "ö", "a", "aa"]), max_size=5).map(
    " ".join
)
links = st.lists(
    st.builds(
        Link,
        text=st.sampled_from(["här", "hä", "r"]),
        url=st.sampled_from(["https://a.se/x", "http://www.a.se/x/", "https://b.se/"]),
    ),
    max_size=2,
).map(tuple)
blocks = st.builds(
    lambda text, kind, links: Block(kind=kind, text=text, markdown=text, links=links),
    text=words.filter(bool),
    kind=st.sampled_from(BlockKind),
    links=links,
)
releases = st.builds(
    Release,
    title=words,
    lead=st.none() | words,
    body=st.lists(blocks, max_size=4).map(tuple),
    published=st.sampled_from(STAMPS),
    updated=st.sampled_from(STAMPS),
    kind=st.sampled_from([None, "Nyhet", "nyhet", "Tal"]),
    senders=st.lists(st.sampled_from(["A", "B"]), max_size=2).map(tuple),
    identifier=st.sampled_from([None, "", "S2026/1", "S2026/2"]),
    contacts=st.lists(st.sampled_from(["Siv", "Ask", "SivAsk"]).map(lambda text: Contact(text=text)), max_size=2).map(
        tuple
    ),
    attachments=st.lists(
        st.builds(
            Attachment,
            url=st.sampled_from(["https://a.se/1.pdf", "https://a.se/2.pdf"]),
            name=st.sampled_from(["Blad", "Blad 2"]),
            size=st.sampled_from([None, "9 kB", "8 kB"]),
        ),
        max_size=2,
    ).map(tuple),
    categories=st.lists(st.sampled_from(["x", "X", "y"]), max_size=2).map(tuple),
    language=st.sampled_from([None, "sv", "en"]),
    canonical=st.sampled_from([None, "https://a.se/x"]),
    notices=st.lists(st.sampled_from(NOTICES), max_size=3).map(tuple),
    unread=st.frozensets(st.sampled_from(FIELDS), max_size=2),
)


@st.composite
def kin(draw: st.DrawFn) -> tuple[Release, Release]:
    """Two releases that share most of their parts."""
    one, other = draw(releases), draw(releases)
    taken = draw(
        st.frozensets(st.sampled_from([*FIELDS, "identifier", "categories", "language", "unread"]), max_size=3)
    )
    return one, replace(one, **{name: getattr(other, name) for name in taken})


@given(releases)
def test_a_release_never_differs_from_itself(release: Release) -> None:
    kept = decode(encode(release))
    assert compare(release, kept) == ()
    assert text_digest(release) == text_digest(kept)


@given(kin())
def test_equal_digests_mean_no_finding(pair: tuple[Release, Release]) -> None:
    one, other = pair
    if text_digest(one) == text_digest(other):
        assert compare(one, other) == compare(other, one) == ()


@given(kin())
def test_no_finding_either_way_and_the_same_parts_shown_mean_equal_digests(pair: tuple[Release, Release]) -> None:
    one, other = pair
    if shown(one) == shown(other) and not compare(one, other) and not compare(other, one):
        assert text_digest(one) == text_digest(other)


@given(kin())
def test_an_edit_names_fields_that_both_readings_looked_for(pair: tuple[Release, Release]) -> None:
    before, after = pair
    findings = compare(before, after)
    assert len({finding.kind for finding in findings}) == len(findings)
    for finding in findings:
        if finding.kind is Kind.EDITED:
            assert finding.fields
            assert not set(finding.fields) & (before.unread | after.unread)
            assert finding.silent is ("updated" not in finding.fields)


@given(releases.map(lambda release: replace(release, unread=frozenset())), st.data())
def test_one_sign_more_in_title_or_text_is_always_an_edit(release: Release, data: st.DataObject) -> None:
    sign = data.draw(st.sampled_from("7xÖ.–"))
    assert "title" in compare(release, replace(release, title=release.title + sign))[0].fields
    if release.body:
        at = data.draw(st.integers(0, len(release.body) - 1))
        block = replace(release.body[at], text=release.body[at].text + sign)
        after = replace(release, body=(*release.body[:at], block, *release.body[at + 1 :]))
        assert compare(release, after)[0].fields[0] in ("lead", "body")


@given(releases, st.data())
def test_how_a_text_is_cut_into_blocks_is_no_change(release: Release, data: st.DataObject) -> None:
    release = replace(release, canonical=None)
    body = list(release.body)
    if len(body) > 1 and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(body) - 2))
        body[at : at + 2] = [join(body[at : at + 2])]
    kind = data.draw(st.sampled_from(BlockKind))
    body = [replace(block, kind=kind, text=block.text.replace(" ", "\u00a0 "), markdown="") for block in body]
    after = replace(release, body=tuple(body))
    assert compare(release, after) == ()
    assert text_digest(release) == text_digest(after)
    assert same_text(release, after)
    assert similarity(release, after) == 1.0


@given(kin())
def test_similarity_is_a_share_and_the_same_both_ways(pair: tuple[Release, Release]) -> None:
    one, other = pair
    assert 0.0 <= similarity(one, other) <= 1.0
    assert similarity(one, other) == similarity(other, one)


@given(st.lists(blocks, max_size=9), st.lists(blocks, max_size=9))
def test_the_steps_account_for_every_letter_of_both_texts(before: list[Block], after: list[Block]) -> None:
    steps = align(before, after)
    assert "".join(letters(step.after.text) for step in steps if step.after) == "".join(letters(b.text) for b in after)
    old = "".join(letters(step.before.text) for step in steps if step.before)
    assert Counter(old) == Counter("".join(letters(b.text) for b in before))


@given((words | st.text()).map(normalise), (words | st.text()).map(normalise))
def test_the_spans_of_two_texts_give_back_both(before: str, after: str) -> None:
    spans = diff_words(before, after)
    assert letters("".join(span.text for span in spans if span.op is not Op.DELETE)) == letters(after)
    assert letters("".join(span.text for span in spans if span.op is not Op.INSERT)) == letters(before)
    assert all(span.text for span in spans)
    if letters(before) == letters(after):
        assert all(span.op is Op.EQUAL for span in spans)
