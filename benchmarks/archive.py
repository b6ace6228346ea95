"""How small the archive keeps payloads, beside a gzip each, a gzipped WARC, a packed git repository and one solid xz.

    python -m benchmarks.archive [--pages 100] [--days 30]

Series of captures: pages of our own making with noise and edits; and, where the data lies beside the checkout, a
replayed press site (every page of the sample on each of 30 days), a British page series, and captures of terms of use.
All ways keep the same bytes in one run. "ours" counts the payloads' column; "file" the whole database with its indexes,
headers and snapshots. A read is one payload of a random capture, checked against its digest.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import importlib.util
import io
import json
import lzma
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.pages import hidden_mail, page, teasers
from storage.archive import Archive

SHARED = Path(__file__).resolve().parents[2] / "shared"
START = dt.datetime(2026, 9, 17, 6, tzinfo=dt.UTC)
#: Of a gzipped WARC and of a solid xz, what payloads may take on the replayed series; milliseconds for a read.
OF_WARC, OF_XZ, READ = 0.1, 2.5, 0.5
READS = 400

Series = Mapping[str, Sequence[bytes]]  #: captures of each page, oldest first


def main() -> int:
    """Measure each series and print a table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=100, help="pages of our own and of the replayed site")
    parser.add_argument("--days", type=int, default=30, help="captures of each of them")
    options = parser.parse_args()
    print("bytes a capture, and what a read takes")
    heads = ("captures", "MB", "ours", "file", "gzip", "WARC", "git", "xz", "of WARC", "of xz", "read ms", "p95 ms")
    print(f"{'series':22}" + "".join(f"{head:>9}" for head in heads))
    makers: dict[str, Callable[[], Series]] = {
        "our own": lambda: _own(options.pages, options.days),
        "replay": lambda: _replay(options.pages, options.days),
        "uk_covid_page_series": _covid,
        "ota_noise_vs_change": _terms,
    }
    good = True
    for name, make in makers.items():
        if series := make():
            good = _measure(name, series) and good
        else:
            print(f"{name:22} is not beside this checkout")
    return 0 if good else 1


def _measure(name: str, series: Series) -> bool:
    """Print a line; whether the goals are met, which are the replayed series' alone."""
    count = sum(map(len, series.values()))
    raw = sum(len(body) for bodies in series.values() for body in bodies)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        payloads, file, reads = _ours(series, folder / "archive.db")
        git = _git(series, folder / "git")
    warc = _warc(series)
    zipped = sum(len(gzip.compress(body, 6)) for bodies in series.values() for body in bodies)
    whole = b"".join(b"".join(bodies) for bodies in series.values())
    solid = len(lzma.compress(whole, preset=9 | lzma.PRESET_EXTREME))
    typical, slow = statistics.median(reads), statistics.quantiles(reads, n=20)[-1]
    sizes = "".join(f"{size / count:9.0f}" for size in (payloads, file, zipped, warc, git, solid))
    ratios = f"{payloads / warc:9.3f}{payloads / solid:9.2f}{typical:9.3f}{slow:9.3f}"
    print(f"{name:22}{count:9}{raw / 1e6:9.1f}{sizes}{ratios}", flush=True)
    met = payloads <= OF_WARC * warc and payloads <= OF_XZ * solid and typical < READ
    if name == "replay" and not met:
        print(f"{'':22} MISSED: at most {OF_WARC} of the WARC, {OF_XZ} of the xz, a read below {READ} ms")
    return met or name != "replay"


