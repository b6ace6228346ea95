"""What is kept is found: every version, every edit, by its words, from the transaction that wrote it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changes.canonical import text_digest
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.release import Block, BlockKind, Release
from storage import fulltext, indexing, migrations
from storage.archive import Archive
from storage.audits import Action, Audit, audited
from storage.query import NoQuery
from storage.records import Page, Version
from storage.rows import pack_release
from storage.search import Reworded, Saying
from storage.tables import versions
from tests.contract.backends import Sqlite
from tests.contract.desk import HOUR, NOON, Desk
from tests.contract.test_sqlite import raw


def release(title: str, *paragraphs: str, lead: str | None = None) -> Release:
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=f"**{text}**") for text in paragraphs)
    return Release(title=title, lead=lead, body=body)


def tell(desk: Desk, page: Page, says: Release, *, at: dt.datetime = NOON) -> Version:
    """Keep a release as the page's next version, with the changes that an archivist would write."""
    with desk.archive.writing() as unit:
        before = unit.latest(page.id)
        body = f"{says.title}{says.markdown}{at}".encode()
        kept = unit.keep_snapshot(
            page.id, url=page.url, status=200, headers=(), redirects=(), captured_at=at, body=body
        )
        version = unit.add_version(
            page.id, snapshot_id=kept.id, release=says, digest=text_digest(says), rules="plain", at=at
        )
        findings = compare(before.release, says) if before else (Finding(kind=Kind.PUBLISHED),)
        for finding in findings:
            unit.add_change(
                page.id,
                finding,
                before=before.number if before else None,
                after=version.number,
                title=says.title,
                url=page.url,
                at=at,
                baseline=False,
            )
    return version


def search(desk: Desk, words: str, **narrowed: object) -> list[Saying]:
    return list(desk.archive.search(words, **narrowed))  # type: ignore[arg-type]


def titles(desk: Desk, words: str, **narrowed: object) -> list[str]:
    return [found.title for found in search(desk, words, **narrowed)]


