"""Real pages, the two texts that the project began with, and the replayed site: all read right."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

from changes.release import NoticeKind, Release, letters
from crawler.reading.extract import extract
from crawler.reading.profile_files import load_profile, shipped_folder
from crawler.reading.profiles import ReleaseRules


def body(release: Release) -> list[str]:
    return [block.text for block in release.body]


def truth(shared: Path) -> list[dict[str, str | None]]:
    folder = shared / "data" / "regeringen_html"
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
    return [row for row in rows if row["kind"] == "document" and (folder / row["file"]).exists()]


def real(shared: Path, name: str, url: str | None = None) -> Release:
    site = load_profile("regeringen.se", folders=[shipped_folder()])
    reading = extract(
        (shared / "data" / "regeringen_html" / name).read_bytes(), site, url=url or "http://www.regeringen.se/sb/d/1"
    )
    assert reading.release is not None, (name, reading.problem)
    return reading.release


def test_every_real_page_of_every_rendering_reads_right(shared: Path) -> None:
    for row in truth(shared):
        release = real(shared, str(row["file"]), row["url"])
        vignette = (row["vignette"] or "").partition(": ")[2] or None

        assert release.title == row["title"]
        assert row["department"] is None or row["department"] in release.senders
        assert vignette is None or release.identifier == vignette
        assert release.published is not None
        assert str(release.published.day) == row["published"]
        assert str(release.updated.day if release.updated else None) == str(row["updated"])


def test_a_redesign_of_the_real_site_keeps_the_text(shared: Path) -> None:
    pairs = json.loads((shared / "data" / "regeringen_html" / "redesign_pairs.json").read_text("utf-8"))
    for pair in pairs:
        before, after = (
            letters((release.lead or "") + "".join(body(release)))
            for release in (real(shared, pair["before"]), real(shared, pair["after"]))
        )
        # the move of 2015 put a link below some texts, a paragraph that the old page does not have
        assert after in (before, before + letters("Mer om förmögenhetsrätt"))


def test_the_seeds_come_out_clean(shared: Path) -> None:
    first, second = (
        [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        for path in sorted((shared / "seeds").glob("*.txt"))
    )
    rules = ReleaseRules(name="plain", region="main", title=("h1",), body=("div",))
    site = dataclasses.replace(load_profile("regeringen.se", folders=[shipped_folder()]), release=(rules,))

    def plain(title: str, lines: list[str]) -> Release:
        page = f"<main><h1>{title}</h1><div>{''.join(f'<p>{line}</p>' for line in lines)}</div></main>"
        release = extract(page.encode(), site, url="https://www.regeringen.se/x/").release
        assert release is not None
        return release

    release = plain(first[0], first[1:])
    assert len(body(release)) == len(set(body(release))) == len(set(first[1:])) - 1
    assert body(release)[-1] != "Related posts"

    release = plain("Stockholms läns nationella samordning", second)
    assert body(release)[0] == "Pressmeddelande från Socialdepartementet"
    assert body(release)[-1] == "Telefon (växel) 08-405 10 00"
    assert [notice.kind for notice in release.notices] == [NoticeKind.ARCHIVED, NoticeKind.OFFICEHOLDER]


def test_a_page_of_the_replayed_site_reads_whole(shared: Path, tmp_path: Path) -> None:
    replay = shared / "replay"
    command = [
        sys.executable,
        str(replay / "serve.py"),
        str(replay / "dev.jsonl.gz"),
        "--export",
        str(tmp_path),
        "--tick",
        "0",
    ]
    subprocess.run(command, check=True)
    site = load_profile("regeringen.se", folders=[shipped_folder()])
    pages = sorted(tmp_path.rglob("index.html"))[::20]

    for page in pages:
        release = extract(
            page.read_bytes(), site, url=f"https://www.regeringen.se/{page.parent.relative_to(tmp_path)}/"
        ).release
        assert release is not None
        assert release.title
        assert release.body
        assert release.published is not None
        assert release.published.at is not None
        assert release.kind
        assert release.senders
        assert not release.unread
    assert len(pages) > 20
