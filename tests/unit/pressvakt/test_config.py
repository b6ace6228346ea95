"""The configuration: everything that is wrong is told at once, with file, line and key, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.guard import Guard
from crawler.reading.profile_files import load_profile
from pressvakt.config import ConfigError, load_config
from pressvakt.failure import Misuse

CONFIG = """\
contact = "watch@alvik.example"

[storage]
database = "sqlite:///pressvakt.db"

[network]
allow_private = []
"""
SITE = """\
title = "Government of Alvik"
base_url = "https://www.alvik.example"
language = "en"
time_zone = "Europe/London"
[[discovery]]
kind = "feed"
url = "/feed.xml"
[[release]]
name = "2024"
region = "article"
title = "h1"
body = "div.text"
"""

Fault = tuple[str, int, str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a sound configuration."""
    (tmp_path / "sites").mkdir()
    (tmp_path / "pressvakt.toml").write_text(CONFIG)
    (tmp_path / "sites" / "alvik.toml").write_text(SITE)
    return tmp_path


def refused(home: Path, environ: Mapping[str, str] | None = None, config: Path | None = None) -> ConfigError:
    """The error of a faulty configuration; nothing in its folder has changed."""
    before = {path: path.lstat().st_mtime_ns for path in home.rglob("*")}
    with pytest.raises(ConfigError) as caught:
        load_config(config, cwd=home, environ=environ or {})
    assert {path: path.lstat().st_mtime_ns for path in home.rglob("*")} == before
    return caught.value


def places(error: ConfigError) -> list[Fault]:
    return [(fault.file, fault.line, fault.key) for fault in error.faults]


def changed(home: Path, line: int, text: str, file: str = "pressvakt.toml") -> None:
    """Put another text in the place of a line, from 1."""
    lines = (home / file).read_text().splitlines()
    (home / file).write_text("\n".join([*lines[: line - 1], text, *lines[line:]]) + "\n")


def test_a_sound_configuration_is_read(home: Path) -> None:
    config = load_config(None, cwd=home, environ={})

    assert config.contact == "watch@alvik.example"
    assert config.database == f"sqlite:///{home}/pressvakt.db"
    assert config.allow_private == ()
    assert config.sites_folder == home / "sites"
    assert dict(config.sites) == {"alvik": load_profile("alvik", folders=[home / "sites"])}
    assert not (home / "pressvakt.db").exists()


def test_the_replay_s_own_configuration_works_as_it_is(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    for name in ("pressvakt.toml", "sites/replay.toml"):
        text = (shared / "replay" / "config" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("{base}", "http://127.0.0.1:8811"))

    config = load_config(None, cwd=tmp_path, environ={})

    assert config.contact == "replay@pressvakt.example"
    assert config.allow_private == ("127.0.0.1",)
    assert list(config.sites) == ["replay"]
    assert Guard.of(allow_private=config.allow_private).allowed


def test_the_file_may_be_named_and_paths_count_from_its_folder(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    config = load_config(home / "pressvakt.toml", cwd=elsewhere, environ={})

    assert config.database == f"sqlite:///{home}/pressvakt.db"
    assert list(config.sites) == ["alvik"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("answers", "{home}/answers"),
        ("file:///srv", "/srv"),
        ("s3://press/payloads", "s3://press/payloads"),
    ],
)
def test_payloads_may_be_kept_elsewhere(home: Path, written: str, expected: str) -> None:
    changed(home, 4, f'database = "sqlite:///pressvakt.db"\npayloads = "{written}"')

    assert load_config(None, cwd=home, environ={}).payloads == expected.format(home=home)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("no/where", "there is no folder"),
        ("pressvakt.toml", "is no folder"),
        ("s3://", "names no place"),
        ("s3://key:secret@press/payloads", "has a password in it"),
    ],
)
def test_a_place_for_payloads_that_cannot_be_is_refused(home: Path, written: str, expected: str) -> None:
    changed(home, 4, f'payloads = "{written}"')

    with pytest.raises(ConfigError, match=expected) as caught:
        load_config(None, cwd=home, environ={})
    assert places(caught.value) == [("pressvakt.toml", 4, "storage.payloads")]
    assert "secret" not in str(caught.value)


def test_the_environment_goes_before_the_file_and_may_hold_a_password(home: Path) -> None:
    address = "postgresql://keeper:s3cret@db.alvik.example/press"

    assert load_config(None, cwd=home, environ={"PRESSVAKT_DATABASE": address}).database == address


def test_a_path_with_odd_characters_leads_to_the_same_file(tmp_path: Path) -> None:
    home = tmp_path / "a ? b % c # d"
    (home / "sites").mkdir(parents=True)
    (home / "pressvakt.toml").write_text(CONFIG)
    (home / "sites" / "alvik.toml").write_text(SITE)

    database = load_config(None, cwd=home, environ={}).database

    assert database == f"sqlite:///{tmp_path}/a%20%3F%20b%20%25%20c%20%23%20d/pressvakt.db"


