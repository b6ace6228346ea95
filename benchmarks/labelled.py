"""Labelled captures of real pages, and what our reading and comparing makes of each."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.watching import Look, told, unprepared, watch
from changes.canonical import address
from changes.compare import compare
from changes.release import NoticeKind, Release, letters
from crawler.reading.extract import extract
from crawler.reading.generic.lists import main_list
from crawler.reading.generic.reading import read_generic
from crawler.reading.languages import reads_as
from crawler.reading.layout.pagetext import page_text as linear_text
from crawler.reading.page import parse, select
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules, SiteProfile

#: Differences that leave everything alone that a reader sees or can follow, by what they are. Not found on purpose.
_ANY = "https://office.example.org/page"
_TEXT = frozenset(("title", "lead", "body"))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One count: how many of how many, the goal as a share, and each that is wrong in a line."""

    name: str
    right: int
    of: int
    least: float = 1.0
    wrong: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the goal is reached."""
        return self.right >= self.least * self.of - 1e-9

    def __str__(self) -> str:
        mark = "" if self.good else "  BELOW THE GOAL"
        return f"{self.name:58} {self.right:4} of {self.of:4}  goal {self.least:.0%}{mark}"


def minnesota(folder: Path) -> list[Figure]:
    """Titles and days of press releases, against the office's own list."""
    rows = list(_rows(folder / "truth.jsonl"))
    titles: list[str] = []
    days: list[str] = []
    for row in rows:
        profile = unprepared(row["url"], zone="America/Chicago")
        release = _generic((folder / row["file"]).read_bytes(), profile, row["url"])
        name = row["url"].rpartition("/")[2]
        if release is None or _plain(release.title) != _plain(row["list_title"]):
            titles.append(f"{name}: {release and release.title!r}, listed as {row['list_title']!r}")
        day = release.published.day if release is not None and release.published else None
        if day is None or day.isoformat() not in (row["list_date"], row["js_date"]):
            days.append(f"{name}: {day}, listed as {row['list_date']}")
    return [
        Figure(name="titles as listed", right=len(rows) - len(titles), of=len(rows), least=0.99, wrong=tuple(titles)),
        Figure(name="days as listed", right=len(rows) - len(days), of=len(rows), least=0.97, wrong=tuple(days)),
    ]


def _plain(title: str) -> str:
    """A listed title as its page prints it: markup, quotation marks and capitals of the list are not the page's."""
    text = parse(f"<p>{title}</p>".encode(), None)
    said = "" if text is None else "".join(text.itertext())
    return letters(said).casefold().translate(dict.fromkeys(map(ord, "“”\"‘’'")))


def terms(folder: Path, *, every: int = 1) -> list[Figure]:
    """Edits and noise of terms of use, as Open Terms Archive recorded them; of `every` so many pairs one."""
    found: dict[str, list[tuple[dict[str, Any], Sequence[Look]]]] = {"change": [], "noise": []}
    for row in list(_rows(folder / "pairs.jsonl"))[::every]:
        before, after = (gzip.decompress((folder / row[side]).read_bytes()) for side in ("before", "after"))
        looks = [after, after] if row["label"] == "change" else [after]
        found[row["label"]].append((row, _watched([before, *looks])))
    missed = [(row, looks) for row, looks in found["change"] if not told(looks)]
    alarms = [(row, looks) for row, looks in found["noise"] if told(looks)]
    unseen = [row for row, _ in missed if not _seen(row, folder)]
    edits, noise = len(found["change"]), len(found["noise"])
    why = tuple(f"{row['pair_id']} {row['document']}: {_why(row, looks, folder)}" for row, looks in missed)
    return [
        Figure(name="edits found", right=edits - len(missed), of=edits, least=0.9, wrong=why),
        Figure(
            name="edits found, of those that a reader can see or follow",
            right=edits - len(missed),
            of=edits - len(unseen),
            least=0.9,
        ),
        Figure(
            name="noise passed over",
            right=noise - len(alarms),
            of=noise,
            least=1 - 1 / 30,
            wrong=tuple(
                f"{row['pair_id']} {row['document']}: {_parts(looks)} {_first_difference(row, folder)}"
                for row, looks in alarms
            ),
        ),
    ]


def _seen(row: dict[str, Any], folder: Path) -> bool:
    """Whether a reader can see or follow the difference that was recorded: some line of it stands in the letters of one
    capture and not of the other, or has a link that the other side has not. Asked of the whole pages, not of our reading.
    """
    before, after = (_letters_of(gzip.decompress((folder / row[side]).read_bytes())) for side in ("before", "after"))
    gone, new = _lines(row, "-"), _lines(row, "+")
    if before and after:
        for lines, here, there in ((gone, before, after), (new, after, before)):
            if any((key := _bare(line)) and key in here and key not in there for line in lines):
                return True
    return _links_of(gone) != _links_of(new)


def _lines(row: dict[str, Any], sign: str) -> list[str]:
    """The lines that a recorded difference takes away or adds."""
    lines = row["reference_diff"].split("\n")
    return [line[1:] for line in lines if line[:1] == sign and line[:3] != sign * 3]


