"""Changes as a person reads them: by day, the first crawl and each wave folded to one line, edits in words."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rich.console import Console
from rich.text import Text

from changes.kinds import Kind
from pressvakt.marking import in_colour
from pressvakt.present import console, hanging, say, styled
from pressvakt.telling import STYLES, summary, told
from pressvakt.times import clock, day
from storage.archive import Archive
from storage.records import Change

#: Columns before a change's text: time and kind.
INDENT = 22


@dataclass(kw_only=True)
class Entry:
    """One line of the table: a change, or many that are told as one."""

    first: Change
    count: int = 1

    @property
    def folded(self) -> bool:
        """Whether this line stands for several changes."""
        return self.count > 1


def print_changes(archive: Archive, found: Iterable[Change], *, limit: int | None = None) -> bool:
    """Print changes that come oldest first, the newest `limit` lines of them; False where there were none."""
    lines: deque[Entry] = deque(maxlen=limit)
    count = 0
    for entry in fold(found):
        count += 1
        lines.append(entry)
    if count > len(lines):
        say(f"… {count - len(lines)} earlier lines are not shown; --limit 0 shows all, --since 5d the last days")
    out, today = console(), None
    for entry in lines:
        local = entry.first.detected_at.astimezone().date()
        if local != today:
            if today is not None:
                out.print()
            out.print(styled(day(entry.first.detected_at), "bold underline"))
            today = local
        for line in _lines(out, archive, entry):
            out.print(line)
    return bool(count)


def fold(found: Iterable[Change]) -> Iterator[Entry]:
    """Changes as lines: those of a site's first crawl are one, those of a wave are one, where each began.

    Entries are handed out once all changes are read, in the order of their first change.
    """
    entries: dict[tuple[object, ...], Entry] = {}
    for change in found:
        key = _cause(change)
        if key in entries:
            entries[key].count += 1
        else:
            entries[key] = Entry(first=change)
    yield from entries.values()


def _cause(change: Change) -> tuple[object, ...]:
    if change.wave is not None:
        return change.site, change.kind, change.wave
    if change.baseline and change.kind is Kind.PUBLISHED:
        return change.site, "baseline", _local_day(change)
    return (change.id,)


def _local_day(change: Change) -> dt.date:
    return change.detected_at.astimezone().date()


def _lines(out: Console, archive: Archive, entry: Entry) -> Iterator[Text]:
    change = entry.first
    head = styled(f" {clock(change.detected_at)}  ", "dim") + styled(f"{change.kind!s:<14}", STYLES[change.kind])
    if entry.folded:
        yield from _folded(out, archive, entry, head)
        return
    title = styled(change.title or change.url, "bold")
    if change.finding.silent:
        title += styled("  silent", "bold magenta")
    if change.finding.labels:
        title += styled(f"  {', '.join(change.finding.labels)}", "dim italic")
    yield from hanging(out, title, indent=INDENT, first=head)
    for text in _words(out, archive, change):
        yield from hanging(out, text, indent=INDENT)
    yield from hanging(out, styled(change.url, "dim"), indent=INDENT)


def _folded(out: Console, archive: Archive, entry: Entry, head: Text) -> Iterator[Text]:
    """The one line of a first crawl or of a wave, with one of its releases as an example."""
    change = entry.first
    if change.wave is None:
        text = styled(f"{change.site}: {entry.count} releases found by the first crawl", "dim")
        yield from hanging(out, text, indent=INDENT, first=head)
        return
    text = styled(f"{entry.count} releases at once", "bold") + styled(f"  {change.site}", "dim")
    yield from hanging(out, text, indent=INDENT, first=head)
    for words in _shared(out, archive, change):
        yield from hanging(out, words, indent=INDENT)
    yield from hanging(out, styled(f"first of them: {change.title}", "dim"), indent=INDENT)
    more = f"all: pressvakt changes --site {change.site} --kind {change.kind} --format csv"
    yield from hanging(out, styled(more, "dim"), indent=INDENT)


def _words(out: Console, archive: Archive, change: Change) -> list[Text]:
    site = archive.site(change.site)
    page = archive.page(site.id, change.url) if site else None
    return told(archive, page, change, colour=in_colour(out))


def _shared(out: Console, archive: Archive, change: Change) -> list[Text]:
    """What one change of a wave says of all: the same words went and came, or the same government left."""
    if change.kind is Kind.EDITED:
        return _words(out, archive, change)
    words = summary(replace(change.finding, period=None))
    return [styled(words)] if words else []
