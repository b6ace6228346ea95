"""`pressvakt sites check URL` over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pressvakt.cli import main
from tests.press_site import PressSite

PATH = "/pressmeddelanden/2026/09/fler-platser/"


def folder_for(site: PressSite, folder: Path) -> list[str]:
    (folder / "sites").mkdir()
    (folder / "sites" / "press.toml").write_text(f'extends = "regeringen.se"\nbase_url = "{site.url}"\n', "utf-8")
    (folder / "pressvakt.toml").write_text(
        'contact = "test@pressvakt.example"\n[network]\nallow_private = ["127.0.0.1"]\n', "utf-8"
    )
    return ["--config", str(folder / "pressvakt.toml")]


def test_a_page_is_fetched_and_read_and_kept_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PressSite() as site:
        url = site.add(PATH, title="Fler platser", body="<p>Det blir 160 nya platser i Norrvik.</p>")
        code = main(["sites", "check", url, "--format", "json", *folder_for(site, tmp_path)])
        read = json.loads(capsys.readouterr().out)

    assert code == 0
    assert read["release"]["title"] == "Fler platser"
    assert not list(tmp_path.glob("*.db"))


def test_a_redirect_is_followed_and_robots_txt_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PressSite() as site:
        url = site.add(PATH, title="Fler platser", body="<p>Det blir 160 nya platser i Norrvik.</p>")
        site.move(PATH, "/pressmeddelanden/2026/09/platser/")
        config = folder_for(site, tmp_path)
        followed = main(["sites", "check", url, *config])
        site.robots = "User-agent: *\nDisallow: /pressmeddelanden/\n"
        forbidden = main(["sites", "check", url, *config])
        said = capsys.readouterr()

    assert (followed, forbidden) == (0, 1)
    assert "Fler platser" in said.out
    assert "robots" in said.err
    assert "Traceback" not in said.err


def test_a_page_of_another_site_is_not_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with PressSite() as site:
        code = main(["sites", "check", "https://other.example/press/1", "--site", "press", *folder_for(site, tmp_path)])

    assert code == 2
    assert "other.example" in capsys.readouterr().err
