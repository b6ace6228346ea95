"""`pressvakt init`: a configuration that works once a contact stands in it, and nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from pressvakt.cli import main
from pressvakt.config import ConfigError, load_config


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRESSVAKT_DATABASE", raising=False)
    return tmp_path


def test_what_is_written_lacks_nothing_but_a_contact(here: Path) -> None:
    assert main(["init"]) == 0

    with pytest.raises(ConfigError) as caught:
        load_config(None, cwd=here, environ={})
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.key) == ("pressvakt.toml", 6, "contact")
    assert "placeholder" in fault.message


def test_with_a_contact_the_example_is_watched(here: Path) -> None:
    main(["init"])
    file = here / "pressvakt.toml"
    file.write_text(file.read_text("utf-8").replace("you@example.org", "watch@alvik.example"), "utf-8")

    config = load_config(None, cwd=here, environ={})

    assert list(config.sites) == ["regeringen.se"]
    assert config.sites["regeringen.se"].crawl.delay == 2.0


def test_the_files_are_results_and_the_next_steps_are_words(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "watch"])

    out, err = capsys.readouterr()
    assert out == "watch/pressvakt.toml\nwatch/sites/regeringen.se.toml\n"
    assert "contact" in err
    assert "in watch: 'pressvakt sites'" in err


@pytest.mark.parametrize("existing", ["pressvakt.toml", "sites/regeringen.se.toml"])
def test_nothing_is_overwritten_and_nothing_half_written(
    here: Path, existing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / existing).parent.mkdir(exist_ok=True)
    (here / existing).write_text("mine")

    assert main(["init"]) == 2

    assert [path.relative_to(here).as_posix() for path in here.rglob("*.toml")] == [existing]
    assert (here / existing).read_text() == "mine"
    assert f"{existing} is there already; nothing was written" in capsys.readouterr().err


def test_a_file_in_the_folder_s_place_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "watch").write_text("mine")

    assert main(["init", "watch"]) == 2

    assert "watch is a file" in capsys.readouterr().err
