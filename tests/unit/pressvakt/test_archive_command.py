"""`archive copy` as a person runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.archive import Archive
from storage.inspection import verify
from tests.unit.pressvakt.conftest import BRIDGE, Run


@pytest.mark.usefixtures("history")
def test_a_copy_is_made_compared_and_verified_once(run: Run, folder: Path) -> None:
    first, second = (run("archive", "copy", "--to", "sqlite:///copy.db") for _ in range(2))

    assert (first.code, first.out) == (0, "")
    assert "tables copied, compared and verified; to use the copy, name it in pressvakt.toml" in first.err
    assert second.code == 1
    assert "is not empty" in second.err
    with Archive.open(f"sqlite:///{folder / 'copy.db'}") as copy:
        assert len(copy.versions(copy.find_page(BRIDGE)[0].id)) == 3


@pytest.mark.usefixtures("history")
def test_payloads_go_to_a_folder_and_come_back(run: Run, folder: Path) -> None:
    assert run("archive", "copy", "--to", "sqlite:///out.db", "--payloads", "objects").code == 0
    assert run("archive", "copy", "--from", "sqlite:///out.db", "--to", "sqlite:///in.db").code == 0

    with Archive.open(f"sqlite:///{folder / 'pressvakt.db'}") as archive:
        digests = {kept.digest for kept in archive.snapshots(archive.find_page(BRIDGE)[0].id)}
    names = {f"sha256:{path.stem}" for path in (folder / "objects").rglob("*.zst")}
    assert digests <= names
    with Archive.open(f"sqlite:///{folder / 'in.db'}") as back:
        assert list(verify(back)) == []
        assert all(back.payload(digest) for digest in digests)


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "say where to: --to postgresql://HOST/NAME or --to sqlite:///FILE.db"),
        (("--to", "mysql://h/n"), "--to: is no database address"),
        (("--to", "postgresql://me:secret@h/n"), "--to: has a password in it"),
        (("--to", "sqlite:///x.db", "--from", "sqlite:///no.db"), "there is no archive at"),
        (("--to", "sqlite:///x.db", "--payloads", "s3://me:key@bucket/x"), "--payloads: has a password in it"),
        (("--to", "sqlite:///x.db", "--payloads", "no/where"), "--payloads: there is no folder"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    run: Run, folder: Path, arguments: tuple[str, ...], expected: str
) -> None:
    result = run("archive", "copy", *arguments)

    assert result.code == 2
    assert expected in result.err
    assert "secret" not in result.err
    assert len(result.err.splitlines()) == 1
    assert not (folder / "x.db").exists()


@pytest.mark.usefixtures("history")
def test_the_archive_is_not_copied_into_itself(run: Run) -> None:
    result = run("archive", "copy", "--to", "sqlite:///pressvakt.db")

    assert result.code == 1
    assert "into itself; name another place" in result.err