def edits(desk: Desk, words: str, *, added: bool, **narrowed: object) -> list[Reworded]:
    return list(desk.archive.search_changes(words, added=added, **narrowed))  # type: ignore[arg-type]


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Three releases in Swedish and English, an hour apart."""
    says = (
        release(
            "Älgjakten inställd", "Regeringen stoppar jakten på älg. Beslutet gäller i år.", lead="Ett skäl är få djur."
        ),
        release("New bridge", "The minister gives 160 million kronor. Moose may cross it, says A.B. Ek."),
        release("Hamnen", "Ministern ger 1 200 000 kronor till hamnen i EU/EES-området."),
    )
    for number, one in enumerate(says):
        tell(desk, desk.page(str(number)), one, at=NOON + number * HOUR)
    return desk


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("kronor", ["Hamnen", "New bridge"]),  # the newest first
        ("KRONOR", ["Hamnen", "New bridge"]),
        ("älg", ["Älgjakten inställd"]),
        ("alg", []),  # å, ä and ö are letters of their own
        ("ÄLGJAKTEN", ["Älgjakten inställd"]),
        ("skäl", ["Älgjakten inställd"]),  # the lead
        ("kronor moose", ["New bridge"]),
        ("kronor AND moose", ["New bridge"]),
        ("moose OR älg", ["New bridge", "Älgjakten inställd"]),
        ("kronor NOT moose", ["Hamnen"]),
        ("(moose OR hamnen) kronor NOT bridge", ["Hamnen"]),
        ('"160 million"', ["New bridge"]),
        ('"million 160"', []),
        ("”160 million”", ["New bridge"]),
        ("minist*", ["Hamnen", "New bridge"]),
        ('"the minist"*', ["New bridge"]),
        ("minister", ["New bridge"]),  # words are found as they stand
        ('"1 200 000"', ["Hamnen"]),
        ("EU/EES", ["Hamnen"]),
        ("cross AND", []),  # an operator with nothing to work on is a word
        ("stoppar OR", []),
        ("strong", []),  # text is indexed, not its markup
    ],
)
def test_words_find_the_releases_that_say_them(told: Desk, words: str, expected: list[str]) -> None:
    assert titles(told, words) == expected


@pytest.mark.parametrize(
    "words", ["", "   ", "!?", '"', '""', "()", "*", "\0", "a*", "NOT kronor", "(NOT a) OR b", "x " * 5000]
)
def test_what_cannot_be_looked_for_is_refused_in_one_line(told: Desk, words: str) -> None:
    with pytest.raises(NoQuery) as caught:
        titles(told, words)
    assert "\n" not in str(caught.value)


@given(
    words=st.text(
        alphabet=st.one_of(st.sampled_from("\"*()^:+-{}'\\ aåORANDNOTNEAR\0é½²"), st.characters()), max_size=60
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_no_words_whatever_break_a_search(told: Desk, words: str) -> None:
    for ask in (
        lambda: search(told, words),
        lambda: search(told, words, ranked=True, kinds=[Kind.PUBLISHED]),
        lambda: edits(told, words, added=True),
    ):
        with contextlib.suppress(NoQuery):
            ask()


@pytest.mark.parametrize(
    "words", ["title:kronor", "NEAR(minister kronor)", "{text}: kronor", "^ministern", "-kronor", "s1"]
)
def test_the_language_of_the_database_is_not_spoken(told: Desk, words: str) -> None:
    # each is read as the words in it: none but "kronor" and "ministern" stands in a text
    assert titles(told, words) in ([], ["Hamnen", "New bridge"], ["Hamnen"])


def test_deep_parentheses_are_refused_and_wide_ones_answered(told: Desk) -> None:
    with pytest.raises(NoQuery, match="parentheses"):
        titles(told, "(" * 400 + "kronor" + ")" * 400)
    assert titles(told, " OR ".join(f"(w{number} kronor)" for number in range(30))) == []
    assert titles(told, ")(" + "kronor" + ")(") == ["Hamnen", "New bridge"]


def test_a_find_shows_the_sentences_with_their_words(told: Desk) -> None:
    (found,) = search(told, "moose minister")
    said = [[one.text[start:end] for start, end in one.marks] for one in found.passages]

    assert [one.text for one in found.passages] == [
        "The minister gives 160 million kronor.",
        "Moose may cross it, says A.B. Ek.",
    ]
    assert said == [["minister"], ["Moose"]]
    assert (found.site, found.url) == ("press.example", "https://press.example/news/1")


def test_a_release_is_found_once_with_all_versions_that_say_it(desk: Desk) -> None:
    page = desk.page()
    for number, words in enumerate(("the ferry sails", "the ferry sails twice", "the boat sails", "a ferry again")):
        tell(desk, page, release("News", words), at=NOON + number * HOUR)

    (found,) = search(desk, "ferry")

    assert (found.version, found.versions, found.latest) == (4, (1, 2, 4), 4)
    assert (found.first_seen, found.last_seen) == (NOON, NOON + 3 * HOUR)
    assert [one.version for one in search(desk, "ferry", until=NOON + 3 * HOUR)] == [2]
    assert search(desk, "ferry", since=NOON + 4 * HOUR) == []


def test_finds_are_narrowed_by_site_period_and_kind(told: Desk) -> None:
    with told.archive.writing() as unit:
        other = unit.add_site("other.example")
        page = unit.add_page(other.id, "https://other.example/a", at=NOON, baseline=False)
    tell(told, page, release("Elsewhere", "No kronor."), at=NOON + 5 * HOUR)
    tell(told, page, release("Elsewhere", "Many kronor."), at=NOON + 6 * HOUR)

    assert titles(told, "kronor", site="other.example") == ["Elsewhere"]
    assert titles(told, "kronor", site="press.example") == ["Hamnen", "New bridge"]
    assert titles(told, "kronor", site="none.example") == []
    assert titles(told, "kronor", since=NOON + HOUR, until=NOON + 2 * HOUR) == ["New bridge"]
    assert titles(told, "kronor", kinds=[Kind.EDITED]) == ["Elsewhere"]
    assert [one.version for one in search(told, "kronor", kinds=[Kind.PUBLISHED], site="other.example")] == [1]
    assert titles(told, "kronor", limit=1) == ["Elsewhere"]


def test_a_removed_release_is_found_among_the_removed(told: Desk) -> None:
    (page,) = told.archive.find_page("https://press.example/news/1")
    with told.archive.writing() as unit:
        unit.add_change(
            page.id,
            Finding(kind=Kind.REMOVED, status=404),
            before=1,
            after=None,
            title="New bridge",
            url=page.url,
            at=NOON + 9 * HOUR,
            baseline=False,
        )
    assert titles(told, "kronor", kinds=[Kind.REMOVED]) == ["New bridge"]


def test_the_newest_come_first_in_whatever_order_they_were_kept(desk: Desk) -> None:
    for number in (2, 0, 3, 1):
        tell(desk, desk.page(str(number)), release(f"{number}", "ferry"), at=NOON + number * HOUR)
    assert titles(desk, "ferry") == ["3", "2", "1", "0"]


def test_more_of_one_second_than_it_has_room_for_are_all_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "ROOM", 2)
    for number in range(7):
        tell(desk, desk.page(str(number)), release(f"{number}", "ferry"), at=NOON)
    assert titles(desk, "ferry") == ["6", "5", "4", "3", "2", "1", "0"]
    assert len(titles(desk, "ferry", since=NOON, until=NOON + dt.timedelta(microseconds=1))) == 7


def test_ranked_finds_have_the_word_in_the_title_first(desk: Desk) -> None:
    tell(desk, desk.page("1"), release("The ferry", "It sails again, and people are glad of it."))
    for number in range(2, 6):
        tell(desk, desk.page(str(number)), release("News", f"Some words on a ferry {number}. " + "More of them. " * 20))
    assert titles(desk, "ferry", ranked=True)[0] == "The ferry"
    assert titles(desk, "ferry")[-1] == "The ferry"


def test_an_edit_is_found_by_what_it_took_away_and_by_what_it_brought(desk: Desk) -> None:
    page = desk.page()
    tell(desk, page, release("Bridge", "The state pays 160 million for the bridge. All are glad.", "Ek signs."))
    tell(desk, page, release("Bridge", "The state pays 100 million for the bridge. All are glad."), at=NOON + HOUR)

    (lost,) = edits(desk, "160", added=False)
    (gained,) = edits(desk, "100", added=True)

    assert lost.change.kind is Kind.EDITED
    assert (lost.change.before, lost.change.after) == (1, 2)
    assert [(one.text, one.marks, one.own) for one in lost.passages] == [
        ("The state pays 160 million for the bridge.", ((15, 18),), ((15, 18),))
    ]
    assert gained.change == lost.change
    assert [one.text for one in edits(desk, '"160 million"', added=False)[0].passages] == [lost.passages[0].text]
    assert [one.text for one in edits(desk, "ek", added=False)[0].passages] == ["Ek signs."]
    # what stayed was not lost, and what went was not brought
    for words, added in (("bridge", False), ("glad", False), ("160", True), ("ek", True), ("million", True)):
        assert edits(desk, words, added=added) == []
    assert edits(desk, "160", added=False, site="press.example", since=NOON + HOUR, until=NOON + 2 * HOUR) != []
    assert edits(desk, "160", added=False, until=NOON + HOUR) == []


def test_a_title_that_was_edited_is_found_and_a_moved_paragraph_is_not(desk: Desk) -> None:
    page = desk.page()
    text = ("One goes first here.", "Two follows on the first.", "Three ends it all today.")
    tell(desk, page, release("Old bridge", *text))
    tell(desk, page, release("New bridge", text[2], text[0], text[1]), at=NOON + HOUR)

    assert len(edits(desk, "old", added=False)) == 1
    assert len(edits(desk, "new", added=True)) == 1
    assert edits(desk, "ends OR follows OR first", added=False) == []


def test_the_words_that_vanished_most_are_counted_by_release(desk: Desk) -> None:
    for number in range(3):
        page = desk.page(str(number))
        tell(desk, page, release("News", f"The climate minister {number} and the goal goal goal are here.", "Same."))
        gone = "The minister and the goal are here." if number else "The minister and things are here."
        tell(desk, page, release("News", gone, "Same."), at=NOON + HOUR)

    top = desk.archive.top_words(added=False)
    assert [(one.word, one.releases, one.times) for one in top] == [("goal", 3, 7), ("climate", 3, 3)]
    assert [one.word for one in desk.archive.top_words(added=True)] == ["things"]
    assert desk.archive.top_words(added=False, since=NOON + 2 * HOUR) == []
    assert desk.archive.top_words(added=False, site="none.example") == []


def test_what_an_older_archive_kept_is_found_once_it_is_indexed(
    open_archive: Callable[..., Archive], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr(indexing, "index_version", lambda *_: None)
        old.setattr(indexing, "index_change", lambda *_, **__: None)
        desk.archive = open_archive("older")
        with desk.archive.writing() as unit:
            desk.site = unit.add_site("press.example")
        page = desk.page()
        for number, word in enumerate(("ferry", "boat")):
            tell(desk, page, release("News", f"A {word} sails."), at=NOON + number * HOUR)

    assert desk.archive.unindexed() == 5  # two versions, the words of one edit, the traits of two changes
    assert titles(desk, "sails") == []
    with desk.archive.writing() as unit:
        assert [unit.index_more(2) for _ in range(4)] == [2, 2, 1, 0]
    assert titles(desk, "ferry") == ["News"]
    assert len(edits(desk, "ferry", added=False)) == 1
    assert desk.archive.unindexed() == 0


def test_the_step_that_brings_search_lists_all_that_was_kept_before(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive of the step before, as far as search can tell: its tables are not there. Files alone are so old."""
    desk = sqlite_desk
    page = desk.page()
    tell(desk, page, release("News", "A ferry sails."))
    tell(desk, page, release("News", "A boat sails."), at=NOON + HOUR)
    desk.archive.close()
    with closing(raw(desk.path)) as old:
        for trigger in old.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%index%'"
        ).fetchall():
            old.execute(f"DROP TRIGGER {trigger[0]}")
        for trigger in ("rewordings_emptied",):
            old.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for table in ("said", "reworded", "sayings", "rewordings", "unindexed_versions", "unindexed_changes"):
            old.execute(f"DROP TABLE {table}")
        old.execute("UPDATE alembic_version SET version_num = '0002'")
    monkeypatch.setattr(migrations, "SCHEMA", "0003")
    monkeypatch.setattr("storage.archive.SCHEMA", "0003")

    with Archive.open(desk.backend.url()) as desk.archive:
        assert desk.archive.unindexed() == 3
        with desk.archive.writing() as unit:
            unit.index_more()
        assert titles(desk, "ferry") == ["News"]


