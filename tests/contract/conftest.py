"""An archive of one site for the tests that ask whether it keeps its word, on each kind of database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.archive import Archive
from tests.contract.backends import Backend, Pool, Postgres, Sqlite
from tests.contract.desk import Desk
from tests.postgres import Server, binaries, served

TEMPLATE = "a_new_archive"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server. Skips where none is installed, fails under CI."""
    folder = binaries()
    if folder is None:
        message = "no PostgreSQL 15 or newer is installed (Debian: apt install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(f"{message}; under CI it must be")
        pytest.skip(message)
    with served(folder) as server:
        yield server


@pytest.fixture(scope="session")
def pool(server: Server) -> Pool:
    """New archives on that server."""
    server.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    Archive.open(server.url(TEMPLATE)).close()
    return Pool(server, TEMPLATE)


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    """Each kind of database in turn."""
    made = Sqlite(tmp_path) if request.param == "sqlite" else Postgres(request.getfixturevalue("pool"))
    yield made
    made.close()


@pytest.fixture
def open_archive(backend: Backend) -> Iterator[Callable[..., Archive]]:
    """Opens archives by name, and closes them after the test."""
    opened: list[Archive] = []

    def opens(name: str = "press", query: str = "") -> Archive:
        opened.append(Archive.open(backend.url(name, query)))
        return opened[-1]

    yield opens
    for archive in opened:
        archive.close()


@pytest.fixture
def desk(open_archive: Callable[..., Archive], backend: Backend) -> Desk:
    """An archive with the site `press.example` in it."""
    archive = open_archive()
    with archive.writing() as unit:
        site = unit.add_site("press.example")
    return Desk(archive, site, backend)


@pytest.fixture
def sqlite_desk(tmp_path: Path) -> Iterator[Desk]:
    """The same in an SQLite file alone, for what only files are asked."""
    backend = Sqlite(tmp_path)
    with Archive.open(backend.url()) as archive:
        with archive.writing() as unit:
            site = unit.add_site("press.example")
        yield Desk(archive, site, backend)