def _letters_of(body: bytes) -> str:
    root = parse(body, None)
    return _bare(linear_text(root).text) if root is not None else ""


def _links_of(lines: Sequence[str]) -> set[str]:
    """Where the links of some Markdown lead: pictures, and addresses that a content network hides, lead nowhere."""
    found = {url for line in lines for url in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]*)", line)}
    return {address(url) for url in found if "email-protection" not in url and not url.startswith("mailto:")}


def _why(row: dict[str, Any], looks: Sequence[Look], folder: Path) -> str:
    """What kind of difference was not told."""
    if any(look.reason for look in looks):
        return "one side is no page: " + ", ".join(sorted({look.reason for look in looks if look.reason}))
    gone, new = _lines(row, "-"), _lines(row, "+")
    if any("![" in line for line in (*gone, *new)):
        return "pictures alone"
    if any("email" in line and "protected" in line for line in (*gone, *new)):
        return "addresses that a content network hides, or no longer"
    if _bare("".join(gone)) == _bare("".join(new)):
        return "the same letters and links in other markup"
    return "missed" if _seen(row, folder) else "the recorded difference stands in neither page, or in both"


def _bare(markdown: str) -> str:
    """The letters and digits of a line of Markdown, without the addresses of its links."""
    return "".join(char for char in re.sub(r"\]\([^)]*\)", "", markdown) if char.isalnum())


def _parts(looks: Sequence[Look]) -> str:
    return ", ".join(sorted({field for finding in told(looks) for field in finding.fields}))


def _first_difference(row: dict[str, Any], folder: Path) -> str:
    releases = [
        _generic(body, _as_read(body), _ANY)
        for body in (gzip.decompress((folder / row[side]).read_bytes()) for side in ("before", "after"))
    ]
    if None in releases:
        return ""
    one, other = ([block.text for block in release.body] for release in releases if release is not None)
    gone = next((text for text in one if text not in other), "")
    new = next((text for text in other if text not in one), "")
    return f"{gone[:90]!r} → {new[:90]!r}"


def edgi(folder: Path) -> list[Figure]:
    """Changes of federal pages that matter, and some that do not."""
    figures = []
    for label, names in (
        ("truepos", ("dataset-removal", "image-removal", "major-changes")),
        ("falsepos", ("footer", "num-views", "small-changes")),
    ):
        wrong = []
        for name in names:
            before, after = ((folder / f"{label}-{name}-{side}.html").read_bytes() for side in "ab")
            looks = _watched([before, after, after] if label == "truepos" else [before, after])
            if bool(told(looks)) is (label == "falsepos"):
                wrong.append(f"{name}: {_parts(looks) or [look.reason or look.result for look in looks]}")
        figures.append(
            Figure(
                name="changes found" if label == "truepos" else "noise passed over",
                right=len(names) - len(wrong),
                of=len(names),
                wrong=tuple(wrong),
            )
        )
    return figures


def covid(folder: Path) -> list[Figure]:
    """Daily captures of a few pages: edits of the main text, and nothing else, whatever the pages are built like."""
    last: dict[str, Release] = {}
    wrong: dict[bool, list[str]] = {True: [], False: []}
    count = {True: 0, False: 0}
    for row in _rows(folder / "truth.jsonl"):
        body = gzip.decompress((folder / row["file"]).read_bytes())
        release = _generic(body, unprepared(_ANY, zone="Europe/London"), row["url"] or _ANY)
        before, truth = last.get(row["series"]), row["main_text_changed_from_previous"]
        if release is None:
            wrong[True].append(f"{row['file']}: not read")
            continue
        last[row["series"]] = release
        if before is None or truth is None:
            continue
        count[truth] += 1
        findings = compare(before, release)
        if bool(findings) is not truth:
            wrong[truth].append(f"{row['file']}: {[finding.fields for finding in findings]}")
    return [
        Figure(name="versions found", right=count[True] - len(wrong[True]), of=count[True], wrong=tuple(wrong[True])),
        Figure(
            name="steps without an edit passed over",
            right=count[False] - len(wrong[False]),
            of=count[False],
            wrong=tuple(wrong[False]),
        ),
    ]


def listing(folder: Path) -> list[Figure]:
    """One list of press releases through three years of templates: its items, and nothing but its items."""
    url = "https://www.gov.uk/search/news-and-communications"
    profile = unprepared(url, zone="Europe/London")
    items: list[str] = []
    noise: list[str] = []
    edits: list[str] = []
    rows = list(_rows(folder / "truth.jsonl"))
    before: tuple[dict[str, Any], Release] | None = None
    quiet = 0
    for row in rows:
        body = gzip.decompress((folder / row["file"]).read_bytes())
        root = parse(body, None)
        found = [] if root is None else [(one.href, one.title, one.day) for one in main_list(root, profile)]
        truth = [(one["href"], one["title"], one["date"]) for one in row["items"]]
        if [(href, letters(title), day and day.isoformat()) for href, title, day in found] != [
            (href, letters(title), day) for href, title, day in truth
        ]:
            items.append(f"{row['file']}: {len(found)} items, {len(truth)} listed")
        release = _generic(body, profile, url)
        if release is None:
            items.append(f"{row['file']}: not read")
            continue
        if before is not None:
            same = all(before[0][key] == row[key] for key in ("items", "result_count", "archive_labels"))
            quiet += same
            if bool(compare(before[1], release)) is same:
                (noise if same else edits).append(row["file"])
        before = row, release
    return [
        Figure(name="captures with all items right", right=len(rows) - len(items), of=len(rows), wrong=tuple(items)),
        Figure(name="steps of the template alone passed over", right=quiet - len(noise), of=quiet, wrong=tuple(noise)),
        Figure(
            name="steps of the list found",
            right=len(rows) - 1 - quiet - len(edits),
            of=len(rows) - 1 - quiet,
            wrong=tuple(edits),
        ),
    ]