def _ours(series: Series, path: Path) -> tuple[int, int, list[float]]:
    """Bytes of the payloads, bytes of the whole file, and milliseconds of reads."""
    digests = []
    with Archive.open(f"sqlite:///{path}") as archive:
        with archive.writing() as unit:
            site = unit.add_site("bench")
        for day in range(max(map(len, series.values()))):  # in the order of a crawl a day
            at = START + dt.timedelta(days=day)
            with archive.writing() as unit:
                for url, bodies in series.items():
                    if day >= len(bodies):
                        continue
                    kept = unit.add_page(site.id, f"https://bench.example/{url}", at=START, baseline=True)
                    snapshot = unit.keep_snapshot(
                        kept.id, url=kept.url, status=200, headers=(), redirects=(), captured_at=at, body=bodies[day]
                    )
                    digests.append(snapshot.digest)
        reads = []
        for digest in random.Random(1).choices(digests, k=READS):
            started = time.perf_counter()
            archive.payload(digest)
            reads.append(1000 * (time.perf_counter() - started))
    database = sqlite3.connect(path)
    (payloads,) = database.execute("SELECT sum(length(data)) FROM payloads").fetchone()
    database.close()
    return payloads, path.stat().st_size, reads


def _warc(series: Series) -> int:
    out = io.BytesIO()
    writer: Any = WARCWriter(out, gzip=True)
    for url, bodies in series.items():
        for body in bodies:
            headers: Any = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"https://bench.example/{url}", "response", payload=io.BytesIO(body), http_headers=headers
            )
            writer.write_record(record)
    return out.tell()


def _git(series: Series, folder: Path) -> int:
    """A commit for each day with the pages that have a capture then; packed by `git gc --aggressive`."""
    folder.mkdir()

    def git(*words: str) -> None:
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
        subprocess.run(["git", *identity, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    git("init", "--quiet", "--initial-branch=main")
    for day in range(max(map(len, series.values()))):
        for number, bodies in enumerate(series.values()):
            if day < len(bodies):
                (folder / f"{number}.html").write_bytes(bodies[day])
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", f"day {day}")
    git("gc", "--quiet", "--aggressive", "--prune=now")
    return sum(path.stat().st_size for path in (folder / ".git" / "objects").rglob("*") if path.is_file())


def _own(pages: int, days: int) -> Series:
    """Every tenth day the figure in a page's text is another; the noise is another every day."""
    dice = random.Random(1)
    series: dict[str, list[bytes]] = {}
    for number in range(pages):
        editions = [page(number, day // 10) for day in range(days)]
        series[editions[0].path] = [one.html(_noise(one.mail, dice)) for one in editions]
    return series


def _noise(mail: str, dice: random.Random) -> tuple[bytes, ...]:
    token = f"{dice.getrandbits(96):024x}".encode()
    return token, token[::-1], hidden_mail(mail, dice.randint(1, 255)), teasers(dice), token


def _replay(pages: int, days: int) -> Series:
    folder = SHARED / "replay"
    if not (folder / "serve.py").exists():
        return {}
    serve = _module(folder / "serve.py")
    world = serve.World(str(folder / "dev.jsonl.gz"))
    made = serve.Pages(world, noise=True)
    series: dict[str, list[bytes]] = {}
    for release in random.Random(1).sample(world.releases, k=min(pages, len(world.releases))):
        ticks = [tick for tick in range(days) if world.state(release, tick) and not world.gone(release, tick)]
        if ticks:
            series[release["path"]] = [made.page(release, tick).encode() for tick in ticks]
    return series


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("replayed", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["replayed"] = module
    spec.loader.exec_module(module)
    return module


def _covid() -> Series:
    folder = SHARED / "data" / "uk_covid_page_series"
    series: dict[str, list[bytes]] = defaultdict(list)
    for row in _rows(folder / "truth.jsonl"):
        series[row["series"]].append(gzip.decompress((folder / row["file"]).read_bytes()))
    return series


def _terms() -> Series:
    folder = SHARED / "data" / "ota_noise_vs_change"
    named: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(folder / "pairs.jsonl"):
        key = f"{row['collection']}/{row['document']}"
        named[key] |= {row["before_at"]: row["before"], row["after_at"]: row["after"]}
    return {
        key: [gzip.decompress((folder / files[at]).read_bytes()) for at in sorted(files)]
        for key, files in named.items()
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if path.exists():
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    sys.exit(main())
