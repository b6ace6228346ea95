"""What crawls brought home is given back: to other archives, as tables, as evidence; and nothing that was purged."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from warcio.archiveiterator import ArchiveIterator

from pressvakt.cli import main
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.redaction import find_text, purge_text
from tests.journeys.test_watching import PLACES, ROADS, TEXT
from tests.journeys.watch import START, Watch
from tests.press_site import Person, PressSite

NEW = "/pressmeddelanden/2026/09/platser-i-norrvik/"
WHY = Audit(at=START, who="keeper", action=Action.PURGE, reason="asked by the person named")
Export = Callable[..., Path]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A page is edited, the edit is taken back and the page moves; another is removed."""
    with PressSite() as site, Watch(site, tmp_path) as watch:
        contact = (Person(role="Pressekreterare hos justitieministern", name="Alva Lind", mail="alva@skog.example"),)
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT, contacts=contact)
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        for number in range(6):
            body = f"{TEXT}\n\nDetta är beslut nummer {number} i raden av beslut om {number + 3} orter i landet."
            site.add(f"/pressmeddelanden/2026/07/beslut-{number}/", title=f"Beslut {number} om orter", body=body)
        watch.crawl()
        site.edit(PLACES, body=TEXT.replace("160", "100"))
        watch.crawl()
        site.edit(PLACES, body=TEXT)
        watch.crawl()
        watch.crawl()  # what stood there before counts when it is seen twice
        site.move(PLACES, NEW)
        site.remove(ROADS)
        watch.crawl()
        watch.crawl()
        yield watch