def test_who_only_reads_needs_neither_a_contact_nor_a_site(home: Path) -> None:
    changed(home, 1, 'contact = "you@example.org"')
    (home / "sites" / "alvik.toml").unlink()

    config = load_config(None, cwd=home, environ={}, crawling=False)

    assert (config.contact, dict(config.sites)) == ("", {})


def test_a_folder_without_a_configuration_says_how_to_begin(tmp_path: Path) -> None:
    error = refused(tmp_path)

    assert str(error) == "pressvakt.toml: is not in this folder; `pressvakt init` writes one, --config names another"
    assert isinstance(error, Misuse)


def test_a_named_file_that_is_not_there_is_told(home: Path) -> None:
    assert str(refused(home, config=Path("other.toml"))) == "other.toml: is not there"


def test_faults_of_all_files_are_told_at_once(home: Path) -> None:
    changed(home, 1, "contcat = 'x'")
    changed(home, 4, "database = 5")
    changed(home, 1, "title = 7", "sites/alvik.toml")
    (home / "sites" / "broken.toml").write_text("[crawl\n")
    (home / "sites" / "child.toml").write_text('extends = "alvik"\n[crawl]\ndelaay = 1\n')

    error = refused(home)

    assert places(error) == [
        ("pressvakt.toml", 1, "contcat"),
        ("pressvakt.toml", 1, "contact"),
        ("pressvakt.toml", 4, "storage.database"),
        ("sites/alvik.toml", 1, "title"),
        ("sites/broken.toml", 1, ""),
        ("sites/child.toml", 3, "crawl.delaay"),
    ]
    assert len(str(error).splitlines()) == 6


def test_a_configuration_that_is_no_toml_does_not_hide_the_faults_of_profiles(home: Path) -> None:
    changed(home, 4, "database = sqlite:///x.db")
    changed(home, 3, "language = 'no such language'", "sites/alvik.toml")

    assert places(refused(home)) == [("pressvakt.toml", 4, "storage.database"), ("sites/alvik.toml", 3, "language")]


@pytest.mark.parametrize(
    ("line", "text", "at", "key", "words"),
    [
        (1, "", 1, "contact", "is missing"),
        (1, 'contact = ""', 1, "contact", "is empty"),
        (1, 'contact = "you@example.org"', 1, "contact", "is the placeholder"),
        (1, 'contact = "https://www.example.com/about"', 1, "contact", "is the placeholder"),
        (1, 'contact = "me@sub.example.net"', 1, "contact", "is the placeholder"),
        (1, 'contact = "nobody"', 1, "contact", "neither an e-mail nor an https address"),
        (1, 'contact = "mailto:a@alvik.example"', 1, "contact", "neither"),
        (1, 'contact = "http://alvik.example/"', 1, "contact", "neither"),
        (1, 'contact = "a@alvik.example\\r\\nX-Evil: 1"', 1, "contact", "control characters"),
        (1, 'contact = "a@alvik.example) (x"', 1, "contact", "neither"),
        (1, "contact = 5", 1, "contact", "5 is no text"),
        (1, 'contact = "a@alvik.example"\ncontact = "b@alvik.example"', 2, "contact", "written twice"),
        (1, 'contact = "a@alvik.example"\ndatabase = "x"', 2, "database", "it belongs in [storage]"),
        (1, 'contact = "a@alvik.example"\nbase_url = "x"', 2, "base_url", "a file in sites/"),
        (1, 'contact = "a@alvik.example"\nsites_folder = "nowhere"', 2, "sites_folder", "not there"),
        (1, 'contact = "a@alvik.example"\nsites_folder = "pressvakt.toml"', 2, "sites_folder", "a file"),
        (4, 'database = "pressvakt.db"', 4, "storage.database", "write sqlite:///pressvakt.db"),
        (4, 'database = "sqlite3:///x.db"', 4, "storage.database", "did you mean 'sqlite'?"),
        (4, 'database = "mysql://h/n"', 4, "storage.database", "no database address"),
        (4, 'database = "sqlite://x.db"', 4, "storage.database", "three slashes"),
        (4, 'database = "sqlite://"', 4, "storage.database", "three slashes"),
        (4, 'database = "sqlite:///:memory:"', 4, "storage.database", "nothing would be kept"),
        (4, 'database = "sqlite:///sites"', 4, "storage.database", "'sites' is a folder"),
        (4, 'database = "sqlite:///no/where/x.db"', 4, "storage.database", "make it first"),
        (4, 'database = "postgresql://db.alvik.example"', 4, "storage.database", "names no database"),
        (4, 'databse = "sqlite:///x.db"', 4, "storage.databse", "did you mean 'database'?"),
        (3, "[storrage]", 3, "storrage", "did you mean 'storage'?"),
        (7, 'allow_private = ["localhost"]', 7, "network.allow_private[0]", "neither an IP address nor a network"),
        (7, 'allow_private = [\n  "127.0.0.1",\n  "10.0.0.300",\n]', 9, "network.allow_private[1]", "neither"),
        (7, 'allow_private = ["10.0.0.1/8"]', 7, "network.allow_private[0]", "write 10.0.0.0/8"),
        (7, 'allow_private = ["0.0.0.0/0"]', 7, "network.allow_private[0]", "nearly every address"),
        (7, 'allow_private = ["::/0"]', 7, "network.allow_private[0]", "nearly every address"),
        (7, "allow_privat = []", 7, "network.allow_privat", "did you mean 'allow_private'?"),
    ],
)
def test_a_fault_of_the_configuration_has_its_line_and_key(  # noqa: PLR0917 - a table of cases
    home: Path, line: int, text: str, at: int, key: str, words: str
) -> None:
    changed(home, line, text)

    (fault,) = refused(home).faults

    assert (fault.file, fault.line, fault.key) == ("pressvakt.toml", at, key)
    assert words in fault.message


