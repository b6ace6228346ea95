"""The client: the same calls, the same answers, from an archive of one's own and from an address."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pressvakt.client import Client, ClientError, NotFound, Refused, Unreachable, connect
from storage.access import Role
from tests.servers import answer, scripted_site
from tests.web_house import DAY, NOON, OFFICE, House, house


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as found:
        yield found


@pytest.fixture(params=["file", "address", "signed in"])
def client(request: pytest.FixtureRequest, ours: House) -> Iterator[Client]:
    """One archive by each of the ways to it."""
    token = ours.token("berit", Role.OPERATOR) if request.param == "signed in" else None
    where: Any = ours.path if request.param == "file" else ours.address
    with connect(where, token=token) as found:
        yield found


def test_all_that_the_archive_holds_is_had_by_either_way(client: Client) -> None:
    assert [site.name for site in client.sites()] == ["harbour"]
    assert client.site("harbour").pages["gone"] == 1
    release = client.release(f"{OFFICE}/news/quay-1")
    assert (release.title, release.versions) == ("The quay is mended, part 1", 2)
    assert [version.version for version in client.versions(release)] == [1, 2]
    assert client.version(release).release["body"][0]["text"].startswith("The council gives 15")
    assert client.version(release, at=NOON + dt.timedelta(hours=1)).version == 1
    assert client.version(release, at=dt.date(2031, 3, 15)).version == 2
    assert [span.text for span in client.diff(release).blocks[1].words or () if span.op == "insert"] == ["15"]
    assert len(client.snapshots(release)) == 2
    assert [change.id for change in client.changes()] == list(range(1, 21))
    assert {change.kind.value for change in client.changes(since=NOON + 2 * DAY)} == {"removed", "archived", "moved"}
    assert len(list(client.changes(kind=["edited", "moved"], order="newest"))) == 5
    assert [change.silent for change in client.changes(silent=True)] == [True, True]
    assert client.change(18).status == 410
    assert [find.title for find in client.search("isles")] == ["A ferry to the isles"]
    assert [find.id for find in client.search("15", where="added")] == [14]
    assert len(list(client.crawls())) == 3
    assert [notice.kind.value for notice in client.notices()] == ["unreachable"]
    assert len(list(client.releases(state="live"))) == 12


def test_a_subscription_is_made_and_ended_by_either_way(client: Client) -> None:
    made = client.subscribe("reader@post.example", ask=False, kinds=["edited"], rhythm="weekly")
    assert (made.state, made.kinds, made.rhythm) == ("active", ["edited"], "weekly")
    client.unsubscribe(made)
    assert [one.state for one in client.subscriptions()] == ["removed"]


def test_what_goes_wrong_has_a_class_and_words(client: Client) -> None:
    with pytest.raises(NotFound, match="not watched"):
        client.release(f"{OFFICE}/nothing")
    with pytest.raises(NotFound, match="no change 999"):
        client.change(999)
    with pytest.raises(Refused, match=r"query\.kind"):
        list(client.changes(kind=["vanished"]))
    with pytest.raises(Refused, match="nowhere"):
        client.subscribe("reader@post.example", sites=["nowhere"])


def test_whoever_has_the_file_needs_no_token(ours: House) -> None:
    ours.user("anna", Role.READER)
    with connect(ours.path) as client:
        assert len(client.subscriptions()) == 0
    with connect(ours.address) as client, pytest.raises(Refused, match="sign in"):
        client.sites()
    with connect(ours.address, token="wrong") as client, pytest.raises(Refused, match="token"):
        client.sites()


def test_it_works_where_a_loop_is_running_already(ours: House) -> None:
    async def notebook() -> int:
        with connect(ours.path) as client:
            return len(list(client.changes()))

    assert asyncio.run(notebook()) == 20


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no archive"):
        connect(tmp_path / "nothing.db")
    assert list(tmp_path.iterdir()) == []


def test_a_token_never_goes_in_the_clear_nor_elsewhere() -> None:
    with pytest.raises(ClientError, match="not encrypted"):
        connect("http://press.example", token="secret")
    away = answer(b"", "302 Found", "Location: http://127.0.0.1:1/stolen")
    with scripted_site() as site:
        site.pages["/api/v1/sites"] = away
        with connect(site.url, token="secret") as client, pytest.raises(ClientError, match="302"):
            client.sites()


def test_a_server_that_is_away_or_breaks_off_is_told() -> None:
    with connect("http://127.0.0.1:9") as client, pytest.raises(Unreachable, match="does not answer"):
        client.sites()
    with scripted_site() as site:
        site.pages["/api/v1/sites"] = answer(b'{"sites": [', length=500)
        with connect(site.url) as client, pytest.raises(Unreachable, match="broken off"):
            client.sites()
