"""How a page stands today: live, archived with its period, withdrawn, gone since, moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alerts.messages.text import clean
from changes.release import NoticeKind, Release
from storage.records import Page, PageState
from web.words import Words

_LINE = 400
_NOTICES = {
    NoticeKind.ARCHIVED: "archived",
    NoticeKind.WITHDRAWN: "withdrawn",
    NoticeKind.OFFICEHOLDER: "officeholder",
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One thing that is so of a page; `quote` is the site's own line about it."""

    key: str  #: a kind of change whose look it has, or "live", "missing", "new"
    badge: str
    text: str
    quote: str = ""


def standings(page: Page, release: Release | None, words: Words) -> list[Standing]:
    """All that is so of a page today, what matters most first."""
    found = [_state(page, words)]
    if release is not None and page.state is not PageState.GONE:
        found += _marked(release, words)
    return found


def _state(page: Page, words: Words) -> Standing:
    seen = words.when(page.last_seen) if page.last_seen else ""
    match page.state:
        case PageState.LIVE:
            return Standing(
                key="live", badge=words("state.live"), text=words("state.live_text", when=seen) if seen else ""
            )
        case PageState.GONE:
            since = page.missing_since or page.last_visit
            text = words("state.gone_text", when=words.when(since)) if since else ""
            if page.status:
                text = f"{text} {words('state.answers', status=page.status)}".strip()
            return Standing(key="removed", badge=words("state.gone"), text=text)
        case PageState.MISSING:
            since = page.missing_since or page.last_visit
            return Standing(
                key="missing",
                badge=words("state.missing"),
                text=words("state.missing_text", when=words.when(since)) if since else "",
            )
        case PageState.MOVED:
            return Standing(key="moved", badge=words("state.moved"), text=words("state.moved_text"))
        case PageState.NEW:
            return Standing(key="new", badge=words("state.new"), text=words("state.new_text"))


def _marked(release: Release, words: Words) -> Iterator[Standing]:
    for notice in release.notices:
        key = _NOTICES[notice.kind]
        parts = [
            clean(", ".join(filter(None, (notice.person, notice.role))), _LINE),
            words.mail.period(notice.period),
            clean(notice.government, _LINE),
            clean(notice.reason, _LINE),
        ]
        yield Standing(
            key=key,
            badge=words(f"badge.{key}"),
            text=" · ".join(part for part in parts if part),
            quote=clean(notice.text, _LINE),
        )
