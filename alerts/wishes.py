"""A subscription in a few words, in its reader's language: what it is about, and when it comes."""

from __future__ import annotations

import datetime as dt

from alerts.settings import AlertSettings
from alerts.subscription import About, Subscription, Where
from alerts.told import Language

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "changes": "changes of press releases",
        "notices": "what happens to the sites that are watched",
        "sites": "of",
        "kinds": "kinds",
        "labels": "about",
        "fields": "in",
        "senders": "sent by",
        "anywhere": "that say",
        "added": "that now say",
        "removed": "that no longer say",
        "silent": "only edits that the page's own date does not tell of",
        "now": "at once",
        "hourly": "every hour",
        "daily": "every day at {at}",
        "weekly": "every {day} at {at}",
        "quiet": "not between {start} and {end}",
        "or": " or ",
    },
    "sv": {
        "changes": "ändringar i pressmeddelanden",
        "notices": "vad som händer med de bevakade webbplatserna",
        "sites": "från",
        "kinds": "slag",
        "labels": "om",
        "fields": "i",
        "senders": "med avsändare",
        "anywhere": "som nämner",
        "added": "som nu nämner",
        "removed": "som inte längre nämner",
        "silent": "bara ändringar som sidans eget datum inte berättar om",
        "now": "genast",
        "hourly": "varje timme",
        "daily": "varje dag kl. {at}",
        "weekly": "varje {day} kl. {at}",
        "quiet": "inte mellan {start} och {end}",
        "or": " eller ",
    },
}
_DAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
}


def in_words(subscription: Subscription, settings: AlertSettings) -> tuple[str, ...]:
    """What was asked for, a line for each part of it."""
    words, wishes = _WORDS[subscription.language], subscription.wishes
    lines = [words[subscription.about]]
    parts: list[tuple[str, tuple[str, ...]]] = [
        ("sites", tuple(settings.title(name) for name in wishes.sites)),
    ]
    if subscription.about is About.CHANGES:
        parts += [
            ("kinds", tuple(str(kind) for kind in wishes.kinds)),
            ("labels", wishes.labels),
            ("fields", wishes.fields),
            ("senders", wishes.senders),
            (Where(wishes.where).value, wishes.words),
        ]
    lines += [f"{words[name]} {words['or'].join(values)}" for name, values in parts if values]
    if wishes.silent:
        lines.append(words["silent"])
    lines.append(when(subscription))
    return tuple(lines)


def when(subscription: Subscription) -> str:
    """When messages come."""
    words = _WORDS[subscription.language]
    day = _DAYS[subscription.language][subscription.day]
    said = words[subscription.rhythm].format(at=_clock(subscription.at), day=day)
    if subscription.quiet is None or subscription.rhythm in {"daily", "weekly"}:
        return said
    start, end = map(_clock, subscription.quiet)
    return f"{said}, {words['quiet'].format(start=start, end=end)}"


def _clock(at: dt.time) -> str:
    return f"{at:%H:%M}"
