"""Profiles from TOML: read into records, extended, and refused with file, line and key."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from changes.presence import RemovalRule
from crawler.reading import profile_rules
from crawler.reading.profile_files import ProfileError, load_file, load_profile, profile_names, shipped_folder
from crawler.reading.profiles import AttachmentRule, Discovery, Politeness, ReleaseRules, Schedule, SiteProfile, Wording
from crawler.reading.schedule_values import SCHEDULE

BASE = """\
title = "Government of Alvik"
base_url = "https://www.alvik.example"
language = "en-GB"
time_zone = "Europe/London"
pages = '^/news/'

[[discovery]]
kind = "html"
url = "/news/?page={page}"

[[release]]
name = "2024"
region = "article"
title = "h1"
body = ["div.text", "div.more"]
published = "meta[name=published]@content"

[crawl]
delay = "2s"
"""
LINES = BASE.splitlines()


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """A folder with one sound profile, `base`."""
    folder = tmp_path / "sites"
    folder.mkdir()
    (folder / "base.toml").write_text(BASE, "utf-8")
    return folder


def faults_of(sites: Path, text: str, name: str = "site") -> list[tuple[str, int, str, str]]:
    """What is wrong with a profile: (file, line, key, message)."""
    (sites / f"{name}.toml").write_text(text, "utf-8")
    with pytest.raises(ProfileError) as caught:
        load_profile(name, folders=[sites], root=sites.parent)
    return [(fault.file, fault.line, fault.key, fault.message) for fault in caught.value.faults]


def with_line(number: int, line: str) -> str:
    """The sound profile with one of its lines, from 1, replaced."""
    return "\n".join([*LINES[: number - 1], line, *LINES[number:]]) + "\n"


def test_a_profile_becomes_records(sites: Path) -> None:
    profile = load_profile("base", folders=[sites])

    assert profile == SiteProfile(
        name="base",
        title="Government of Alvik",
        base_url="https://www.alvik.example",
        language="en-GB",
        time_zone=ZoneInfo("Europe/London"),
        pages=("^/news/",),
        discovery=(Discovery(kind="html", url="/news/?page={page}"),),
        release=(
            ReleaseRules(
                name="2024",
                region="article",
                title=("h1",),
                body=("div.text", "div.more"),
                published=("meta[name=published]@content",),
            ),
        ),
        crawl=Politeness(delay=2.0),
    )


@pytest.mark.parametrize(
    ("record", "readers", "not_written"),
    [
        (SiteProfile, profile_rules.SITE, {"name"}),
        (Discovery, profile_rules.DISCOVERY, set()),
        (ReleaseRules, profile_rules.RELEASE, set()),
        (Wording, profile_rules.WORDING, set()),
        (Politeness, profile_rules.CRAWL, set()),
        (RemovalRule, profile_rules.REMOVAL, set()),
        (AttachmentRule, profile_rules.ATTACHMENTS, set()),
        (Schedule, SCHEDULE, set()),
    ],
)
def test_every_field_of_a_record_has_its_key(record: type, readers: dict[str, object], not_written: set[str]) -> None:
    assert set(readers) == {field.name for field in fields(record)} - not_written


def test_every_key_has_its_heading_in_the_reference() -> None:
    page = Path(__file__).parents[4] / "docs" / "reference" / "profile.md"
    headings = re.findall(r"^#+ `(.+)`$", page.read_text("utf-8"), re.MULTILINE)

    keys = {"extends", *profile_rules.SITE}
    for table in ("discovery", "release", "wording", "crawl", "removal", "attachments", "schedule"):
        keys |= {f"{table}.{key}" for key in getattr(profile_rules, table.upper())}
    assert sorted(headings) == sorted(keys)


@pytest.mark.parametrize("number", [0, 1])
def test_the_examples_of_the_reference_have_no_faults(sites: Path, number: int) -> None:
    page = Path(__file__).parents[4] / "docs" / "reference" / "profile.md"
    examples = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (sites / "example.toml").write_text(examples[number], "utf-8")

    assert load_profile("example", folders=[sites]).base_url.endswith(".alvik.example")


def test_durations_sizes_and_dates_are_read_in_every_spelling(sites: Path) -> None:
    text = with_line(19, 'delay = "500ms"\ntimeout = 1.5\nmax_bytes = "2 MiB"\n[removal]\nspan = "7d"\nvisits = 1')
    text = text.replace('name = "2024"\n', 'name = "2024"\nvalid_until = 2025-10-12\n')
    (sites / "site.toml").write_text(text, "utf-8")

    profile = load_profile("site", folders=[sites])

    assert profile.crawl == Politeness(delay=0.5, timeout=1.5, max_bytes=2 * 1024 * 1024)
    assert profile.removal == RemovalRule(span=dt.timedelta(days=7), visits=1, gone_visits=1)
    assert profile.release[0].valid_until == dt.date(2025, 10, 12)


def test_an_address_is_kept_in_one_spelling(sites: Path) -> None:
    (sites / "site.toml").write_text(with_line(2, 'base_url = "HTTPS://WWW.Alvik.Example:443/"'), "utf-8")

    assert load_profile("site", folders=[sites]).base_url == "https://www.alvik.example"


def test_a_child_overrides_key_by_key_and_adds_before_what_it_inherits(sites: Path) -> None:
    (sites / "middle.toml").write_text(
        'extends = "base"\ntitle = "Middle"\n[[release_also]]\nname = "2025"\nregion = "main"\ntitle = "h1"\nlead = "p"\n'
    )
    (sites / "child.toml").write_text(
        'extends = "middle"\nbase_url = "http://127.0.0.1:8000"\npages_also = "^/speeches/"\n[crawl]\nconcurrency = 4\n'
    )

    profile = load_profile("child", folders=[sites])

    assert (profile.name, profile.title, profile.base_url) == ("child", "Middle", "http://127.0.0.1:8000")
    assert profile.crawl == Politeness(delay=2.0, concurrency=4)
    assert [rules.name for rules in profile.release] == ["2025", "2024"]
    assert profile.pages == ("^/speeches/", "^/news/")


def test_a_list_that_is_written_anew_takes_the_place_of_the_inherited_one(sites: Path) -> None:
    (sites / "child.toml").write_text('extends = "base"\npages = []\n[[discovery]]\nkind = "feed"\nurl = "/feed.xml"\n')

    profile = load_profile("child", folders=[sites])

    assert profile.pages == ()
    assert [how.kind for how in profile.discovery] == ["feed"]


def test_a_local_profile_may_extend_the_shipped_one_of_its_own_name(sites: Path) -> None:
    name = profile_names([shipped_folder()])[0]
    (sites / f"{name}.toml").write_text(f'extends = "{name}"\ntitle = "Ours"\n')
    theirs = load_profile(name, folders=[])

    ours = load_profile(name, folders=[sites])

    assert ours.title == "Ours"
    assert ours.release == theirs.release


def test_a_name_means_the_local_profile_before_the_shipped_one(sites: Path) -> None:
    name = profile_names([shipped_folder()])[0]
    (sites / f"{name}.toml").write_text(BASE)

    assert load_profile(name, folders=[sites]).title == "Government of Alvik"


@pytest.mark.parametrize("name", profile_names([shipped_folder()]))
def test_the_shipped_profiles_have_no_faults(name: str) -> None:
    assert load_profile(name, folders=[]).name == name


def test_the_site_that_the_replay_declares_is_read(shared: Path, tmp_path: Path) -> None:
    text = (shared / "replay" / "config" / "sites" / "replay.toml").read_text("utf-8")
    (tmp_path / "replay.toml").write_text(text.replace("{base}", "http://127.0.0.1:8811"))

    profile = load_file(tmp_path / "replay.toml", folders=[tmp_path])

    assert profile.base_url == "http://127.0.0.1:8811"
    assert (profile.crawl.delay, profile.crawl.concurrency) == (0.0, 16)
    assert (profile.removal.visits, profile.removal.span) == (2, dt.timedelta(0))
    assert profile.release == load_profile("regeringen.se", folders=[]).release


@pytest.mark.parametrize(
    ("line", "text", "key", "words"),
    [
        (2, 'base_url = "file:///etc/passwd"', "base_url", "no web address"),
        (2, 'base_url = "//www.alvik.example"', "base_url", "no web address"),
        (2, 'base_url = "http:\\\\\\\\www.alvik.example"', "base_url", "no web address"),
        (2, 'base_url = "javascript:alert(1)"', "base_url", "no web address"),
        (2, 'base_url = "view-source:https://www.alvik.example"', "base_url", "no web address"),
        (2, 'base_url = "https://www.alvik.example/news"', "base_url", "write https://www.alvik.example"),
        (2, 'base_url = "https://www.alvik.example/?a=1"', "base_url", "goes on after its host"),
        (2, 'base_url = "https://me:pw@www.alvik.example"', "base_url", "user name"),
        (2, 'base_url = "https://www.alvik.example:99999"', "base_url", "no web address"),
        (2, 'base_url = "http://127.1"', "base_url", "odd spelling"),
        (2, 'base_url = "http://0x7f000001"', "base_url", "odd spelling"),
        (2, 'base_url = "http://2130706433"', "base_url", "odd spelling"),
        (2, 'base_url = "http://0177.0.0.1"', "base_url", "odd spelling"),
        (2, 'base_url = "http://①②⑦.0.0.1"', "base_url", "beyond ASCII"),
        (2, "base_url = 7", "base_url", "7 is no text"),
        (3, 'language = "Swedish please"', "language", "no language tag"),
        (4, 'time_zone = "Europe/Stokholm"', "time_zone", "did you mean 'Europe/Stockholm'?"),
        (4, 'time_zone = "../../etc/passwd"', "time_zone", "no time zone"),
        (4, 'time_zone = "Europe"', "time_zone", "no time zone"),
        (5, "pages = '('", "pages", "no regular expression: missing ), unterminated subpattern"),
        (5, "pages = '(a+)+$'", "pages", "can run away"),
        (5, "skip = ['^/a', '.*']", "skip[1]", "fits even an empty text"),
        (5, 'aliases = ["https://alvik.example"]', "aliases[0]", "no host name"),
        (5, 'page_object = "nowhere:read"', "page_object", "no page object"),
        (5, 'page_object = "os.system"', "page_object", "module:function"),
        (8, 'kind = "htlm"', "discovery[0].kind", "did you mean 'html'?"),
        (9, 'url = "/news/?page={pgae}"', "discovery[0].url", "did you mean 'page'?"),
        (9, 'url = "file:///etc/passwd"', "discovery[0].url", "no web address"),
        (9, 'url = "//evil.example/x"', "discovery[0].url", "no web address"),
        (9, 'url = "/x"\nmax_pages = 0', "discovery[0].max_pages", "less than 1"),
        (9, "", "discovery[0].url", "is missing"),
        (13, 'region = "div["', "release[0].region", "no CSS selector"),
        (13, 'region = "article@class"', "release[0].region", "names an attribute"),
        (14, "title = []", "release[0].title", "is empty"),
        (15, 'body = ["div", "p:nth-child(x", "b["]', "release[0].body[1]", "no CSS selector"),
        (19, 'delay = "fast"', "crawl.delay", '\'fast\' is no duration; write "1s", "500ms" or a number of seconds'),
        (19, "delay = -1", "crawl.delay", "-1 is less than 0"),
        (19, "delay = nan", "crawl.delay", "no duration"),
        (19, "delay = true", "crawl.delay", "true is no duration"),
        (19, "delaay = 1", "crawl.delaay", "unknown key 'delaay'; did you mean 'delay'?"),
        (19, "visits = 2", "crawl.visits", "it belongs in [removal]"),
        (19, "concurrency = 0", "crawl.concurrency", "less than 1"),
        (19, 'max_bytes = "20 bananas"', "crawl.max_bytes", "no size"),
        (19, '[removal]\nspan = "2 fortnights"', "removal.span", "no duration"),
        (19, "[removal]\nhold_share = 30", "removal.hold_share", "more than 1"),
        (19, "[removal]\nvisits = 2\ngone_visits = 3", "removal.gone_visits", "more than visits"),
        (
            19,
            "[wording]\narchived = '(?P<scince>x)'",
            "wording.archived",
            "unknown group 'scince'; did you mean 'since'?",
        ),
        (19, "[wordign]\nkinds = []", "wordign", "did you mean 'wording'?"),
    ],
)
def test_a_fault_has_its_file_line_and_key(sites: Path, line: int, text: str, key: str, words: str) -> None:
    found = [fault for fault in faults_of(sites, with_line(line, text)) if fault[2] == key]

    name = re.sub(r".*\.|\[\d+\]$", "", key)
    at = line + next((number for number, part in enumerate(text.split("\n")) if part.startswith(name)), 0)
    if "is missing" in words:
        at = 7  # the table that lacks it
    assert [(file, number) for file, number, _, _ in found] == [("sites/site.toml", at)]
    assert words in found[0][3]


def test_all_faults_of_a_profile_and_of_what_it_extends_are_told_at_once(sites: Path) -> None:
    (sites / "base.toml").write_text(with_line(4, 'time_zone = "Mars"').replace('delay = "2s"', "delay = -1"))

    found = faults_of(
        sites, 'extends = "base"\nlanguage = 5\n[[release_also]]\nname = "x"\nregoin = "p"\n[crawl]\ntimeout = 0\n'
    )

    assert [fault[:3] for fault in found] == [
        ("sites/base.toml", 4, "time_zone"),
        ("sites/base.toml", 19, "crawl.delay"),
        ("sites/site.toml", 2, "language"),
        ("sites/site.toml", 3, "release_also[0].region"),
        ("sites/site.toml", 3, "release_also[0].title"),
        ("sites/site.toml", 5, "release_also[0].regoin"),
        ("sites/site.toml", 7, "crawl.timeout"),
    ]


def test_a_child_of_a_broken_file_is_judged_by_its_own_keys_only(sites: Path) -> None:
    (sites / "base.toml").write_text("title = \n")

    found = faults_of(sites, 'extends = "base"\n[crawl]\ndelay = "fast"\n')

    assert [fault[:3] for fault in found] == [("sites/base.toml", 1, "title"), ("sites/site.toml", 3, "crawl.delay")]


def test_an_empty_profile_lacks_everything_that_is_needed(sites: Path) -> None:
    found = faults_of(sites, "")

    assert [fault[2] for fault in found] == ["title", "base_url", "language", "time_zone", "discovery"]
    assert found[0][3] == 'is missing; write title = "The Government"'


@pytest.mark.parametrize("circle", [["one"], ["one", "two"], ["one", "two", "three"]])
def test_profiles_that_extend_each_other_in_a_circle_are_refused(sites: Path, circle: list[str]) -> None:
    for name, following in zip(circle, [*circle[1:], circle[0]], strict=True):
        (sites / f"{name}.toml").write_text(f'extends = "{following}"\n')

    with pytest.raises(ProfileError) as caught:
        load_profile(circle[0], folders=[sites], root=sites.parent)

    words = "no profile 'one'" if len(circle) == 1 else "runs in a circle"
    assert any(words in fault.message and fault.key == "extends" for fault in caught.value.faults)


@pytest.mark.parametrize("name", ["nowhere", "../base", "/etc/passwd", "Base", ""])
def test_a_name_that_is_no_profile_s_is_refused(sites: Path, name: str) -> None:
    with pytest.raises(ProfileError, match="no profile"):
        load_profile(name, folders=[sites / "."])
    assert "no profile" in str(faults_of(sites, f'extends = "{name}"\n'))


def test_a_near_miss_is_guessed(sites: Path) -> None:
    assert "did you mean 'base'?" in faults_of(sites, 'extends = "bsae"\n')[0][3]


def test_a_file_that_could_not_be_named_on_the_command_line_is_refused(sites: Path) -> None:
    (sites / "My Site.toml").write_text(BASE)

    with pytest.raises(ProfileError, match="no name for a site"):
        load_file(sites / "My Site.toml")


def test_the_name_is_the_file_s_not_a_key(sites: Path) -> None:
    ((_, line, key, message),) = faults_of(sites, with_line(1, 'title = "x"\nname = "other"'))

    assert (line, key) == (2, "name")
    assert "named after its file, 'site'" in message


def test_a_fault_reads_as_one_line(sites: Path) -> None:
    (sites / "site.toml").write_text(with_line(19, 'delay = "fast"'))

    with pytest.raises(ProfileError) as caught:
        load_profile("site", folders=[sites], root=sites.parent)

    assert str(caught.value) == (
        'sites/site.toml:19: crawl.delay: \'fast\' is no duration; write "1s", "500ms" or a number of seconds'
    )
