"""`pressvakt sites add`: ten shapes of press sites, each ends in a profile that works or in a reason that helps."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pressvakt.cli import main
from storage.archive import Archive
from tests.press_shapes import COUNT, SHAPES, serving

_CONFIG = """\
contact = "test@pressvakt.example"
[storage]
database = "sqlite:///press.db"
[network]
allow_private = ["127.0.0.1"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sites").mkdir()
    (tmp_path / "pressvakt.toml").write_text(_CONFIG)
    return tmp_path


def run(folder: Path, *words: str) -> int:
    return main([*words, "--config", str(folder / "pressvakt.toml")])


def hurried(folder: Path) -> None:
    """Have the next crawl not wait between requests."""
    with (folder / "sites" / "new.toml").open("a") as file:
        file.write('\n[crawl]\ndelay = "0s"\nconcurrency = 4\n')


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("feed only", 10),
        ("sitemap only", COUNT),
        ("html list with paging", COUNT),
        ("json list", COUNT),
        ("wordpress", COUNT),
        ("api", COUNT),
    ],
)
def test_a_site_with_a_list_is_watched_within_a_minute(
    name: str, least: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(SHAPES[name]) as served:
        began = time.monotonic()
        assert run(folder, "sites", "add", served.url, "--name", "new", "--yes") == 0
        took = time.monotonic() - began
        said = capsys.readouterr()
        hurried(folder)
        assert run(folder, "crawl", "--quiet") == 0

    with Archive.open(f"sqlite:///{folder / 'press.db'}") as archive:
        site = archive.site("new")
        assert site is not None
        read = [version for page in archive.pages(site.id) if (version := archive.latest(page.id)) is not None]
    assert took < 60
    assert len(read) == least
    assert all("About the government" not in version.release.markdown for version in read)
    assert all(version.release.published is not None and version.release.published.day for version in read)
    assert "Ministry widens the ring road at Ostby" in said.out
    assert "time_zone UTC is a guess" in said.err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no list", "give the address of the page that lists them"),
        ("needs a browser", "shows nothing without a browser"),
        ("needs a browser", "[crawl] browser = true draws them"),
        ("blocks", "blocked"),
        ("hostile", "no list of releases was found"),
    ],
)
def test_a_site_that_cannot_be_watched_says_why_in_a_line(
    name: str, reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(SHAPES[name]) as served:
        began = time.monotonic()
        code = run(folder, "sites", "add", served.url, "--yes")

    error = capsys.readouterr().err
    assert (code, time.monotonic() - began < 60) == (1, True)
    assert reason in error
    assert "Traceback" not in error
    assert list((folder / "sites").iterdir()) == []
    assert not any("169.254" in path for path in served.asked)


def test_what_is_there_already_is_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sites" / "new.toml").write_text('extends = "wordpress"\nbase_url = "https://press.example"\n')
    with serving(SHAPES["feed only"]) as served:
        code = run(folder, "sites", "add", served.url, "--name", "new", "--yes")

    assert code == 2
    assert "is there already" in capsys.readouterr().err
    assert "wordpress" in (folder / "sites" / "new.toml").read_text()


@pytest.mark.parametrize("address", ["not an address", "ftp://press.example/", "http://10.0.0.7/press/"])
def test_an_address_that_cannot_be_asked_is_refused(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(folder, "sites", "add", address, "--yes")

    error = capsys.readouterr().err
    assert code != 0
    assert "Traceback" not in error
    assert list((folder / "sites").iterdir()) == []
