"""What the page itself says about its dates, held against what it did."""

from __future__ import annotations

from alerts.messages.catalogue import Words
from alerts.messages.text import clean
from alerts.told import Told
from changes.kinds import Kind
from changes.release import Release, Stamp


def says(told: Told, words: Words) -> str | None:
    """One line about the page's own dates; for a silent edit, that they say nothing of it."""
    release = told.after or told.before
    if release is None:
        return None
    if told.change.kind is Kind.EDITED and told.change.finding.silent:
        return words("say.page_silent", text=_unmoved(release, words))
    if told.change.kind is Kind.EDITED and told.before is not None:
        parts = [_moved(told.before, release, name, words) for name in ("published", "updated")]
    else:
        parts = [_plain(release, name, words) for name in ("published", "updated")]
    text = " · ".join(part for part in parts if part)
    said = "say.page_said" if told.change.kind is Kind.REMOVED else "say.page_says"
    return words(said, text=text) if text else None


def _unmoved(release: Release, words: Words) -> str:
    if release.updated is not None:
        return words("say.still_updated", when=_stamp(release.updated, words))
    if release.published is not None:
        return words("say.only_published", when=_stamp(release.published, words))
    return words("say.no_dates")


def _moved(before: Release, after: Release, name: str, words: Words) -> str | None:
    now: Stamp | None = getattr(after, name)
    was: Stamp | None = getattr(before, name)
    if now is None:
        return None
    text = words(f"say.{name}_at", when=_stamp(now, words))
    if was is None or _stamp(was, words) == _stamp(now, words):
        return text
    return words("say.was_now", was=words(f"say.{name}_at", when=_stamp(was, words)), now=_stamp(now, words))


def _plain(release: Release, name: str, words: Words) -> str | None:
    stamp: Stamp | None = getattr(release, name)
    return None if stamp is None else words(f"say.{name}_at", when=_stamp(stamp, words))


def _stamp(stamp: Stamp, words: Words) -> str:
    return clean(words.stamp(stamp), 80)
