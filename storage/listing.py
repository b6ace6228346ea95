"""Reading what happened: changes, notices and crawls."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from changes.kinds import SiteNotice
from changes.release import normalise
from storage import marking, rows
from storage.narrowing import narrow, numbers
from storage.reading import Kept, stream
from storage.tables import changes, crawls, notices, sites, versions, waves

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Row, Select

    from changes.kinds import Finding, Kind
    from changes.release import Release
    from storage.database import Sql
    from storage.narrowing import Narrowed
    from storage.records import Change, Crawl, Notice

#: Changes with the names of their site and wave: what `rows.change` reads.
CHANGES = (
    select(changes, sites.c.name.label("site"), waves.c.name.label("wave"))
    .join(sites, sites.c.id == changes.c.site_id)
    .outerjoin(waves, waves.c.change_id == changes.c.id)
)
_NOTICES = select(notices, sites.c.name.label("site")).join(sites, sites.c.id == notices.c.site_id)
_CRAWLS = select(crawls, sites.c.name.label("site")).join(sites, sites.c.id == crawls.c.site_id)
_this, _ended = crawls.alias("this"), crawls.alias("ended")
_LAST_ENDED = select(func.max(_ended.c.id)).where(
    _ended.c.site_id == _this.c.site_id, _ended.c.id < _this.c.id, _ended.c.reason != "killed"
)
_INTERRUPTED = (
    _CRAWLS.join(_this, _this.c.site_id == crawls.c.site_id)
    .where(_this.c.id == bindparam("key"), crawls.c.id < _this.c.id, crawls.c.reason == "killed")
    .where(crawls.c.id > func.coalesce(_LAST_ENDED.scalar_subquery(), 0))
    .order_by(crawls.c.id)
)
_recovery = notices.alias("recovery")
_OPEN = (
    _NOTICES.where(notices.c.site_id == bindparam("of_site"), notices.c.kind != SiteNotice.RECOVERED.value)
    .where(
        ~select(_recovery.c.id)
        .where(
            _recovery.c.site_id == notices.c.site_id,
            _recovery.c.kind == SiteNotice.RECOVERED.value,
            _recovery.c.about == notices.c.kind,
            _recovery.c.id > notices.c.id,
        )
        .exists()
    )
    .order_by(notices.c.id)
)
_SITE_ID = select(sites.c.id).where(sites.c.name == bindparam("site_name"))
#: What pages said before and after some changes.
_RELEASES = (
    select(changes.c.id, changes.c.page_id, versions.c.number, versions.c.release)
    .join(
        versions,
        (versions.c.page_id == changes.c.page_id) & versions.c.number.in_([changes.c.before, changes.c.after]),
    )
    .where(changes.c.id.in_(bindparam("among", expanding=True, literal_execute=True)))
)
_AMONG = changes.c.id.in_(bindparam("among", expanding=True, literal_execute=True))
#: Changes that are looked at together at first, and at most.
_FEW, _MANY = 64, 512


class Told(Kept):
    """The reading side for what happened."""

    def changes(
        self,
        *,
        site: str | None = None,
        kinds: Sequence[Kind] = (),
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        match: str | None = None,
        labels: Sequence[str] = (),
        fields: Sequence[str] = (),
        senders: Sequence[str] = (),
        url: str | None = None,
        after_id: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Change]:
        """The changes that fit all that is given, oldest first, in constant memory.

        `since` counts in, `until` does not. `match` is found, whatever its case, in the title or in what the release
        said before or after. Of several `labels` or `fields` a change has at least one; of `senders`, a piece of one is
        in the name of whoever sent the release, before or after. `url` is an address of a page, present or former. `after_id` goes on after that change,
        in the order asked for.
        """
        asked = _asked(match, labels, fields, senders, kinds)
        query = self._changes_query(site, kinds, since, until, url)
        chunks = self._looked_at(
            query, asked, site, since, until, after=after_id, newest_first=newest_first, first=limit
        )
        return map(rows.change, islice((row for fitting, _ in chunks for row in fitting), limit))

    def notices(
        self, *, site: str | None = None, kinds: Sequence[SiteNotice] = (), since: dt.datetime | None = None
    ) -> Iterator[Notice]:
        """The notices that fit all that is given, oldest first, in constant memory."""
        query = _NOTICES
        if site is not None:
            query = query.where(sites.c.name == site)
        if kinds:
            query = query.where(notices.c.kind.in_([kind.value for kind in kinds]))
        if since is not None:
            query = query.where(notices.c.at >= since)
        return map(rows.notice, stream(self._reading, query, notices.c.id))

    def open_notices(self, site_id: int) -> list[Notice]:
        """The notices of a site that no later `recovered` is about, oldest first."""
        return self._all(rows.notice, _OPEN, of_site=site_id)

    def crawls(self, site: str | None = None, limit: int | None = None) -> list[Crawl]:
        """Crawls, newest first."""
        query = _CRAWLS.order_by(crawls.c.id.desc())
        if site is not None:
            query = query.where(sites.c.name == site)
        return self._all(rows.crawl, query if limit is None else query.limit(limit))

    def interrupted(self, crawl_id: int) -> list[Crawl]:
        """The killed crawls that a crawl takes up again, oldest first: those since the site's last one that ended."""
        return self._all(rows.crawl, _INTERRUPTED, key=crawl_id)

    def changes_of(self, crawl_ids: Sequence[int]) -> Iterator[tuple[int, Change]]:
        """The changes that some crawls wrote, oldest first, each with its page's id."""
        query = CHANGES.where(changes.c.crawl_id.in_(list(crawl_ids)))
        return ((row.page_id, rows.change(row)) for row in stream(self._reading, query, changes.c.id))

    def _changes_query(
        self,
        site: str | None,
        kinds: Sequence[Kind],
        since: dt.datetime | None,
        until: dt.datetime | None,
        url: str | None,
    ) -> Select[Any]:
        """The changes that fit what the database can tell by itself."""
        query = CHANGES
        if site is not None:
            # by its number, not its name: so the index on (site_id, id) gives the rows in order
            query = query.where(changes.c.site_id == self._site_key(site))
        if kinds:
            query = query.where(changes.c.kind.in_([kind.value for kind in kinds]))
        if since is not None:
            query = query.where(changes.c.detected_at >= since)
        if until is not None:
            query = query.where(changes.c.detected_at < until)
        if url is not None:
            query = query.where(changes.c.page_id.in_([page.id for page in self.find_page(url)]))
        return query

    def _sieves(
        self, match: str | None, labels: Sequence[str], fields: Sequence[str], senders: Sequence[str]
    ) -> list[Callable[[Row[Any]], bool]]:
        """What a row must pass that the database does not look at."""
        asked = _asked(match, labels, fields, senders, ())
        return [] if asked == _Asked() else [lambda row: any(True for _ in self._fitting(asked, [row]))]

    def _site_key(self, name: str) -> int | None:
        with self._reading() as sql:
            row = sql.first(_SITE_ID, {"site_name": name})
        return None if row is None else row[0]

    def _looked_at(
        self,
        query: Select[Any],
        asked: _Asked,
        site: str | None,
        since: dt.datetime | None,
        until: dt.datetime | None,
        *,
        after: int | None,
        newest_first: bool,
        first: int | None,
    ) -> Iterator[tuple[list[Row[Any]], int]]:
        """The rows of a query that fit, some at a time, and the number up to which all were looked at."""
        with self._reading() as sql:
            site_id = None if site is None else self._site_key(site)
            narrowed = narrow(sql, site_id=site_id, traits=_traits(sql, asked, site_id), since=since, until=until)
        size = _MANY if first is None else max(_FEW, min(_MANY, first))
        if narrowed is None:
            return
        query = query.order_by(changes.c.id.desc() if newest_first else changes.c.id)
        for lowest, highest in narrowed.ranges[:: -1 if newest_first else 1]:
            low, high = _beyond((lowest, highest), after, newest_first=newest_first)
            while low <= high:
                with self._reading() as sql:
                    found, last = _chunk(sql, narrowed, query, (low, high), count=size, newest_first=newest_first)
                last = last or (low if newest_first else high)
                yield list(self._fitting(asked, found)), last
                low, high = _beyond((low, high), last, newest_first=newest_first)
                size = min(2 * size, _MANY)

    def _fitting(self, asked: _Asked, chunk: Sequence[Row[Any]]) -> Iterator[Row[Any]]:
        """The rows that do fit all that the database did not look at."""
        if asked.labels or asked.fields:
            chunk = [row for row in chunk if asked.fits(rows.change(row).finding)]
        if not asked.names and not asked.needle:
            yield from chunk
            return
        said = self._releases(chunk)
        for row in chunk:
            releases = said.get(row.id, ())
            if asked.names and not any(_is_from(one, asked.names) for one in releases):
                continue
            if asked.needle and not _row_says(row, releases, asked.needle):
                continue
            yield row

    def _releases(self, chunk: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
        """What the pages of some changes said before and after them, packed, by change."""
        found: dict[int, list[Row[Any]]] = {}
        if chunk:
            with self._reading() as sql:
                for one in sql.rows(_RELEASES, {"among": [row.id for row in chunk]}):
                    found.setdefault(one.id, []).append(one)
        return found


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is asked of changes besides their site and time; texts are casefolded."""

    kinds: tuple[Kind, ...] = ()
    labels: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()  #: pieces of senders' names
    needle: str = ""

    def fits(self, finding: Finding) -> bool:
        """Whether a finding has one of the labels, and one of the fields."""
        return (not self.labels or not self.labels.isdisjoint(finding.labels)) and (
            not self.fields or not self.fields.isdisjoint(finding.fields)
        )


def _asked(
    match: str | None, labels: Sequence[str], fields: Sequence[str], senders: Sequence[str], kinds: Sequence[Kind]
) -> _Asked:
    return _Asked(
        kinds=tuple(kinds),
        labels=frozenset(labels),
        fields=frozenset(fields),
        names=tuple(name for sender in senders if (name := normalise(sender).casefold())),
        needle=normalise(match or "").casefold(),
    )


def _traits(sql: Sql, asked: _Asked, site_id: int | None) -> list[list[int]]:
    """By what a question may be narrowed."""
    found = []
    if asked.labels or asked.fields:
        found.append(marking.edit_marks(asked.labels, asked.fields, asked.kinds))
    elif asked.kinds:
        found.append(marking.kind_marks(asked.kinds))
    if asked.names:
        found.append(sorted(marking.sender_marks(sql, asked.names, site_id)))
    return found


def _beyond(between: tuple[int, int], after: int | None, *, newest_first: bool) -> tuple[int, int]:
    """What is left of a range of numbers after one of them."""
    low, high = between
    if after is None:
        return between
    return (low, min(high, after - 1)) if newest_first else (max(low, after + 1), high)


def _chunk(
    sql: Sql, narrowed: Narrowed, query: Select[Any], between: tuple[int, int], *, count: int, newest_first: bool
) -> tuple[Sequence[Row[Any]], int | None]:
    """Some rows that may fit, and the number up to which all were looked at; None where that is the end."""
    low, high = between
    if not narrowed.leading:
        query = query.where(changes.c.id.between(low, high), *narrowed.conditions())
        found = sql.rows(query.limit(count))
        return found, found[-1].id if len(found) == count else None
    keys = numbers(sql, narrowed, low, high, count=count, newest_first=newest_first)
    found = sql.rows(query.where(_AMONG), {"among": keys}) if keys else []
    return found, keys[-1] if len(keys) == count else None


def _is_from(one: Row[Any], names: Sequence[str]) -> bool:
    """Whether a release was sent by somebody in whose name one of some pieces stands."""
    senders = rows.senders_of(one.release, f"version {one.number} of page {one.page_id}")
    return any(name in sender.casefold() for sender in senders for name in names)


def _row_says(row: Row[Any], releases: Sequence[Row[Any]], needle: str) -> bool:
    """Whether a change is about a release that says the words."""
    if needle in normalise(row.title).casefold():
        return True
    return any(_release_says(one.release, f"version {one.number} of page {one.page_id}", needle) for one in releases)


def _release_says(data: bytes, what: str, needle: str) -> bool:
    # most releases do not say it, and their JSON shows that at a fifth of what decoding them costs
    if rows.as_json_text(needle) not in rows.release_json(data, what).casefold():
        return False
    return any(needle in text.casefold() for text in _texts(rows.unpack_release(data, what)))


def _texts(release: Release) -> Iterator[str]:
    """All that a reader of a release sees."""
    yield release.title
    yield from filter(None, (release.lead, release.kind, release.identifier))
    yield from (block.text for block in release.body)
    yield from (contact.text for contact in release.contacts)
    yield from (attachment.name for attachment in release.attachments)
    yield from (notice.text for notice in release.notices)
    yield from release.senders
    yield from release.categories