@pytest.mark.parametrize("suffix", ["", "?password=s3cret"])
def test_a_password_in_the_file_is_refused_and_never_repeated(home: Path, suffix: str) -> None:
    user = "keeper" if suffix else "keeper:s3cret"
    changed(home, 4, f'database = "postgresql://{user}@db.alvik.example/press{suffix}"')

    error = refused(home)

    assert places(error) == [("pressvakt.toml", 4, "storage.database")]
    assert "PRESSVAKT_DATABASE" in str(error)
    assert "s3cret" not in str(error)


def test_a_bad_address_in_the_environment_is_told_without_its_secrets(home: Path) -> None:
    error = refused(home, {"PRESSVAKT_DATABASE": "postgers://keeper:s3cret@h/n"})

    assert str(error) == "environment: PRESSVAKT_DATABASE: is no database address; did you mean 'postgresql'?"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("http://localhost", "127.0.0.1"),
        ("http://press.localhost", "127.0.0.1"),
        ("http://10.1.2.3", "10.1.2.3"),
        ("http://169.254.169.254", "169.254.169.254"),
        ("http://100.64.0.1", "100.64.0.1"),
        ("http://[::1]", "::1"),
        ("http://[::ffff:10.0.0.1]", None),
        ("http://[fd00::1]:8000", "fd00::1"),
    ],
)
def test_a_private_site_is_refused_until_it_is_allowed(home: Path, address: str, host: str | None) -> None:
    changed(home, 2, f'base_url = "{address}"', "sites/alvik.toml")

    error = refused(home)

    assert places(error) == [("sites/alvik.toml", 2, "base_url")]
    if host is None:
        return
    assert f'allow_private = ["{host}"]' in str(error)
    changed(home, 7, f'allow_private = ["{host}"]')
    assert list(load_config(None, cwd=home, environ={}).sites) == ["alvik"]


def test_a_private_address_of_a_list_is_refused_at_its_line(home: Path) -> None:
    changed(home, 7, 'url = "http://192.168.0.1/feed.xml"', "sites/alvik.toml")

    assert places(refused(home)) == [("sites/alvik.toml", 7, "discovery[0].url")]


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_without_a_site_there_is_nothing_to_watch(home: Path, folder: str) -> None:
    (home / "sites" / "alvik.toml").unlink()
    if folder == "absent":
        (home / "sites").rmdir()

    assert str(refused(home)).startswith("sites: there is no site to watch")


def test_two_files_for_one_name_are_refused(home: Path) -> None:
    (home / "sites" / "Alvik.toml").write_text(SITE)

    assert "is the same name as" in str(refused(home))


def test_a_profile_that_would_silently_not_be_read_is_told(home: Path) -> None:
    (home / "sites" / "other.TOML").write_text(SITE)
    (home / "sites" / ".#alvik.toml").write_text("an editor's own")
    (home / "sites" / "notes.txt").write_text("not ours")

    assert places(refused(home)) == [("sites/other.TOML", 0, "")]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"\xef\xbb\xbf" + CONFIG.encode(), 1, "byte order mark"),
        (CONFIG.encode("utf-16"), 1, "byte order mark"),
        (b"a = 1\n\xff\n", 2, "not UTF-8"),
        (b"a = " + b"[" * 50_000, 1, "32 levels"),
        (b"a." * 60_000 + b"a = 1", 1, "32 levels"),
        (b"#" * 300_000, 0, "larger than"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused(home: Path, data: bytes, line: int, words: str) -> None:
    (home / "pressvakt.toml").write_bytes(data)

    (fault,) = refused(home).faults

    assert (fault.file, fault.line) == ("pressvakt.toml", line)
    assert words in fault.message


def test_a_folder_in_the_place_of_a_file_is_refused(home: Path) -> None:
    (home / "pressvakt.toml").unlink()
    (home / "pressvakt.toml").mkdir()
    (home / "sites" / "x.toml").mkdir()

    assert places(refused(home)) == [("pressvakt.toml", 0, ""), ("sites/x.toml", 0, "")]


def test_every_setting_has_its_heading_in_the_reference() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "settings.md").read_text("utf-8")

    headings = re.findall(r"^#+ `(.+)`$", page, re.MULTILINE)

    expected = ["PRESSVAKT_DATABASE", "contact", "network.allow_private", "sites_folder", "storage.database"]
    assert sorted(name for name in headings if name in expected) == expected