@pytest.fixture
def export(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Run `pressvakt export` into a file of that name."""
    monkeypatch.chdir(tmp_path)
    config = 'contact = "test@pressvakt.example"\n[storage]\ndatabase = "sqlite:///watch.db"\n'
    (tmp_path / "pressvakt.toml").write_text(config)

    def run(name: str, *arguments: str) -> Path:
        assert main(["export", *arguments, "--out", name, "--quiet"]) == 0
        return tmp_path / name

    return run


def test_every_answer_of_every_crawl_is_in_the_warc(watch: Watch, export: Export) -> None:
    with export("press.warc.gz", "--format", "warc").open("rb") as file:
        found = [
            (
                record.rec_headers.get_header("WARC-Target-URI"),
                record.rec_headers.get_header("WARC-Date"),
                record.rec_headers.get_header("WARC-Payload-Digest"),
                record.content_stream().read(),
            )
            for record in ArchiveIterator(file, check_digests="raise")
            if record.rec_type in ("response", "revisit")
        ]

    kept = [
        (snapshot.url, snapshot.captured_at.isoformat().replace("+00:00", "Z"), snapshot.digest)
        for site in watch.archive.sites()
        for page in watch.archive.pages(site.id)
        for snapshot in watch.archive.snapshots(page.id)
    ]
    assert [one[:3] for one in found] == kept
    assert all(body == watch.archive.payload(digest) for _, _, digest, body in found if body)
    assert len(kept) == 10


def test_the_history_is_told_beside_the_answers(watch: Watch, export: Export) -> None:
    page = watch.page(NEW)
    told = json.loads(export("press.jsonl", "--format", "jsonl", "--url", page.url).read_bytes())

    assert [change["kind"] for change in told["changes"]] == ["published", "edited", "edited", "moved"]
    assert [former["url"].removeprefix(watch.site.url) for former in told["former"]] == [PLACES]
    assert [version["digest"] for version in told["versions"]] == [
        version.digest for version in watch.archive.versions(page.id)
    ]


def test_a_purged_text_is_in_no_byte_of_any_export(watch: Watch, export: Export) -> None:
    change = next(str(one.id) for one in watch.archive.changes() if one.url.endswith(PLACES) and one.after == 2)
    wanted = {
        "press.warc.gz": ("--format", "warc"),
        "press.wacz": ("--format", "wacz"),
        "press.jsonl": ("--format", "jsonl"),
        "versions.csv": ("--format", "csv"),
        "changes.csv": ("--format", "csv", "--rows", "changes"),
        "versions.parquet": ("--format", "parquet"),
        "changes.parquet": ("--format", "parquet", "--rows", "changes"),
    }
    before = {name: export(f"before-{name}", *arguments) for name, arguments in wanted.items()}
    before["evidence.zip"] = export("before-evidence.zip", "--change", change)
    has = [name for name, file in before.items() if says(file, "Alva Lind")]
    assert has == [name for name in before if "changes" not in name]

    for text in ("Alva Lind", "alva@skog.example"):
        purge_text(watch.archive, find_text(watch.archive, text), WHY)

    for name, arguments in wanted.items():
        file = export(name, *arguments)
        assert not says(file, "Alva Lind")
        assert not says(file, "alva@skog")
        assert says(file, "Nya vägar i norr")


@pytest.mark.parametrize("output", ["warc", "wacz"])
def test_an_export_says_the_same_in_an_empty_archive(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with PressSite() as site:
        site.add(PLACES, title="Fler platser i Norrvik", body=TEXT)
        site.add(ROADS, title="Nya vägar i norr", body=TEXT.replace("platser", "vägar"))
        for folder in (first, second):
            (folder / "sites").mkdir(parents=True)
            (folder / "sites" / "press.toml").write_text(f'extends = "regeringen.se"\nbase_url = "{site.url}"\n')
            (folder / "pressvakt.toml").write_text(
                'contact = "test@pressvakt.example"\n[storage]\ndatabase = "sqlite:///watch.db"\n'
                '[network]\nallow_private = ["127.0.0.1"]\n'
            )
        with Watch(site, first) as watch:
            watch.crawl()
            site.edit(PLACES, body=TEXT.replace("160", "100"))
            watch.crawl()
            site.edit(ROADS, title="Nya vägar i norr och söder")
            site.archive(PLACES, (dt.date(2022, 10, 18), dt.date(2026, 10, 5)))
            watch.crawl()
            before = history(watch.archive)
    monkeypatch.chdir(first)
    assert main(["export", "--format", output, "--out", "../press", "--quiet"]) == 0
    monkeypatch.chdir(second)

    assert main(["import", "warc", "../press", "--quiet"]) == 0

    with Archive.open(f"sqlite:///{second / 'watch.db'}") as archive:
        assert history(archive) == before
    assert len(before) == 2


def history(archive: Archive) -> dict[str, Any]:
    """What an archive knows, but for how often nothing was new."""
    found = {}
    for page in (page for site in archive.sites() for page in archive.pages(site.id)):
        versions = [(one.number, one.digest, one.first_seen) for one in archive.versions(page.id)]
        changes = [(one.finding, one.before, one.after, one.detected_at) for one in archive.changes(url=page.url)]
        answers = [(one.url, one.captured_at, one.digest) for one in archive.snapshots(page.id)]
        found[page.url] = (versions, changes, answers)
    return found


def says(file: Path, text: str) -> bool:
    """Whether a text stands in a file, or in anything that is packed inside it, as it is or as JSON or HTML write it."""
    needles = [
        needle.casefold().encode()
        for needle in (text, json.dumps(text)[1:-1], text.replace("@", "&#64;"), text.replace("@", "&#x40;"))
    ]
    return any(needle in part for part in _parts(file.read_bytes(), file.name) for needle in needles)


def _parts(data: bytes, name: str) -> Iterator[bytes]:
    yield data.decode("utf-8", "replace").casefold().encode()
    if name.endswith(".gz"):
        yield from _parts(gzip.decompress(data), name.removesuffix(".gz"))
    elif name.endswith((".zip", ".wacz")):
        with zipfile.ZipFile(BytesIO(data)) as package:
            for entry in package.infolist():
                yield from _parts(package.read(entry), entry.filename)
    elif name.endswith(".parquet"):
        rows = parquet.read_table(BytesIO(data)).to_pylist()
        yield from _parts(json.dumps(rows, ensure_ascii=False, default=str).encode(), "rows")