def test_a_correction_is_found_and_what_it_corrected_is_not(desk: Desk) -> None:
    page = desk.page()
    tell(desk, page, release("News", "A ferry sails."))
    with desk.archive.writing() as unit:
        sql = unit._sql
        audit = Audit(at=NOON, who="test", action=Action.REREAD, reason="", page_id=page.id)
        corrected = pack_release(release("News", "A boat sails."))
        with audited(sql, audit, {}):
            sql.run(versions.update().values(release=corrected))
    assert titles(desk, "ferry") == []
    assert desk.archive.unindexed() == 2  # the version, and the change that led to it: another may have sent it
    with desk.archive.writing() as unit:
        unit.index_more()
    assert titles(desk, "boat") == ["News"]
    assert desk.archive.unindexed() == 0


def test_an_index_that_is_cleared_has_no_word_left_and_is_made_again(told: Desk) -> None:
    with told.archive.writing() as unit:
        unit._sql.ask(unit._sql.database.words.clear)
    assert titles(told, "kronor") == []
    if isinstance(told.backend, Sqlite):
        with told.backend.raw() as file:
            kept = b"".join(bytes(row[0]) for row in file.execute("SELECT block FROM said_data"))
            assert b"kronor" not in kept
    with told.archive.writing() as unit:
        while unit.index_more():
            pass
    assert titles(told, "kronor") == ["Hamnen", "New bridge"]
    if isinstance(told.backend, Sqlite):
        with told.backend.raw() as file:
            for index in ("said", "reworded"):
                file.execute(f"INSERT INTO {index}({index}) VALUES ('integrity-check')")


def test_what_a_unit_took_back_is_not_found(desk: Desk) -> None:
    page = desk.page()
    with pytest.raises(KeyboardInterrupt), desk.archive.writing() as unit:  # noqa: PT012
        kept = unit.keep_snapshot(page.id, url="u", status=200, headers=(), redirects=(), captured_at=NOON, body=b"x")
        unit.add_version(
            page.id, snapshot_id=kept.id, release=release("News", "A ferry."), digest="d", rules="r", at=NOON
        )
        raise KeyboardInterrupt
    assert titles(desk, "ferry") == []
    assert desk.archive.unindexed() == 0
