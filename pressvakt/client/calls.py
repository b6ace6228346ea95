"""The calls of the client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import msgspec

from pressvakt.client.errors import NotFound
from pressvakt.client.ways import Local, Remote, Way
from web.api import shapes

T = TypeVar("T")
Time = dt.datetime | dt.date | str
_ROOT = "/api/v1"


def connect(where: str | Path, *, token: str | None = None) -> Client:
    """The archive at an address (`https://…`), or in a file or database of one's own.

    Args:
        where: An address of a web; a path of an SQLite file; or what `[storage] database` may say.
        token: For a web that asks who comes: `pressvakt users token add NAME`.

    Raises:
        ClientError: the address is none, or the token would go unencrypted.
        storage.errors.ArchiveError: there is no archive in the file.
    """
    text = str(where)
    if text.startswith(("http://", "https://")):
        return Client(Remote(text, token))
    return Client(_local(text))


class Client:
    """An archive. Whatever can be long comes as an iterator that asks as it goes."""

    def __init__(self, way: Way) -> None:
        """Use `connect`."""
        self._way = way

    def sites(self) -> list[shapes.Site]:
        """All sites."""
        return self._ask("/sites", shapes.Sites).sites

    def site(self, name: str) -> shapes.SiteDetail:
        """One site, with the number of its pages in each state."""
        return self._ask(f"/sites/{quote(name, safe='')}", shapes.SiteDetail)

    def releases(self, *, site: str | None = None, state: str | None = None) -> Iterator[shapes.Release]:
        """Releases in the order in which they were found."""
        return self._walk("/releases", {"site": site, "state": state}, "releases", shapes.Release)

    def release(self, url: str) -> shapes.Release:
        """The release at an address, present or former.

        Raises:
            NotFound: there is none.
        """
        found = self._ask("/releases", shapes.Releases, url=url).releases
        if not found:
            raise NotFound(f"{url} is not watched", status=404)
        return found[0]

    def versions(self, release: shapes.Release | int) -> Iterator[shapes.Version]:
        """The versions of a release, oldest first."""
        return self._walk(f"/releases/{_id(release)}/versions", {}, "versions", shapes.Version)

    def version(
        self, release: shapes.Release | int, number: int | None = None, *, at: Time | None = None
    ) -> shapes.VersionDetail:
        """A version with all that it says: of a number, as it was at a time, else the latest.

        Raises:
            NotFound: there is none.
        """
        key = _id(release)
        if number is None and at is not None:
            held = self._ask(f"/releases/{key}/versions", shapes.Versions, at=at).versions
            if not held:
                raise NotFound(f"release {key} was not yet read at {at}", status=404)
            number = held[0].version
        if number is None:
            number = self._ask(f"/releases/{key}", shapes.Release).versions
        return self._ask(f"/releases/{key}/versions/{number}", shapes.VersionDetail)

    def snapshots(self, release: shapes.Release | int) -> list[shapes.Snapshot]:
        """All snapshots of a release, oldest first."""
        return self._ask(f"/releases/{_id(release)}/snapshots", shapes.Snapshots).snapshots

    def diff(
        self, release: shapes.Release | int, before: int | None = None, after: int | None = None
    ) -> shapes.Difference:
        """What two versions say differently; the last two where none is named."""
        return self._ask(f"/releases/{_id(release)}/diff", shapes.Difference, before=before, after=after)

    def changes(
        self,
        *,
        site: str | None = None,
        kind: Sequence[str] = (),
        since: Time | None = None,
        until: Time | None = None,
        match: str | None = None,
        label: Sequence[str] = (),
        field: Sequence[str] = (),
        sender: Sequence[str] = (),
        url: str | None = None,
        silent: bool | None = None,
        baseline: bool | None = None,
        wave: str | None = None,
        order: Literal["newest", "oldest"] = "oldest",
    ) -> Iterator[shapes.Change]:
        """The changes that fit all that is given."""
        query = {
            "site": site, "kind": kind, "since": since, "until": until, "match": match, "label": label, "field": field,
            "sender": sender, "url": url, "silent": silent, "baseline": baseline, "wave": wave, "order": order,
        }  # fmt: skip
        return self._walk("/changes", query, "changes", shapes.Change)

    def change(self, key: int) -> shapes.Change:
        """One change."""
        return self._ask(f"/changes/{key}", shapes.Change)

    def search(
        self,
        words: str,
        *,
        where: Literal["text", "added", "removed"] = "text",
        site: str | None = None,
        kind: Sequence[str] = (),
        since: Time | None = None,
        until: Time | None = None,
        ranked: bool = False,
    ) -> Iterator[shapes.Find]:
        """Releases that say it, or edits that brought it or took it away; at most a thousand."""
        query = {
            "q": words, "in": where, "site": site, "kind": kind, "since": since, "until": until, "ranked": ranked,
        }  # fmt: skip
        return self._walk("/search", query, "finds", shapes.Find, size=100)

    def notices(
        self, *, site: str | None = None, kind: Sequence[str] = (), since: Time | None = None
    ) -> Iterator[shapes.Notice]:
        """What happened to sites, newest first."""
        return self._walk("/notices", {"site": site, "kind": kind, "since": since}, "notices", shapes.Notice)

    def crawls(self, *, site: str | None = None) -> Iterator[shapes.Crawl]:
        """Crawls, newest first."""
        return self._walk("/crawls", {"site": site}, "crawls", shapes.Crawl)

    def subscriptions(self) -> list[shapes.Subscription]:
        """All subscriptions; for operators."""
        return self._ask("/subscriptions", shapes.Subscriptions).subscriptions

    def subscribe(self, address: str, *, ask: bool = True, **wishes: Any) -> shapes.Subscription:
        """Tell somebody of changes; the wishes are the keys of `[[subscription]]`. For operators.

        With `ask`, the reader is asked by mail first; without, you vouch that they want this.
        """
        body = self._way.ask("POST", f"{_ROOT}/subscriptions", {}, {"address": address, "ask": ask, **wishes})
        return _read(body, shapes.Subscription)

    def unsubscribe(self, subscription: shapes.Subscription | int) -> None:
        """Tell somebody no more; for operators."""
        key = subscription if isinstance(subscription, int) else subscription.id
        self._way.ask("POST", f"{_ROOT}/subscriptions/{key}/end", {})

    def close(self) -> None:
        """Let go of the archive."""
        self._way.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, path: str, shape: type[T], **query: object) -> T:
        return _read(self._way.ask("GET", _ROOT + path, query), shape)

    def _walk(
        self, path: str, query: Mapping[str, object], key: str, shape: type[T], *, size: int = 200
    ) -> Iterator[T]:
        """A list, part by part."""
        after: object = None
        while True:
            body = self._way.ask("GET", _ROOT + path, {**query, "limit": size, "next": after})
            value = msgspec.json.decode(body)
            yield from _all(value[key], shape)
            after = value["next"]
            if after is None:
                return


def _all(values: Iterable[object], shape: type[T]) -> Iterator[T]:
    return (msgspec.convert(value, shape) for value in values)


def _read(body: bytes, shape: type[T]) -> T:
    return msgspec.json.decode(body, type=shape)


def _id(release: shapes.Release | int) -> int:
    return release if isinstance(release, int) else release.id


def _local(where: str) -> Local:
    from storage.archive import Archive  # noqa: PLC0415 - who asks a server needs none of these
    from web.app import create_app  # noqa: PLC0415
    from web.settings import WebSettings  # noqa: PLC0415

    if "://" not in where:
        path = Path(where).expanduser().absolute()
        if not path.is_file():
            raise NotFound(f"there is no archive at {path}")
        where = f"sqlite:///{path}"
    archive = Archive.open(where)
    while archive.unindexed():  # what an older Pressvakt kept is to be found, too
        with archive.writing() as unit:
            unit.index_more()
    return Local(create_app(archive, WebSettings(), {}, now=_now, trusted=True), archive.close)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
