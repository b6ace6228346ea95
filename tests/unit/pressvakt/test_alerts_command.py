"""`pressvakt subscribe`, `subscriptions` and `alerts`, as people run them."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from changes.canonical import text_digest
from changes.kinds import Finding, Kind
from storage.archive import Archive
from tests.unit.alerts.mail_server import Office, mail_office
from tests.unit.pressvakt.conftest import BRIDGE, CONFIG, Run, bridge, bridge_edited

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def site(folder: Path) -> None:
    (folder / "sites").mkdir()
    (folder / "sites" / "example.toml").write_text('extends = "government.se"\n')


def edit(archive: Archive, *, at: dt.datetime = NOW) -> None:
    """A crawl that finds the bridge's figure edited."""
    with archive.writing() as unit:
        site = unit.add_site("example")
        crawl = unit.start_crawl(site.id, at)
        page = unit.add_page(site.id, BRIDGE, at=at, baseline=True)
        for release in (bridge(), bridge_edited()):
            kept = unit.keep_snapshot(
                page.id, url=BRIDGE, status=200, headers=[], redirects=[], captured_at=at, body=text_digest(release).encode(),
                crawl_id=crawl,
            )  # fmt: skip
            unit.add_version(
                page.id, snapshot_id=kept.id, release=release, digest=text_digest(release), rules="2024", at=at
            )
        finding = Finding(kind=Kind.EDITED, fields=("body",), silent=True, labels=("figure",))
        unit.add_change(
            page.id, finding, before=1, after=2, title=bridge().title, url=BRIDGE, at=at, baseline=False, crawl_id=crawl
        )
        unit.end_crawl(crawl, at=at, reason="finished", stats={})


def mail_config(folder: Path, port: int, more: str = "") -> None:
    mail = f'\n[mail]\nhost = "localhost"\nport = {port}\ntls = "none"\nfrom = "Pressvakt <pressvakt@watch.se>"\nrate = 0\n'
    (folder / "pressvakt.toml").write_text(CONFIG + mail + more)


def test_a_subscription_is_told_back_in_words_listed_and_ended(run: Run, site: None) -> None:
    made = run(
        "subscribe", "anna@reader.example", "--site", "example", "--kind", "edited", "--words", "bro*", "--in", "added",
        "--rhythm", "weekly", "--day", "friday", "--at", "16.30", "--language", "sv",
    )  # fmt: skip
    listed = run("subscriptions", "--format", "jsonl")
    row = json.loads(listed.out)

    assert made.code == 0
    assert "varje fredag kl. 16:30" in made.out
    assert "som nu nämner bro*" in made.out
    assert (row["sites"], row["words"], row["where"], row["at"], row["day"]) == (
        ["example"],
        ["bro*"],
        "added",
        "16:30",
        4,
    )
    assert "secret" not in listed.out
    assert run("subscriptions", "remove", "anna@reader.example").code == 0
    assert "nobody" in run("subscriptions").err
    assert json.loads(run("subscriptions", "--ended", "--format", "jsonl").out)["state"] == "removed"
    assert run("subscriptions", "remove", "anna@reader.example").code == 1


def test_a_webhook_is_told_its_secret_and_ended_by_its_address(run: Run, site: None) -> None:
    made = run("subscribe", "https://hooks-of-ours.example/press-1")

    assert "whsec_" in made.out
    assert "whsec_" not in run("subscriptions").out
    assert run("subscriptions", "remove", "https://hooks-of-ours.example/press-1").code == 0
    assert run("subscriptions", "remove", "1-cut-short").code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("anna",), "write name@host.org"),
        (("anna@reader.example", "--site", "exampel"), "no site 'exampel'; known: example"),
        (("anna@reader.example", "--rhythm", "often"), "known: now, hourly, daily, weekly"),
        (("anna@reader.example", "--at", "25:00"), "write 07:30"),
        (("anna@reader.example", "--quiet-hours", "22"), "write 22:00-07:00"),
        (("anna@reader.example", "--time-zone", "Stockholm"), "write Europe/Stockholm"),
        (("anna@reader.example", "--language", "no"), "known: en, sv"),
        (("anna@reader.example", "--words", "NOT x"), "words"),
        (("anna@reader.example", "--field", "titel"), "no field 'titel'"),
        (("https://hooks.example/x", "--ask"), "--ask is for e-mail"),
    ],
)
def test_a_subscription_that_makes_no_sense_is_misuse(
    run: Run, site: None, arguments: tuple[str, ...], words: str
) -> None:
    result = run("subscribe", *arguments)

    assert result.code == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_what_was_found_is_sent_listed_and_not_sent_again(run: Run, site: None, folder: Path, archive: Archive) -> None:
    office = Office()
    with archive, mail_office(office) as mail:
        mail_config(folder, mail.port)
        run("subscribe", "anna@reader.example")
        edit(archive)
        assert "1 change" in run("alerts", "list").out or "not looked at yet" in run("alerts", "list").err
        sent = run("alerts", "send")
        again = run("alerts", "send")

    assert (sent.code, sent.err) == (0, "alerts: 1 sent\n")
    assert (again.code, len(office.taken)) == (0, 1)
    assert json.loads(run("alerts", "list", "--all", "--format", "jsonl").out)["state"] == "sent"
    assert run("alerts", "list").out == ""


