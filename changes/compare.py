"""Two releases of one page, and what happened between them.

`compare` is fair to layouts: what one reading did not look for, could not make out or does not show at all is never
held against the other. `changes.canonical` has the laws that tie it to `text_digest`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from changes.blocks import StepOp, align, passages
from changes.canonical import (
    Clarity,
    Period,
    body_text,
    clarity,
    contact_words,
    contacts,
    files,
    links,
    notices,
    officeholder_key,
    period_of,
    read_parts,
    same_text,
    shown,
    similarity,
    stamp_day,
    stamp_form,
    text_digest,
    words,
)
from changes.kinds import Finding, Kind
from changes.labels import labels
from changes.release import Notice, NoticeKind, Release, Stamp, letters
from changes.sequences import common_prefix, common_suffix

__all__ = ["FIELDS", "compare", "same_text", "shown", "similarity", "text_digest"]

#: What an edit may name, in this order.
FIELDS = (
    "title", "lead", "body", "published", "updated", "kind", "senders", "identifier", "contacts", "attachments",
    "categories", "language", "links",
)  # fmt: skip


def compare(before: Release, after: Release) -> tuple[Finding, ...]:
    """What happened to a release: at most one finding of a kind, `edited` first; nothing where it says the same.

    Where nothing is found, keep the earlier version as the one to compare with: it may know a date that the later one
    does not show.
    """
    if before == after:
        return ()
    before, after = read_parts(before), read_parts(after)
    unread = before.unread | after.unread
    found = [_edited(before, after, unread)]
    if "notices" not in unread:
        found += [_archived(before, after), _withdrawn(before, after), _officeholder(before, after)]
    return tuple(finding for finding in found if finding)


def _edited(before: Release, after: Release, unread: frozenset[str]) -> Finding | None:
    old, new = _Text.of(before), _Text.of(after)
    fields = {name for name in _text_fields(old, new, unread) if name not in unread}
    fields |= {name for name, differs in _OTHERS.items() if name not in unread and differs(before, after)}
    linked = not unread & {"links", "body"} and _links(before) != _links(after)
    if not fields and not linked:
        return None
    if linked and (old.body == new.body or _links_differ(before, after)):
        fields.add("links")
    if not fields:
        return None
    if "language" not in unread and before.language and after.language and before.language != after.language:
        fields.add("language")  # a site that mends its markup alone says nothing new
    return Finding(
        kind=Kind.EDITED,
        fields=tuple(name for name in FIELDS if name in fields),
        silent="updated" not in fields,
        labels=labels(before, after, align(passages(before), passages(after)), fields=fields),
    )


@dataclass(frozen=True, kw_only=True)
class _Text:
    """The letters of a release, worked out once."""

    title: str
    lead: str
    body: str

    @classmethod
    def of(cls, release: Release) -> _Text:
        return cls(title=letters(release.title), lead=letters(release.lead or ""), body=body_text(release))

    @property
    def whole(self) -> str:
        return self.lead + self.body


def _text_fields(old: _Text, new: _Text, unread: frozenset[str]) -> set[str]:
    """Those of title, lead and body that differ. Text that only changed places between lead and body does not."""
    found = set() if old.title == new.title else {"title"}
    whole, other = old.whole, new.whole
    if whole == other:
        return found
    if "lead" in unread:  # it may stand in the body, or outside of all that was read
        return found if old.body == new.body else found | {"body"}
    if "body" in unread:
        return found if old.lead == new.lead else found | {"lead"}
    differ = {name for name in ("lead", "body") if getattr(old, name) != getattr(new, name)}
    if len(differ) == 1:
        return found | differ
    # a lead that today's layout prints as the first paragraph was not edited by the digit that changed further down
    touched = set(differ)
    if common_prefix(whole, other) >= max(len(old.lead), len(new.lead)):
        touched.discard("lead")
    if common_suffix(whole, other) >= max(len(old.body), len(new.body)):
        touched.discard("body")
    return found | (touched or differ)


def _stamps_differ(before: Stamp | None, after: Stamp | None) -> bool:
    """Whether a date moved or appeared. One that vanished, or that cannot be read, did neither."""
    old, new = clarity(before), clarity(after)
    if new <= Clarity.VAGUE or old is Clarity.VAGUE:
        return False
    if before is None or after is None:
        return True
    if old == new:
        return stamp_form(before) != stamp_form(after)
    if Clarity.RAW in (old, new):
        return False
    return stamp_day(before) != stamp_day(after)


def _lists_differ(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether two lists name different things; a layout that shows no such line names none."""
    return bool(before and after) and list(before) != list(after)


