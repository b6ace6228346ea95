"""`pressvakt status`, `sites pause|resume|due`, `crawl --due` and `accept`, and the settings of the service."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from pathlib import Path
from urllib.request import urlopen

import pytest

from changes.kinds import SiteNotice
from pressvakt.config import ConfigError, load_config
from pressvakt.config_service import Place, ServiceSettings
from pressvakt.logging_setup import Lines, Objects
from pressvakt.metrics import Metrics, served
from scheduler.local import Run as Ended
from storage.archive import Archive
from storage.duties import take_duty
from storage.faults import list_faults
from storage.leases import take
from storage.records import PageState
from tests.unit.pressvakt.conftest import CONFIG, Run

NOW = dt.datetime.now(dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def archive(folder: Path) -> Archive:
    """The archive of an office that watches three sites; one of them was crawled, and not all went well."""
    (folder / "sites").mkdir()
    for name in ("alvik", "bro", "ceder"):
        (folder / "sites" / f"{name}.toml").write_text('extends = "government.se"\n')
    with Archive.open(f"sqlite:///{folder / 'pressvakt.db'}") as archive:
        with archive.writing() as unit:
            site = unit.add_site("alvik").id
            unit.end_baseline(site)
            crawl = unit.start_crawl(site, NOW - 20 * MINUTE)
            for number in range(3):
                page = unit.add_page(site, f"https://press.example/{number}", at=NOW, baseline=True)
                unit.update_page(page.id, next_due=NOW + (number - 1) * 30 * MINUTE, state=PageState.LIVE)
            for fault in ("unreachable", "unreachable", "truncated"):
                unit.add_fault(site, crawl, "https://press.example/0", fault=fault, detail="no answer", at=NOW)
            unit.add_notice(site, SiteNotice.GAP, text="too short", detail={}, at=NOW, crawl_id=crawl)
            unit.end_crawl(crawl, at=NOW - 19 * MINUTE, reason="finished", stats={"planned": 3})
            unit.set_due(site, NOW - 10 * MINUTE)
            unit.set_due(unit.add_site("bro").id, NOW + 10 * MINUTE)
        return archive


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def states(run: Run) -> dict[str, str]:
    return {site["site"]: site["state"] for site in json.loads(run("status", "--format", "json").out)["sites"]}


def test_status_tells_what_is_due_late_and_amiss(run: Run, archive: Archive) -> None:
    told = json.loads(run("status", "--format", "json").out)
    assert told["service"] is None
    alvik, bro, ceder = told["sites"]
    assert (alvik["state"], alvik["pages"], alvik["pages_due"]) == ("late", 3, 2)
    assert alvik["last_crawl"]["faults"] == {"unreachable": 2, "truncated": 1}
    assert [notice["kind"] for notice in alvik["open_notices"]] == ["gap"]
    assert (bro["state"], ceder["state"]) == ("idle", "new")
    table = run("status")
    assert table.code == 0
    assert "the service is not running" in table.out
    assert "2 unreachable" in table.out


def test_status_tells_who_serves_and_what_runs(run: Run, archive: Archive, folder: Path) -> None:
    with Archive.open(f"sqlite:///{folder / 'pressvakt.db'}") as opened:
        duty = take_duty(opened, "service", clock=clock)
        with take(opened, "bro", clock=clock):
            told = json.loads(run("status", "--format", "json").out)
            assert told["service"]["process"] == os.getpid()
            assert states(run)["bro"] == "running"
            assert "process" in run("status").out
        duty.release()
    assert json.loads(run("status", "--format", "json").out)["service"] is None


def test_faults_are_listed_newest_first(archive: Archive) -> None:
    assert [fault.fault for fault in list_faults(archive, site="alvik")] == ["truncated", "unreachable", "unreachable"]
    assert [fault.detail for fault in list_faults(archive, fault="truncated")] == ["no answer"]
    assert list(list_faults(archive, site="bro")) == []


def test_a_pause_holds_until_it_is_ended(run: Run, archive: Archive) -> None:
    assert run("sites", "pause", "alvik", "bro", "--reason", "a move").code == 0
    assert (states(run)["alvik"], states(run)["bro"]) == ("paused", "paused")
    assert "a move" in run("status").out
    assert "alvik: goes on" in run("sites", "resume", "alvik").err
    assert "ceder: was not paused" in run("sites", "resume", "ceder").err
    assert (states(run)["alvik"], states(run)["bro"]) == ("late", "paused")
    assert run("sites", "pause", "elsewhere").code == 2


def test_a_site_can_be_made_due_with_its_pages(run: Run, archive: Archive) -> None:
    assert "due now" in run("sites", "due", "bro").err
    assert states(run)["bro"] == "due"
    assert "1 of its pages" in run("sites", "due", "alvik", "--pages").err
    told = json.loads(run("status", "--format", "json").out)
    assert told["sites"][0]["pages_due"] == 3


def test_crawling_what_is_due_asks_nobody_else(run: Run, archive: Archive) -> None:
    run("sites", "pause", "alvik", "ceder")
    done = run("crawl", "--due")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert states(run) == {"alvik": "paused", "bro": "idle", "ceder": "paused"}


def test_where_nothing_is_held_nothing_is_accepted(run: Run, archive: Archive) -> None:
    assert run("accept", "alvik").err == "alvik: nothing is held\n"
    assert run("accept", "elsewhere").code == 2


def test_a_held_removal_is_shown_and_then_accepted(run: Run, archive: Archive, folder: Path) -> None:
    with Archive.open(f"sqlite:///{folder / 'pressvakt.db'}") as opened, opened.writing() as unit:
        site = unit.add_site("alvik").id
        crawl = unit.start_crawl(site, NOW)
        page = unit.add_page(site, "https://press.example/0", at=NOW, baseline=True)
        unit.update_page(
            page.id,
            state=PageState.MISSING,
            misses=5,
            missing_since=NOW - dt.timedelta(days=3),
            last_visit=NOW,
            status=404,
        )
        unit.add_notice(site, SiteNotice.MASS_REMOVAL, text="1 of 3 pages", detail={}, at=NOW, crawl_id=crawl)
        unit.end_crawl(crawl, at=NOW, reason="finished", stats={})
    shown = run("accept", "alvik", "--dry-run")
    assert "https://press.example/0" in shown.out
    assert "nothing was accepted" in shown.err
    assert run("accept", "alvik").code == 0
    assert [json.loads(line)["kind"] for line in run("changes", "--format", "jsonl").out.splitlines()] == ["removed"]
    assert "nothing is held" in run("accept", "alvik").err


def test_what_the_service_is_set_to_is_read_and_judged(folder: Path, archive: Archive) -> None:
    file = folder / "pressvakt.toml"
    file.write_text(CONFIG + '[service]\ncrawls = 2\ncrawl = "workers"\npage_limit = "2m"\nmetrics = "[::1]:9464"\n')
    assert load_config(file).service == ServiceSettings(
        crawls=2, crawl=Place.WORKERS, page_limit=120.0, metrics=("::1", 9464)
    )
    for wrong in ('metrics = "9464"', 'metrics = "host:9464"', "crawls = 0", 'crawl = "there"', "tick = 1"):
        file.write_text(f"{CONFIG}[service]\n{wrong}\n")
        with pytest.raises(ConfigError, match="service"):
            load_config(file)


def test_metrics_are_read_over_http_and_count_what_ended() -> None:
    metrics = Metrics(["alvik"])
    metrics.watch(None, lambda: True)
    done = Ended(
        site="alvik", lists=True, began=0, seconds=2.5, stats={"planned": 3, "page/unchanged": 3, "change/edited": 1}
    )
    metrics.count(done, at=1_800_000_000)
    metrics.count(Ended(site="alvik", lists=True, began=0, seconds=1, stats=None, error="away"), at=1)
    with served(metrics, ("127.0.0.1", 0)) as port, urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    assert 'pressvakt_crawls_total{result="done",site="alvik"} 1.0' in lines
    assert 'pressvakt_crawls_total{result="failed",site="alvik"} 1.0' in lines
    assert 'pressvakt_visits_total{outcome="unchanged",site="alvik"} 3.0' in lines
    assert 'pressvakt_changes_total{kind="edited",site="alvik"} 1.0' in lines
    assert "pressvakt_archive_away 1.0" in lines


def test_a_log_line_stays_one_line_whatever_a_site_says() -> None:
    record = logging.makeLogRecord({
        "msg": "read %s", "args": ("a\nb\x1b[31m",), "levelname": "INFO", "name": "crawler", "created": 1.5, "event": "x",
    })  # fmt: skip
    line = Lines().format(record)
    assert line.startswith("1970-01-01 00:00:01 INFO read a b")
    assert "\n" not in line
    assert "\x1b" not in line
    assert json.loads(Objects().format(record)) == {
        "time": "1970-01-01T00:00:01.500Z",
        "level": "info",
        "logger": "crawler",
        "message": "read a\nb\x1b[31m",
        "event": "x",
    }