def test_a_mail_server_that_is_away_fails_the_sending_and_what_waits_is_shown(
    run: Run, site: None, folder: Path, archive: Archive
) -> None:
    with archive:
        mail_config(folder, 1)
        run("subscribe", "anna@reader.example")
        edit(archive)
        sent, listed = run("alerts", "send"), run("alerts", "list")

    assert sent.code == 1
    assert "tried again" in sent.err
    assert re.search(r"waiting +anna@reader.example +1 change\n", listed.out)
    assert "tried 1 time" in listed.out
    assert run("alerts", "retry").err.startswith("1 alerts go out")


def test_without_a_mail_server_what_is_owed_waits_and_a_folder_takes_it(
    run: Run, site: None, folder: Path, archive: Archive
) -> None:
    with archive:
        run("subscribe", "anna@reader.example")
        edit(archive)
        waits, kept = run("alerts", "send"), run("alerts", "send", "--mail-dir", "mails")

    assert (waits.code, "no [mail]" in waits.err) == (1, True)
    assert (kept.code, len(list((folder / "mails").iterdir()))) == (0, 1)


def test_somebody_who_is_asked_hears_nothing_else_before_the_answer(
    run: Run, site: None, folder: Path, archive: Archive
) -> None:
    with archive:
        run("subscribe", "anna@reader.example", "--ask")
        edit(archive)
        run("alerts", "send", "--mail-dir", "mails")
        (question,) = (folder / "mails").iterdir()
        token = re.search(r"confirm (\d+-[\w=\n-]{27,})", question.read_text())
        assert token is not None
        confirmed = run("subscriptions", "confirm", token[1].replace("=\n", "")[:29])
        edit(archive)
        run("alerts", "send", "--mail-dir", "mails")

    assert (confirmed.code, confirmed.err) == (0, "subscription 1: anna@reader.example is told from now on\n")
    assert len(list((folder / "mails").iterdir())) == 2


def test_a_preview_shows_what_would_have_been_told_and_sends_nothing(run: Run, site: None, archive: Archive) -> None:
    with archive:
        edit(archive)
        shown = run("alerts", "preview")
        run("subscribe", "anna@reader.example", "--kind", "removed")
        nothing = run("alerts", "preview", "1")

    assert "160 → 100 million" in shown.out
    assert "MIME-Version" in run("alerts", "preview", "--format", "eml").out
    assert "<html" in run("alerts", "preview", "--format", "html").out
    assert (nothing.code, "no change since" in nothing.err) == (1, True)
    assert run("alerts", "list", "--all").out == ""


def test_a_test_says_what_the_server_answered(run: Run, site: None, folder: Path) -> None:
    office = Office(answers={"gone@reader.example": ["550 5.1.1 no such user"]})
    with mail_office(office) as mail:
        mail_config(folder, mail.port, '\n[alerts]\noperators = ["ops@watch.se"]\n')
        assert run("alerts", "test").code == 0
        refused = run("alerts", "test", "gone@reader.example")

    assert len(office.taken) == 1
    assert refused.code == 1
    assert "550" in refused.err
    assert "no such user" in refused.err


def test_a_wrong_password_is_bad_configuration_and_said_at_once(
    run: Run, site: None, folder: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office()
    monkeypatch.setenv("PRESSVAKT_MAIL_PASSWORD", "wrong")
    with archive, mail_office(office) as mail:
        mail_config(folder, mail.port, "")
        text = (folder / "pressvakt.toml").read_text().replace('tls = "none"', 'tls = "none"\nuser = "pressvakt"')
        (folder / "pressvakt.toml").write_text(text)
        run("subscribe", "anna@reader.example")
        edit(archive)
        result = run("alerts", "send")

    assert result.code == 2
    assert "no mail can be sent" in result.err
    assert "mail-failing" in run("alerts", "list").out


def test_the_file_says_who_is_told(run: Run, site: None, folder: Path) -> None:
    more = '\n[[subscription]]\nto = "anna@reader.example"\nwords = ["bro"]\nrhythm = "daily"\nat = 06:30:00\n'
    mail_config(folder, 25, more + '[alerts]\nlanguage = "sv"\n')
    rows = [json.loads(line) for line in run("subscriptions", "--format", "jsonl").out.splitlines()]
    mail_config(folder, 25)

    assert [(row["address"], row["origin"], row["at"], row["language"]) for row in rows] == [
        ("anna@reader.example", "file", "06:30", "sv")
    ]
    assert run("subscriptions").out == ""


def test_all_that_is_wrong_with_alerts_in_the_file_is_told_at_once(run: Run, site: None, folder: Path) -> None:
    (folder / "pressvakt.toml").write_text(
        CONFIG
        + """
[mail]
host = "mail.watch.se"
password = "secret"
from = "nobody"
[alerts]
time_zone = "Stockholm"
operators = ["ops"]
[[subscription]]
to = "anna@reader.example"
sites = ["exampel"]
[[subscription]]
to = "bo"
[[subscription]]
kinds = ["edit"]
"""
    )
    lines = run("subscriptions").err.splitlines()

    assert [line.partition(": ")[2].partition(":")[0] for line in lines] == [
        "mail.password", "mail.from", "alerts.time_zone", "subscription[0].sites", "subscription[1]",
        "subscription[2].kinds[0]", "subscription[2].to",
    ]  # fmt: skip
    assert not any("secret" in line for line in lines)
    assert "PRESSVAKT_MAIL_PASSWORD" in lines[0]
    assert "did you mean 'example'" in lines[3]