def _contacts_differ(before: Release, after: Release) -> bool:
    """Whether other people are named or can be reached otherwise. The order and the labels of their lines are layout."""
    old, new = contacts(before), contacts(after)
    if set(old) == set(new) or "".join(old) == "".join(new):
        return False
    ours, theirs = contact_words(before), contact_words(after)
    if len(ours) != len(theirs):  # one layout's entry may be two of another
        return sorted(word for words in ours for word in words) != sorted(word for words in theirs for word in words)
    return ours != theirs


def _files_differ(before: Release, after: Release) -> bool:
    old, new = files(before), files(after)
    return old.keys() != new.keys() or any(size and new[key] and size != new[key] for key, size in old.items())


#: The fields that are compared one by one.
_OTHERS: dict[str, Callable[[Release, Release], bool]] = {
    "published": lambda a, b: _stamps_differ(a.published, b.published),
    "updated": lambda a, b: _stamps_differ(a.updated, b.updated),
    "kind": lambda a, b: _lists_differ(words([a.kind or ""]), words([b.kind or ""])),
    "senders": lambda a, b: _lists_differ(words(a.senders), words(b.senders)),
    "identifier": lambda a, b: letters(b.identifier or "") not in ("", letters(a.identifier or "")),
    "contacts": _contacts_differ,
    "attachments": _files_differ,
    "categories": lambda a, b: _lists_differ(words(a.categories), words(b.categories)),
}


def _links(release: Release) -> list[tuple[str, str]]:
    return links(release.body, own=release.canonical)


def _links_differ(before: Release, after: Release) -> bool:
    """Whether words of the body that stayed lead elsewhere. A link that came or went with its words is text."""
    return any(
        links([step.before], own=before.canonical) != links([step.after], own=after.canonical)
        for step in align(before.body, after.body)
        if step.op is StepOp.EQUAL and step.before and step.after
    )


def _period_moved(before: Period, after: Period) -> bool:
    """Whether a day that both state differs; one that either does not state says nothing."""
    return any(old and new and old != new for old, new in zip(before, after, strict=True))


def _archived(before: Release, after: Release) -> Finding | None:
    old, new = period_of(before, NoticeKind.ARCHIVED), period_of(after, NoticeKind.ARCHIVED)
    if new and (not old or _period_moved(old, new)):
        return _noticed(Kind.ARCHIVED, notices(after, NoticeKind.ARCHIVED), new)
    if old and not new:
        return _noticed(Kind.UNARCHIVED, notices(before, NoticeKind.ARCHIVED), old)
    return None


def _withdrawn(before: Release, after: Release) -> Finding | None:
    old, new = period_of(before, NoticeKind.WITHDRAWN), period_of(after, NoticeKind.WITHDRAWN)
    if new and (not old or _period_moved(old, new)):
        return _noticed(Kind.WITHDRAWN, notices(after, NoticeKind.WITHDRAWN), new)
    if old and not new:
        return _noticed(Kind.REINSTATED, notices(before, NoticeKind.WITHDRAWN), old)
    return None


def _officeholder(before: Release, after: Release) -> Finding | None:
    """Notes about ministers that are new, as one finding. Notes that vanish are a site tidying up: no finding."""
    known = {key for note in notices(before, NoticeKind.OFFICEHOLDER) for key in _keys(note)}
    new: dict[str, Notice] = {}
    for note in notices(after, NoticeKind.OFFICEHOLDER):
        if not known & set(_keys(note)):
            new.setdefault(officeholder_key(note), note)
    if not new:
        return None
    periods = {note.period for note in new.values()}
    return Finding(
        kind=Kind.OFFICEHOLDER,
        person=_all_of(note.person for note in new.values()),
        role=_all_of(note.role for note in new.values()),
        period=periods.pop() if len(periods) == 1 else None,
    )


def _keys(note: Notice) -> tuple[str, str]:
    return officeholder_key(note), letters(note.text)


def _all_of(values: Iterable[str | None]) -> str | None:
    named = dict.fromkeys(value for value in values if value)
    return "; ".join(named) or None


def _noticed(kind: Kind, found: Sequence[Notice], period: Period) -> Finding:
    return Finding(
        kind=kind,
        period=period if any(period) else None,
        government=next((notice.government for notice in found if notice.government), None),
        reason=next((notice.reason for notice in found if notice.reason), None),
    )
