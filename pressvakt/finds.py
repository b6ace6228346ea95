"""What a search found, for people: sentences with their words marked; and the index, brought up to date beforehand."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from pressvakt.marking import CAME, GONE
from pressvakt.present import say, styled
from storage.archive import Archive
from storage.matching import Passage

FOUND = "bold yellow"
#: Versions and changes that are indexed in one unit: a crawl that waits does not wait long.
BATCH = 100


def catch_up(archive: Archive) -> None:
    """Index what an older Pressvakt kept, or a correction altered, with a progress bar where it takes its time."""
    left = archive.unindexed()
    if not left:
        return
    if left > BATCH and not sys.stderr.isatty():
        say(f"indexing {left} versions and changes for search; this is done once")
    bar = Progress(
        TextColumn("indexing for search"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=left <= BATCH or not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=left)
        while True:
            with archive.writing() as unit:
                done = unit.index_more(BATCH)
            if not done:
                return
            bar.advance(task, done)


def shown(passage: Passage, *, colour: bool, signs: tuple[str, str] = ("[-", "-]"), style: str = GONE) -> Text:
    """A sentence with what was looked for marked: in colours, or as `*word*`.

    What the other version does not say has `style`, or `signs` about it in place of the stars.
    """
    text, at = Text(), 0
    for start, end in passage.marks:
        own = any(first < end and start < last for first, last in passage.own)
        text += styled(passage.text[at:start])
        words = passage.text[start:end]
        if colour:
            text += styled(words, style if own else FOUND)
        else:
            left, right = signs if own else ("*", "*")
            text += styled(f"{left}{words}{right}")
        at = end
    return text + styled(passage.text[at:])


def signs_of(*, added: bool) -> tuple[tuple[str, str], str]:
    """The signs and the style of words that came, or that went."""
    return (("{+", "+}"), CAME) if added else (("[-", "-]"), GONE)


def numbers(found: Sequence[int]) -> str:
    """Version numbers in words: `2`, `1 to 4`, `1 to 4, 7`."""
    spans: list[list[int]] = []
    for number in found:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in spans)
