"""An archive of one site for the tests that ask whether it keeps its word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.archive import Archive
from tests.contract.desk import Desk


@pytest.fixture
def open_archive(tmp_path: Path) -> Iterator[Callable[..., Archive]]:
    """Opens archives in the test's folder by file name, and closes them after it."""
    opened: list[Archive] = []

    def opens(name: str = "press.db", query: str = "") -> Archive:
        opened.append(Archive.open(f"sqlite:///{tmp_path / name}{query}"))
        return opened[-1]

    yield opens
    for archive in opened:
        archive.close()


@pytest.fixture
def desk(open_archive: Callable[..., Archive], tmp_path: Path) -> Desk:
    """An archive with the site `press.example` in it."""
    archive = open_archive()
    with archive.writing() as unit:
        site = unit.add_site("press.example")
    return Desk(archive, site, tmp_path / "press.db")
