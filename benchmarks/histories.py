"""Real histories of real edits, as far as they are known: when a page was published, and between which two looks
each of its edits was made.

They are read from a folder of collections (`us_whitehouse_feed`, `regeringen_versions`, `uk_covid_page_series`), which
is no part of this repository. An edit is only known to lie between two looks of whoever collected it; `draw` picks a
moment in between.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Life:
    """One page: published `born`, watched by us from `since` to `until`, edited once in each of `edits`.

    `weight` is how many pages like it there are; pages that were never edited are few here and count for many.
    """

    key: str
    born: dt.datetime
    since: dt.datetime
    until: dt.datetime
    edits: tuple[tuple[dt.datetime, dt.datetime], ...] = ()
    weight: float = 1.0

    @property
    def training(self) -> bool:
        """Which half it belongs to: priors are fitted on one, figures come from the other."""
        return hashlib.sha256(self.key.encode()).digest()[0] % 2 == 0

    def draw(self, how: str, chance: random.Random) -> list[dt.datetime]:
        """A moment for each edit: at the `early` or `late` end of what is known, or anywhere between (`even`)."""
        found = []
        for sooner, later in self.edits:
            share = {"early": 0.001, "late": 1.0}.get(how)
            found.append(sooner + (later - sooner) * (chance.random() if share is None else share))
        return sorted(found)


@dataclass(frozen=True, kw_only=True)
class History:
    """The pages of one site, and from which age on the collector would have seen an edit."""

    name: str
    lives: list[Life]
    seen: tuple[dt.timedelta, dt.timedelta]  #: ages between which an edit would be known
    notes: str = ""
    fitted: bool = True  #: whether priors may be fitted on its first half
    split: bool = field(default=True)  #: whether it has halves at all

    def half(self, *, training: bool) -> list[Life]:
        """One half of the pages; both halves of the unedited are alike."""
        return [life for life in self.lives if not self.split or life.training is training]


def read_histories(data: Path) -> list[History]:
    """All that there are, in a folder of collections."""
    return [_white_house(data), _regeringen(data), _covid(data)]


def _white_house(data: Path) -> History:
    """The feed of the White House, summer of 2021. It held the ten newest, so that an edit is known for two days."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in _rows(data / "us_whitehouse_feed" / "pairs_dev.jsonl.gz"):
        if row["label"] != "text_change":
            continue
        found[row["guid"]].setdefault("born", email.utils.parsedate_to_datetime(row["before"]["pub"]))
        found[row["guid"]].setdefault("edits", []).append(_between(row["before_seen"], row["after_seen"]))
    start, end = dt.datetime(2021, 5, 23, 14, tzinfo=dt.UTC), dt.datetime(2021, 8, 13, tzinfo=dt.UTC)
    lives = [
        Life(key=key, born=one["born"], since=one["born"], until=end, edits=tuple(sorted(one["edits"])))
        for key, one in found.items()
    ]
    # 48 releases were published in the 5.6 days for which the feed itself is kept
    count = round((end - start) / DAY * 48 / 6.6)
    lives += _unedited("white-house", start, end, end, count=count - len(lives), sample=400)
    return History(name="White House feed", lives=lives, seen=(0 * HOUR, 2 * DAY), notes=f"{count} releases, estimated")


def _regeringen(data: Path) -> History:
    """Press releases of the Swedish government, looked at anew in June and November of 2025."""
    start, end = dt.datetime(2024, 11, 5, tzinfo=dt.UTC), dt.datetime(2025, 12, 1, tzinfo=dt.UTC)
    edits: dict[str, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for row in _rows(data / "regeringen_versions" / "pairs_press_dev.jsonl.gz"):
        between = _between(row["seen_before"], row["seen_after"])
        if row["label"] == "text_change" and between[1] < end:
            edits[row["path"]].append(between)
    lives = []
    for path, times in edits.items():
        born = _born(path, min(times)[0])
        lives.append(Life(key=path, born=born, since=max(born, start), until=end, edits=tuple(sorted(times))))
    # the file holds half of the site's releases; 230 are published a month, and 5,500 were there before
    young = round(115 * (end - start) / (30.4 * DAY))
    fresh = sum(life.born >= start for life in lives)
    lives += _unedited("regeringen", start, end, end, count=young - fresh, sample=800)
    old = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
    lives += [
        Life(key=life.key + "-old", born=life.born, since=start, until=end, weight=life.weight)
        for life in _unedited("regeringen", old, start, end, count=2750 - (len(edits) - fresh), sample=800)
    ]
    return History(name="regeringen.se", lives=lives, seen=(DAY / 2, 9999 * DAY), notes="half of the site's releases")


def _covid(data: Path) -> History:
    """One page of gov.uk that was edited every day, by the times of its own list of updates: exact."""
    folder = data / "uk_covid_page_series"
    rows = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
    last = [row for row in rows if row["series"] == "uk"][-1]
    html = gzip.decompress((folder / last["file"]).read_bytes()).decode("utf-8", "replace")
    moments = {dt.datetime.fromisoformat(at) for at in re.findall(r'change-date timestamp" datetime="([^"]+)"', html)}
    times = sorted(moment.astimezone(dt.UTC) for moment in moments)
    life = Life(
        key="covid",
        born=times[0],
        since=times[0],
        until=times[-1] + DAY,
        edits=tuple((time, time) for time in times[1:]),
    )
    return History(
        name="gov.uk coronavirus page",
        lives=[life],
        seen=(0 * HOUR, 9999 * DAY),
        notes="exact times",
        fitted=False,
        split=False,
    )


def _unedited(
    name: str, start: dt.datetime, end: dt.datetime, until: dt.datetime, *, count: int, sample: int
) -> Iterator[Life]:
    """Pages without edits, published evenly; `sample` of them stand for all."""
    chance = random.Random(name)  # the same every time
    for number in range(sample):
        born = start + (end - start) * ((number + chance.random()) / sample)
        yield Life(key=f"{name}-{number}", born=born, since=born, until=until, weight=count / sample)


def _born(path: str, first_look: dt.datetime) -> dt.datetime:
    """When a release was published, of which the address tells the month and the first nightly look the day."""
    match = re.search(r"/(\d{4})/(\d\d)/", path)
    assert match
    month = dt.datetime(int(match[1]), int(match[2]), 15, 9, tzinfo=dt.UTC)
    looked = first_look.astimezone(dt.UTC)
    if looked.strftime("%m-%d") in ("06-15", "11-05", "11-30") or looked - month > 20 * DAY:
        return min(month, looked - 12 * HOUR)
    return looked - 12 * HOUR


def _between(sooner: str, later: str) -> tuple[dt.datetime, dt.datetime]:
    return dt.datetime.fromisoformat(sooner).astimezone(dt.UTC), dt.datetime.fromisoformat(later).astimezone(dt.UTC)


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)
