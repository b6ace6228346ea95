"""Reading what happened: changes, notices and crawls."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select

from changes.kinds import SiteNotice
from changes.release import normalise
from storage import rows
from storage.reading import Kept, stream
from storage.tables import changes, crawls, notices, sites, versions, waves

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Row, Select

    from changes.kinds import Kind
    from changes.release import Release
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
#: `+ 0` keeps SQLite from walking the ids from the first; it takes the index on the time instead.
_FIRST_SINCE = select(func.min(changes.c.id + 0)).where(changes.c.detected_at >= bindparam("moment"))
_RELEASES = select(versions.c.number, versions.c.release).where(
    versions.c.page_id == bindparam("of_page"), versions.c.number.in_(bindparam("numbers", expanding=True))
)


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
        query = self._changes_query(site, kinds, since, until, url)
        for words in (labels, fields):
            if words:
                # a first sieve: the word may stand elsewhere in the finding
                query = query.where(or_(*(changes.c.finding.contains(f'"{word}"', autoescape=True) for word in words)))
        sieves = self._sieves(match, labels, fields, senders)
        found = stream(
            self._reading,
            query,
            changes.c.id,
            after=after_id,
            limit=None if sieves else limit,
            newest_first=newest_first,
        )
        if not sieves:
            return map(rows.change, found)
        fitting = (row for row in found if all(fits(row) for fits in sieves))
        return islice(map(rows.change, fitting), limit)

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
        query = CHANGES
        if site is not None:
            # by its number, not its name: so the index on (site_id, id) gives the rows in order
            query = query.where(changes.c.site_id == select(sites.c.id).where(sites.c.name == site).scalar_subquery())
        if kinds:
            query = query.where(changes.c.kind.in_([kind.value for kind in kinds]))
        if since is not None:
            # the first id of that time is found by its index; from there on the list goes by id
            with self._reading() as sql:
                first = sql.first(_FIRST_SINCE, {"moment": since})
            start = None if first is None else first[0]
            query = query.where(changes.c.detected_at >= since, changes.c.id >= (start or 0))
        if until is not None:
            query = query.where(changes.c.detected_at < until)
        if url is not None:
            query = query.where(changes.c.page_id.in_([page.id for page in self.find_page(url)]))
        return query

    def _sieves(
        self, match: str | None, labels: Sequence[str], fields: Sequence[str], senders: Sequence[str]
    ) -> list[Callable[[Row[Any]], bool]]:
        """What a row must pass that the database does not look at, the cheapest first."""
        found: list[Callable[[Row[Any]], bool]] = []
        if labels:
            found.append(lambda row: not set(labels).isdisjoint(rows.change(row).finding.labels))
        if fields:
            found.append(lambda row: not set(fields).isdisjoint(rows.change(row).finding.fields))
        if names := [name for sender in senders if (name := normalise(sender).casefold())]:
            found.append(lambda row: self._is_from(row, names))
        if needle := normalise(match or "").casefold():
            found.append(lambda row: self._says(row, needle))
        return found

    def _is_from(self, row: Row[Any], names: Sequence[str]) -> bool:
        """Whether a change is about a release of one of these senders."""
        for one in self._releases(row):
            said = rows.release_json(one.release, f"version {one.number} of page {row.page_id}").casefold()
            if not any(rows.as_json_text(name) in said for name in names):
                continue
            release = rows.unpack_release(one.release, f"version {one.number} of page {row.page_id}")
            if any(name in sender.casefold() for name in names for sender in release.senders):
                return True
        return False

    def _says(self, row: Row[Any], needle: str) -> bool:
        """Whether a change is about a release that says the words."""
        if needle in normalise(row.title).casefold():
            return True
        return any(
            _release_says(one.release, f"version {one.number} of page {row.page_id}", needle)
            for one in self._releases(row)
        )

    def _releases(self, row: Row[Any]) -> Sequence[Row[Any]]:
        """What the page of a change said before and after it, packed."""
        numbers = [number for number in (row.after, row.before) if number is not None]
        with self._reading() as sql:
            return sql.rows(_RELEASES, {"of_page": row.page_id, "numbers": numbers})


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
