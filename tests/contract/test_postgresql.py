"""What an archive on a server promises besides: the server, its other users, and answers that are those of a file."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changes.kinds import Kind
from changes.release import Release
from storage import leases
from storage.archive import Archive
from storage.backup import backup
from storage.errors import ArchiveError, Locked, NotAnArchive, UnderWay, Unreachable
from storage.leases import TERM, Holder, take
from storage.query import NoQuery
from tests.contract.backends import Pool, Postgres
from tests.contract.desk import HOUR, NOON, Desk, say
from tests.contract.test_search import release, tell
from tests.postgres import Server

WORDS = ["ministern", "Kronor", "älg", "160", "million", "och", "EU", "straße", "ΟΔΟΣ", "İzmir", "a", "A.B"]


@pytest.fixture
def backend(pool: Pool) -> Iterator[Postgres]:
    made = Postgres(pool)
    yield made
    made.close()


@pytest.fixture
def pair(desk: Desk, sqlite_desk: Desk) -> tuple[Desk, Desk]:
    """An archive on a server and one in a file, which are told the same."""
    return desk, sqlite_desk


def tell_both(pair: tuple[Desk, Desk], name: str, says: Release, at: dt.datetime = NOON) -> None:
    for desk in pair:
        tell(desk, desk.page(name), says, at=at)


def answers(archive: Archive, words: str) -> list[object]:
    """All that search answers, whichever way it is asked; what is refused is an answer, too."""
    asked: list[Callable[[], object]] = [
        lambda: [(one.url, one.version, one.versions, one.passages) for one in archive.search(words)],
        lambda: [one.url for one in archive.search(words, ranked=True)],
        lambda: [one.url for one in archive.search(words, kinds=[Kind.EDITED], site="press.example")],
        lambda: [(one.change.id, one.passages) for one in archive.search_changes(words, added=True)],
        lambda: [(one.change.id, one.passages) for one in archive.search_changes(words, added=False)],
        lambda: [one.change.id for one in archive.search_changes(words, added=False, ranked=True)],
    ]
    found: list[object] = []
    for ask in asked:
        try:
            found.append(ask())
        except NoQuery as error:
            found.append(str(error))
    return found


def test_a_server_answers_as_a_file_does_whatever_is_looked_for(pair: tuple[Desk, Desk]) -> None:
    rnd = random.Random(8)
    for number in range(16):
        for edit in range(2):
            sentences = [" ".join(rnd.choices(WORDS, k=rnd.randrange(1, 9))) + "." for _ in range(rnd.randrange(1, 5))]
            says = release(" ".join(rnd.choices(WORDS, k=3)), *sentences)
            tell_both(pair, str(number), says, NOON + (number * 2 + edit) * HOUR)
    queries = [*WORDS, "oδος", "strasse", "izmir", "mi*", "kro* NOT älg", '"160 million"', '"och EU"', '"älg mi"*']
    queries += ["(160 OR EU) million NOT och", "NOT a", "a b", 'EU och NOT (älg OR "160 million")', 'ΟΔΟΣ NOT "a a"']
    for _ in range(25):
        queries.append(" ".join(rnd.choices([*WORDS, "OR", "NOT", "AND", "(", ")", '"'], k=rnd.randrange(1, 7))))

    server, file = pair
    for words in queries:
        assert answers(server.archive, words) == answers(file.archive, words), words
    for added in (True, False):
        assert server.archive.top_words(added=added) == file.archive.top_words(added=added)


@given(words=st.text(alphabet=st.sampled_from('aåÄß ςσΣİı"*()-ORNT1²ﬁ.\u0301\ue000\u20bd🦌_'), max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_words_are_cut_and_folded_alike(pair: tuple[Desk, Desk], words: str) -> None:
    if not list(pair[0].archive.changes()):
        for number, text in enumerate(("aå Ä ß", "ΣΑΣ σας ς", "İ ı i", "²1 ﬁ f", "a\u0301 á\ue000b 5\u20bd 🦌a a_å")):
            tell_both(pair, str(number), release(text, text), NOON + number * HOUR)
    assert answers(pair[0].archive, words) == answers(pair[1].archive, words)


def test_texts_too_long_for_a_vector_are_searched_to_their_end(pair: tuple[Desk, Desk]) -> None:
    many = " ".join(f"ord{number}" for number in range(120_000))  # more than a vector has room for
    often = "och regeringen " * 400 + "och kungen " + "och regeringen " * 20_000
    endless = "x" * 3000
    tell_both(pair, "many", release("Many", many))
    tell_both(pair, "often", release("Often", often, f"Ett {endless} till."))
    for words in ('"ord119998 ord119999"', '"ord119999 ord119998"', "ord119*", '"och kungen"', "ord1 NOT ord119999",
                  'kungen NOT "regeringen kungen"', "till", f"{endless}", f"{endless}y", f"{'x' * 600}*",
                  f"till NOT {endless}"):  # fmt: skip
        server, file = ([one.title for one in desk.archive.search(words)] for desk in pair)
        assert server == file, words[:40]
    assert [one.title for one in pair[0].archive.search('"och kungen"')] == ["Often"]


def test_names_are_in_the_order_of_a_file_whatever_language_the_server_speaks(pair: tuple[Desk, Desk]) -> None:
    for desk in pair:
        with desk.archive.writing() as unit:
            for name in ("ö.example", "Z.example", "a-b.example", "ab.example", "å.example"):
                unit.add_site(name)
    server, file = ([site.name for site in desk.archive.sites()] for desk in pair)
    assert server == file


def test_a_server_that_is_not_there_is_named_in_one_line_and_no_password_is(server: Server) -> None:
    for address in ("postgresql://me:secret@127.0.0.1:1/press", f"{server.url('nosuch')}?connect_timeout=2"):
        with pytest.raises(ArchiveError) as caught:
            Archive.open(address)
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)
    with pytest.raises(Unreachable, match=r"press on 127\.0\.0\.1:1 cannot be reached"):
        Archive.open("postgresql://127.0.0.1:1/press")
    with pytest.raises(NotAnArchive, match=r"there is no database nosuch on .*createdb"):
        Archive.open(server.url("nosuch"))


def end_sessions(backend: Postgres) -> None:
    with backend.raw() as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_server_that_goes_takes_the_unit_back_and_the_next_one_goes_through(desk: Desk, backend: Postgres) -> None:
    page = desk.page()
    with pytest.raises(Unreachable, match="see that the server is up"), desk.archive.writing() as unit:  # noqa: PT012
        say(unit, page, "lost")
        end_sessions(backend)
        say(unit, page, "never")
    with pytest.raises(Unreachable), desk.archive.writing() as unit:  # noqa: PT012
        say(unit, page, "lost at its end")
        end_sessions(backend)
    end_sessions(backend)
    assert desk.archive.versions(page.id) == []
    desk.say(page, "kept")
    assert [one.release.title for one in desk.archive.versions(page.id)] == ["kept"]


def test_units_of_many_sessions_come_one_after_the_other_and_ids_grow_as_they_are_seen(
    desk: Desk, open_archive: Callable[..., Archive]
) -> None:
    pages = [desk.page(str(number)) for number in range(3)]
    archives = [open_archive() for _ in pages]
    seen: list[int] = []
    over = threading.Event()

    def write(number: int) -> None:
        for edit in range(15):
            with archives[number].writing() as unit:
                say(unit, pages[number], f"{number}/{edit}", at=NOON + edit * HOUR)

    def read() -> None:
        while not over.is_set():
            seen.extend(change.id for change in desk.archive.changes(after_id=seen[-1] if seen else 0))

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for one in (reader, *writers):
        one.start()
    for one in writers:
        one.join()
    over.set()
    reader.join()
    seen.extend(change.id for change in desk.archive.changes(after_id=seen[-1] if seen else 0))
    # whoever reads on from the last id that it saw has seen them all
    assert seen == [change.id for change in desk.archive.changes()]
    assert len(seen) == 45


def test_all_that_a_reader_reads_in_one_go_is_of_one_moment(desk: Desk) -> None:
    page = desk.page()
    with desk.archive._reading() as sql:
        before = sql.database.last_keys(sql)
        desk.say(page, "meanwhile")
        assert sql.ask(lambda connection: connection.exec_driver_sql("SELECT count(*) FROM versions").scalar()) == 0
    assert before["sites"] == 1


def test_what_is_kept_is_not_cut_off_either(desk: Desk, backend: Postgres) -> None:
    desk.say(desk.page(), "A")
    with backend.raw() as session, pytest.raises(psycopg.IntegrityError, match="never deleted"):
        session.execute("TRUNCATE changes CASCADE")


def test_a_database_of_another_program_is_left_alone(backend: Postgres) -> None:
    url = backend.empty("theirs")
    with backend.raw("theirs") as session:
        session.execute("CREATE TABLE sites (id int)")
    with pytest.raises(NotAnArchive, match="another program"):
        Archive.open(url)
    with backend.raw("theirs") as session:
        assert session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]


def test_a_database_that_cannot_hold_every_letter_is_refused(server: Server) -> None:
    server.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0")
    try:
        with pytest.raises(NotAnArchive, match="is in LATIN1; make one in UTF-8"):
            Archive.open(server.url("latin"))
    finally:
        server.run("DROP DATABASE latin")


def test_a_user_who_may_do_nothing_is_told_what_is_lacking(server: Server, backend: Postgres) -> None:
    url = backend.empty("closed")
    with contextlib.suppress(psycopg.errors.DuplicateObject):
        server.run("CREATE ROLE guest LOGIN")
    with pytest.raises(ArchiveError, match=r"permission denied.*grant"):
        Archive.open(url.replace("postgres@", "guest@"))


def test_who_holds_the_archive_too_long_is_waited_for_as_long_as_the_address_says(
    desk: Desk, backend: Postgres
) -> None:
    with (
        desk.archive.writing(),
        Archive.open(backend.url(query="?timeout=0.1")) as hasty,
        pytest.raises(Locked, match="another process is writing"),
        hasty.writing(),
    ):
        pass


def test_a_machine_whose_clock_is_wrong_takes_no_lease_from_one_that_is_alive(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Holder(host="another-machine/boot/pid", pid=1, born="1")
    take(desk.archive, "press.example", clock=lambda: NOON, holder=lambda: elsewhere)
    wrong = 3 * TERM  # this machine is ahead; the server's clock says by how much
    monkeypatch.setattr(desk.archive._database, "clock_ahead", lambda _: -wrong)

    with pytest.raises(UnderWay):
        take(desk.archive, "press.example", clock=lambda: NOON + wrong)
    assert wrong > leases.TERM


def test_the_servers_clock_is_asked_in_whole_seconds(desk: Desk) -> None:
    with desk.archive._database.reading() as sql:
        assert desk.archive._database.clock_ahead(sql) == dt.timedelta(0)


def test_a_backup_is_the_servers_own_affair_and_the_message_says_how(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"pg_dump.*archive copy --to sqlite:///"):
        backup(desk.archive, tmp_path / "copy.db")
