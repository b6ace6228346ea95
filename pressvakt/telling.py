"""A change told to a person in a few words: what it was before, what it is now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from rich.text import Text

from changes.blocks import Step, StepOp, align, passages
from changes.document import document_release
from changes.kinds import Finding, Kind
from changes.release import Release
from pressvakt.differences import field_texts
from pressvakt.marking import came, gone, shortened, snippets
from pressvakt.present import styled
from pressvakt.times import plain_day
from storage.archive import Archive
from storage.editions import file_editions
from storage.records import Change, Page

STYLES: dict[Kind, str] = {
    Kind.PUBLISHED: "green",
    Kind.EDITED: "yellow",
    Kind.ARCHIVED: "blue",
    Kind.UNARCHIVED: "cyan",
    Kind.WITHDRAWN: "bold red",
    Kind.REINSTATED: "green",
    Kind.OFFICEHOLDER: "magenta",
    Kind.REMOVED: "red",
    Kind.RESTORED: "green",
    Kind.MOVED: "cyan",
    Kind.ATTACHMENT: "yellow",
}
#: Snippets a change is told in; the rest is for `pressvakt diff`.
AT_MOST = 4
_TEXT = ("lead", "body")


def told(archive: Archive, page: Page | None, change: Change, *, colour: bool = False) -> list[Text]:
    """What changed, a line for each thing; empty where the kind says it all.

    `page` is the page of the change: the versions before and after are read for the words of an edit.
    """
    if change.kind is not Kind.EDITED:
        words = summary(change.finding)
        lines = [styled(words)] if words else []
        if change.kind is Kind.ATTACHMENT and page is not None:
            lines += _first(list(_file(archive, page, change, colour=colour)), "pressvakt files --diff")
        return lines
    before = archive.version(page.id, change.before) if page and change.before else None
    after = archive.version(page.id, change.after) if page and change.after else None
    if before is None or after is None:
        return [styled(", ".join(change.finding.fields))]
    return _first(list(_edit(before.release, after.release, change.finding, colour=colour)), "pressvakt diff")


def _first(lines: list[Text], shower: str) -> list[Text]:
    """The first of some lines, and what shows the rest."""
    if len(lines) > AT_MOST:
        left = len(lines) - AT_MOST
        lines[AT_MOST:] = [styled(f"… and {left} more place{'s' * (left > 1)}: {shower} shows them", "dim")]
    return lines


def _file(archive: Archive, page: Page, change: Change, *, colour: bool) -> Iterator[Text]:
    """The words that differ between two editions of a file, where both have a text."""
    found = file_editions(archive, page.id, change.finding.href)
    after = next((one for one in found if one.first_seen == change.detected_at), None)
    before = next((one for one in found if after is not None and one.number == after.number - 1), None)
    texts = [one.paragraphs for one in (before, after) if one is not None and one.paragraphs is not None]
    if len(texts) < 2:
        return
    was, now = (document_release("", text) for text in texts)
    for step in align(was.body, now.body):
        for text in _step(step, colour=colour):
            yield _of("file", text)


def summary(finding: Finding) -> str:
    """The particulars of a change that is no edit, in words."""
    match finding.kind:
        case Kind.ARCHIVED:
            return _joined(period(finding.period), finding.government, finding.reason)
        case Kind.WITHDRAWN:
            return _joined(finding.reason, period(finding.period))
        case Kind.OFFICEHOLDER:
            return _joined(", ".join(filter(None, (finding.person, finding.role))), finding.reason)
        case Kind.REMOVED:
            return f"the site answers {finding.status}" if finding.status else "no longer served"
        case Kind.MOVED:
            return f"stood at {finding.was}" if finding.was else ""
        case Kind.ATTACHMENT:
            return f"another file stands behind {finding.href}" if finding.href else "the file was replaced"
        case _:
            return ""


def period(days: tuple[dt.date | None, dt.date | None] | None) -> str:
    """A period as the site states it: `3 October 2014 to 21 January 2019`."""
    if days is None:
        return ""
    first, last = days
    if first and last:
        return f"{plain_day(first)} to {plain_day(last)}"
    if last:
        return f"until {plain_day(last)}"
    return f"from {plain_day(first)}" if first else ""


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _edit(before: Release, after: Release, finding: Finding, *, colour: bool) -> Iterator[Text]:
    """Title first, then the text, then everything else that the finding names."""
    if "title" in finding.fields:
        for text in snippets(before.title, after.title, colour=colour):
            yield _of("title", text)
    if any(name in finding.fields for name in _TEXT):
        for step in align(passages(before), passages(after)):
            for text in _step(step, colour=colour):
                yield _of("text", text)
    for name in finding.fields:
        if name != "title" and name not in _TEXT:
            yield from _field(name, field_texts(before, name), field_texts(after, name), colour=colour)


def _field(name: str, old: list[str], new: list[str], *, colour: bool) -> Iterator[Text]:
    went, came_in = [value for value in old if value not in new], [value for value in new if value not in old]
    if not went and not came_in:
        yield styled(name)
    elif len(went) == len(came_in) == 1:
        yield _of(name, styled(f"{shortened(went[0])} → {shortened(came_in[0])}"))
    else:
        yield from (_of(name, gone(shortened(value), colour=colour)) for value in went)
        yield from (_of(name, came(shortened(value), colour=colour)) for value in came_in)


def _step(step: Step, *, colour: bool) -> list[Text]:
    if step.op is StepOp.EQUAL:
        return []
    if step.before is None and step.after is not None:
        return [came(shortened(step.after.text), colour=colour)]
    if step.after is None and step.before is not None:
        return [gone(shortened(step.before.text), colour=colour)]
    if step.before is None or step.after is None:
        return []
    found = snippets(step.before.text, step.after.text, colour=colour)
    if step.op is StepOp.MOVED and not found:
        return [styled(f"moved: {shortened(step.after.text)}")]
    return found


def _of(name: str, text: Text) -> Text:
    return styled(f"{name}: ", "dim") + text
