"""`pressvakt web` and the `[web]` table: what is refused before anything listens, and a web that starts and stops."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from pressvakt.config import load_config
from storage.archive import Archive
from tests.unit.pressvakt.conftest import CONFIG, Run


def configured(folder: Path, table: str) -> None:
    (folder / "pressvakt.toml").write_text(f"{CONFIG}\n[web]\n{table}\n", "utf-8")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('host = "http://127.0.0.1"', "web.host"),
        ("port = 70000", "web.port"),
        ('prefix = "press"', "web.prefix"),
        ('base_url = "press.example.org"', "web.base_url"),
        ('base_url = "https://anna:secret@press.example.org"', "web.base_url"),
        ('proxies = ["0.0.0.0/0"]', "web.proxies"),
        ('proxies = ["proxy.example.org"]', "web.proxies"),
        ('languages = ["tlh"]', "web.languages"),
        ('password = "secret"', "pressvakt users add"),
        ("prot = 80", "did you mean 'port'?"),
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused_at_its_line(run: Run, folder: Path, table: str, words: str) -> None:
    configured(folder, table)
    done = run("web", "--port", "0")
    assert done.code == 2
    assert words in done.err
    assert "pressvakt.toml:" in done.err


def test_nothing_is_said_of_the_web_where_the_file_says_nothing(folder: Path) -> None:
    assert load_config(folder / "pressvakt.toml", crawling=False).web is None


def test_the_prefix_follows_from_our_address_outside(folder: Path) -> None:
    configured(folder, 'base_url = "https://news.example.org/press/"')
    found = load_config(folder / "pressvakt.toml", crawling=False).web
    assert found is not None
    assert (found.base_url, found.prefix, found.closed) == ("https://news.example.org/press", "/press", True)


def test_links_in_mails_say_our_address_where_the_web_does_not(folder: Path) -> None:
    configured(folder, 'port = 9000\n[alerts]\nbase_url = "https://press.example.org"')
    found = load_config(folder / "pressvakt.toml", crawling=False).web
    assert found is not None
    assert (found.base_url, found.port) == ("https://press.example.org", 9000)


@pytest.mark.parametrize(
    "table", ['host = "0.0.0.0"', 'proxies = ["127.0.0.1"]', 'base_url = "https://press.example.org"']
)
def test_what_others_can_reach_does_not_start_without_a_user(run: Run, folder: Path, table: str) -> None:
    configured(folder, f"port = 0\n{table}")
    done = run("web")
    assert done.code == 1
    assert "pressvakt users add" in done.err


def test_a_port_that_is_taken_is_told(run: Run, folder: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as door:
        done = run("web", "--port", str(door.getsockname()[1]))
    assert done.code == 1
    assert "choose another port" in done.err


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_web_starts_answers_and_stops_when_told_to(folder: Path, archive: Archive, end: signal.Signals) -> None:
    archive.close()
    command = [sys.executable, "-m", "pressvakt", "web", "--port", "0"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(root)}
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            address = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert address is not None, line
            with urllib.request.urlopen(f"{address[0]}api/v1/sites", timeout=20) as answer:
                assert answer.read() == b'{"sites":[],"next":null}'
            process.send_signal(end)
            assert process.wait(20) in {0, 130, -end}
        finally:
            process.kill()