_ITEM = ReleaseRules(
    name="content-item",
    region="article",
    title=("h1",),
    lead=(".lead",),
    body=(".body",),
    published=("time.published@datetime",),
    updated=("time.updated@datetime",),
    attachments=(".attachments a",),
)


def content_items(folder: Path) -> list[Figure]:
    """Items of a content API: withdrawn, in history mode, and under which government they were published."""
    profile = SiteProfile(
        **{**vars(unprepared("https://www.gov.uk/", zone="Europe/London")), "release": (_ITEM,)}
        | {"page_object": "content_item:read"}
    )
    counts = {"withdrawn": 0, "history": 0, "former": 0}
    wrong: dict[str, list[str]] = {name: [] for name in counts}
    for path in sorted(folder.glob("*/*.json")):
        body = path.read_bytes()
        item = json.loads(body)
        tree = page_tree(body, "application/json", profile)
        release = extract(body, profile, url="https://www.gov.uk/api/content/x").release
        kinds = {notice.kind for notice in release.notices} if release is not None else set()
        governments = (item.get("links") or {}).get("government") or []
        former = any((one.get("details") or {}).get("current") is False for one in governments)
        truth = {
            "withdrawn": bool(item.get("withdrawn_notice")),
            "history": former and (item.get("details") or {}).get("political") is True,
            "former": former,
        }
        known = {
            "withdrawn": NoticeKind.WITHDRAWN in kinds,
            "history": NoticeKind.ARCHIVED in kinds,
            "former": tree is not None and bool(select(tree, ".government.former")),
        }
        for name, true in truth.items():
            counts[name] += true
            if known[name] is not true and (true or name != "former"):
                wrong[name].append(f"{path.parent.name}/{path.name}")
    names = {
        "withdrawn": "withdrawn items known as such",
        "history": "items in history mode (political, government over) known",
        "former": "items of a government that is over known as such",
    }
    return [
        Figure(name=names[name], right=counts[name] - len(wrong[name]), of=counts[name], wrong=tuple(wrong[name]))
        for name in counts
    ]


def white_house(folder: Path) -> list[Figure]:
    """Versions of releases in a feed, put into a page of their own: edits of the text, and of the markup alone."""
    count = {"text_change": 0, "markup_or_whitespace_only": 0}
    wrong: dict[str, list[str]] = {name: [] for name in count}
    linked: list[str] = []
    with gzip.open(folder / "pairs_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["label"] not in count:
                continue
            count[row["label"]] += 1
            one, other = (_of_feed(row[side]) for side in ("before", "after"))
            fields = {field for finding in compare(one, other) for field in finding.fields} if one and other else set()
            edited = bool(fields & _TEXT)
            if edited is not (row["label"] == "text_change"):
                wrong[row["label"]].append(f"{row['pair_id']}: {sorted(fields)}")
            elif fields and not edited:
                linked.append(f"{row['pair_id']}: {', '.join(sorted(fields))} lead elsewhere, told as such")
    texts, markup = wrong["text_change"], wrong["markup_or_whitespace_only"]
    return [
        Figure(
            name="edits of the text found",
            right=count["text_change"] - len(texts),
            of=count["text_change"],
            wrong=tuple(texts),
        ),
        Figure(
            name="markup alone: no edit of a text told",
            right=count["markup_or_whitespace_only"] - len(markup),
            of=count["markup_or_whitespace_only"],
            wrong=(*markup, *linked),
        ),
    ]


def _of_feed(item: dict[str, str]) -> Release | None:
    title = html.escape(item["title"])
    page = f"<title>{title} | The Office</title><main><article><h1>{title}</h1><div>{item['content']}</div></article></main>"
    return _generic(page.encode(), unprepared(item["link"]), item["link"])


def _watched(bodies: Sequence[bytes]) -> list[Look]:
    url = _ANY
    return watch(bodies, _as_read(bodies[0], bodies[-1]), url)


def _as_read(*bodies: bytes) -> SiteProfile:
    """A site of which nothing is known but the language of its pages."""
    for body in bodies:
        root = parse(body, None)
        language = reads_as(" ".join(root.itertext())) if root is not None else None
        if language is not None:
            return unprepared(_ANY, language=language)
    return unprepared(_ANY)


def _generic(body: bytes, profile: SiteProfile, url: str) -> Release | None:
    return read_generic(body, profile, url=url).release


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
