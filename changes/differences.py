"""What differs between two releases, field by field and block by block, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from changes.blocks import Step, StepOp, align, passages, read_by_both
from changes.compare import compare
from changes.kinds import Finding, Kind
from changes.moments import iso
from changes.release import Link, Release, Stamp, letters
from changes.words import diff_words

#: Fields that are compared as wholes, in the order in which they are shown. Title, lead and body go by their words.
WHOLE = (
    "published", "updated", "kind", "senders", "identifier", "contacts", "attachments", "categories", "language",
    "notices",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that differs between two releases.

    `fields` maps a field's name to what it said before and what it says after, an entry for each value; `links` are
    words whose link leads elsewhere now: the words, the address before, the address after.
    """

    findings: tuple[Finding, ...]
    title: tuple[str, str] | None
    steps: tuple[Step, ...]  #: of lead and body, unchanged blocks too
    fields: dict[str, tuple[list[str], list[str]]]
    links: tuple[tuple[str, str, str], ...]

    @property
    def empty(self) -> bool:
        """Whether the two say the same."""
        text = any(step.op is not StepOp.EQUAL for step in self.steps)
        return not (text or self.title or self.fields or self.links)


def difference(before: Release, after: Release) -> Difference:
    """Everything that a reader would see change from one release to the other; formatting and white space are not."""
    findings = tuple(compare(before, after))
    named = {name for finding in findings if finding.kind is Kind.EDITED for name in finding.fields}
    unread = before.unread | after.unread
    fields = {}
    for name in WHOLE:
        old, new = field_texts(before, name), field_texts(after, name)
        shown = name in named or (name == "notices" and name not in unread)
        if shown and old != new:
            fields[name] = (old, new)
    steps = align(*read_by_both(before, after))
    return Difference(
        findings=findings,
        title=(before.title, after.title) if letters(before.title) != letters(after.title) else None,
        steps=steps,
        fields=fields,
        links=tuple(_relinked(steps)) if "links" in named else (),
    )


def _steps(before: Release, after: Release, unread: frozenset[str], *, edited: bool) -> tuple[Step, ...]:
    """The steps from one text to the other; what one of the two did not look for is held against neither."""
    blind = unread & {"lead", "body"}
    if blind and (not edited or blind == {"lead", "body"}):
        return ()
    if "lead" in blind:
        before, after = replace(before, lead=None), replace(after, lead=None)
    if "body" in blind:
        before, after = replace(before, body=()), replace(after, body=())
    return align(passages(before), passages(after))


def field_texts(release: Release, name: str) -> list[str]:
    """What a field of a release says, as text, an entry for each value; empty where it says nothing."""
    value: Any = getattr(release, name, None)
    if value is None:
        return []
    if isinstance(value, Stamp):
        return [_stamp(value)]
    if isinstance(value, tuple):
        return [_entry(entry) for entry in value]
    return [str(value)]


def block_objects(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """The steps as JSON: unchanged runs folded to their number, changed blocks with their words."""
    out: list[dict[str, Any]] = []
    for step in steps:
        if step.op is StepOp.EQUAL:
            if out and out[-1]["op"] == str(StepOp.EQUAL):
                out[-1]["blocks"] += 1
            else:
                out.append({"op": str(StepOp.EQUAL), "blocks": 1})
            continue
        old, new = (step.before.text if step.before else None), (step.after.text if step.after else None)
        entry: dict[str, Any] = {"op": str(step.op), "before": old, "after": new}
        if old is not None and new is not None:
            entry["words"] = [{"op": str(span.op), "text": span.text} for span in diff_words(old, new)]
        out.append(entry)
    return out


def _stamp(value: Stamp) -> str:
    if value.at is not None:
        return iso(value.at)
    return value.day.isoformat() if value.day else value.raw


def _entry(entry: Any) -> str:
    """One contact, attachment or notice by its words, an attachment with its address."""
    url = getattr(entry, "url", None)
    if url is not None:
        size = f" ({entry.size})" if entry.size else ""
        return f"{entry.name}{size} {url}"
    return str(getattr(entry, "text", entry))


def _relinked(steps: tuple[Step, ...]) -> list[tuple[str, str, str]]:
    found = []
    for step in steps:
        if step.before is None or step.after is None:
            continue
        old, new = _by_words(step.before.links), _by_words(step.after.links)
        found += [(words, old[words], url) for words, url in new.items() if words in old and old[words] != url]
    return found


def _by_words(links: tuple[Link, ...]) -> dict[str, str]:
    return {link.text: link.url for link in links}
