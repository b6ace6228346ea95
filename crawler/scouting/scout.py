"""The scout: asks a site a few questions, as a polite guest, and says what it understood."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from changes.release import normalise
from crawler.items import Fault
from crawler.reading.addresses import identify, same_site, wanted
from crawler.reading.discovery import read_list
from crawler.reading.feeds import is_feed
from crawler.reading.languages import primary, reads_as
from crawler.reading.page import parse, select
from crawler.reading.page_text import PageText, page_text
from crawler.reading.profiles import Discovery, SiteProfile
from crawler.reading.screening import SCANT, Reason, screen
from crawler.scouting import hints
from crawler.scouting.links import LEAST, Group, groups, page_patterns
from crawler.scouting.survey import FoundList, ScoutError, Survey
from crawler.scouting.zones import guess_zone

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.items import Fetch
    from crawler.reading.listings import Listing

#: Requests of one scouting, seconds after which no further list is tried, and releases that are read.
REQUESTS, PATIENCE, RELEASES = 24, 40.0, 5
#: A list of the newest that is as short as this may lose what comes between two visits.
SHORT = 30

_UTC = ZoneInfo("UTC")
#: Paths in a sitemap that may be releases where no list tells: a year or a number in them, or a whole title at the end.
_RELEASE_LIKE = (r"/(?:19|20)\d\d(?:/|-)", r"[/=-]\d{4,}(?:[/.?-]|$)", r"/[^/]*\w+(?:[-_]\w+){3,}(?:\.\w{2,5})?/?$")
_ADVICE = {
    Fault.UNREACHABLE: "see that the address is right and the site answers",
    Fault.DISALLOWED: "the site asks robots to stay away; ask its webmaster",
    Fault.REFUSED: "if you mean it, write the address into allow_private below [network]",
    Fault.TOO_LARGE: "give the address of the list itself",
    Fault.OFFSITE: "give the address that it leads to",
    Fault.REDIRECT_LOOP: "open it in a browser, and give the address where you end",
}


class Scout:
    """Looks at one press page. `ask` fetches an address as a crawl of the site would, robots.txt and guard and all."""

    def __init__(
        self, ask: Callable[[str], Fetch], *, clock: Callable[[], float] = time.monotonic, patience: float = PATIENCE
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._ends = clock() + patience
        self._asked: dict[str, Fetch] = {}
        self._weak: list[str] = []
        self._profile: SiteProfile

    def survey(self, url: str) -> Survey:
        """What the site behind a press page is.

        Raises:
            ScoutError: with the reason why it cannot be watched as it is.
        """
        self._profile = draft_profile(url)
        first = self._fetch(url)
        self._refuse(first)
        self._profile = replace(self._profile, base_url=_origin(first.final_url))
        root = None if _machine(first) else parse(first.body, first.header("content-type"))
        text = page_text(root) if root is not None else PageText()
        seed = self._seed(first, root)
        lists = [*seed, *self._further(first, root, seed)]
        if not lists:
            raise ScoutError(self._nothing(first, root, text))
        pages = page_patterns(_chosen(lists))
        lists = self._kept(lists, pages)
        fetched = self._releases(lists)
        language = self._language(text, fetched)
        zone, how = guess_zone(first.final_url, language)
        self._weak.append(f"time_zone {zone.key} is a guess ({how})")
        self._weigh(lists, pages)
        return Survey(
            base_url=self._profile.base_url,
            title=_site_title(root, first.final_url),
            language=language,
            time_zone=zone,
            lists=tuple(lists),
            pages=pages,
            releases=tuple(fetched),
            weak=tuple(self._weak),
        )

    def _fetch(self, url: str) -> Fetch:
        if url not in self._asked:
            self._asked[url] = self._ask(url)
        return self._asked[url]

    def _may_ask(self) -> bool:
        return len(self._asked) < REQUESTS and self._clock() < self._ends

    def _refuse(self, fetch: Fetch) -> None:
        """Say why the page itself cannot be had, where it cannot."""
        if fetch.fault is not None or fetch.status is None:
            fault = fetch.fault or Fault.UNREACHABLE
            where = f" to {fetch.final_url}" if fault is Fault.OFFSITE else ""
            raise ScoutError(
                f"{fetch.url}: {fault}{where}: {fetch.detail or 'no answer'}; {_ADVICE.get(fault, 'try again later')}"
            )
        if _machine(fetch):
            return
        root = parse(fetch.body, fetch.header("content-type")) if fetch.body else None
        verdict = screen(fetch, page_text(root) if root is not None else PageText(), self._profile)
        harmless = (Reason.EMPTY, Reason.WRONG_LANGUAGE, Reason.NOT_HTML, Reason.REDIRECTED_HOME)
        if not verdict.ok and verdict.reason not in harmless:
            next_ = (
                "the site keeps robots out: ask its webmaster"
                if verdict.reason in (Reason.BLOCKED, Reason.CHALLENGE)
                else "give the address of its list of releases"
            )
            raise ScoutError(f"{fetch.url}: {verdict.reason}: {verdict.detail}; {next_}")

    def _seed(self, fetch: Fetch, root: HtmlElement | None) -> list[FoundList]:
        """The list that was given: the page's own, or what the answer itself is."""
        if root is None:
            found = self._as_feed(fetch) or self._as_json(fetch)
            return [found] if found else []
        return [
            found
            for group in groups(root, fetch.final_url, self._on_site)[:1]
            if (found := self._as_html(fetch, root, group))
        ]

    def _further(self, fetch: Fetch, root: HtmlElement | None, seed: list[FoundList]) -> list[FoundList]:
        """The other ways to the releases that the page and its site name."""
        found: list[FoundList] = []
        if root is not None:
            url = fetch.final_url
            found += self._tried(hints.feeds(root, url), self._as_feed)
            if (api := hints.wordpress(root, url)) is not None:
                template = urljoin(api.rstrip("/") + "/", "wp/v2/posts?per_page=100&_fields=link,date,title&page=1")
                found += self._tried([template], self._as_json)
            if not seed or not any(one.whole for one in found):
                found += self._tried(hints.json_lists(fetch.body, fetch.header("content-type"), url), self._as_json)
        return [*found, *self._sitemaps([*seed, *found])]

    def _tried(self, urls: Iterable[str], read: Callable[[Fetch], FoundList | None]) -> list[FoundList]:
        return [
            found
            for url in urls
            if same_site(url, self._profile) and self._may_ask() and (found := read(self._fetch(url))) is not None
        ]

    def _as_feed(self, fetch: Fetch) -> FoundList | None:
        if not _answers(fetch):
            return None
        how = Discovery(kind="feed", url=self._relative(fetch.url))
        listing = self._read(fetch, how)
        if listing.problem is not None or len(listing.found) < 1:
            return None
        return FoundList(how=how, addresses=_urls(listing), whole=False, detail=f"feed, {listing.entries} entries")

    def _as_json(self, fetch: Fetch) -> FoundList | None:
        data = hints.loads(fetch.body, fetch.header("content-type")) if _answers(fetch) else None
        if data is None:
            return None
        for path, entries in hints.rows(data):
            key = hints.link_key(entries, lambda link: self._on_site(identify(link, fetch.url) or ""))
            if key is None:
                continue
            template = hints.paged(fetch.url, [])
            how = Discovery(
                kind="json",
                url=self._relative(template[0] if template else fetch.url),
                items_at=path or None,
                link_at=key,
                total_at=hints.total_key(data) if template else None,
                page_size=(template[2] if template else 0) or len(entries),
                first_page=template[1] if template else 1,
            )
            listing = self._read(fetch, how)
            if listing.found:
                detail = (
                    f"JSON list, {listing.entries} entries a page"
                    if template
                    else f"JSON list, {listing.entries} entries"
                )
                return FoundList(how=how, addresses=_urls(listing), whole=template is not None, detail=detail)
        return None

    def _as_html(self, fetch: Fetch, root: HtmlElement, group: Group) -> FoundList | None:
        url = fetch.final_url
        how = Discovery(kind="html", url=self._relative(url), items=group.items)
        links = [link for a in root.iter("a") if (link := identify(a.get("href") or "", url))]
        detail = f"HTML list, {len(group.addresses)} entries"
        following = select(root, "a[rel~=next][href]") or select(root, "link[rel~=next][href]")
        if following:
            return FoundList(
                how=replace(how, next="[rel~=next]"), addresses=group.addresses, whole=True, detail=f"{detail} a page"
            )
        template = hints.paged(url, links)
        if template is not None and self._may_ask():
            how_paged = replace(
                how,
                url=self._relative(template[0]),
                first_page=template[1],
                page_size=template[2] or len(group.addresses),
            )
            second = self._fetch(
                urljoin(
                    self._profile.base_url,
                    how_paged.url.replace("{page}", str(template[1] + 1)).replace("{offset}", str(how_paged.page_size)),
                )
            )
            more = self._read(second, replace(how_paged, url=self._relative(second.url))) if _answers(second) else None
            if more and set(_urls(more)) - set(group.addresses):
                return FoundList(how=how_paged, addresses=group.addresses, whole=True, detail=f"{detail} a page")
        return FoundList(how=how, addresses=group.addresses, whole=False, detail=detail)

    def _sitemaps(self, lists: list[FoundList]) -> list[FoundList]:
        """The site's sitemap, where it holds releases: only told from other pages once their addresses are known."""
        pages = page_patterns(_chosen(lists)) if lists else ()
        if not pages and lists:
            return []
        robots = self._fetch(self._profile.base_url + "/robots.txt") if self._may_ask() else None
        named = []
        if robots is not None and _answers(robots):
            lines = robots.body.decode("utf-8", "replace").splitlines()
            named = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("sitemap:")]
        profile = replace(self._profile, pages=pages or _RELEASE_LIKE)
        for url in [*named[:2], self._profile.base_url + "/sitemap.xml"]:
            if same_site(identify(url, url) or "http://-/", self._profile) and self._may_ask():
                addresses = self._walk_sitemap(url, profile)
                if len(addresses) >= LEAST:
                    how = Discovery(kind="sitemap", url=self._relative(url))
                    detail = f"sitemap, {len(addresses)} addresses of releases seen"
                    return [FoundList(how=how, addresses=tuple(addresses), whole=True, detail=detail)]
        return []

    def _walk_sitemap(self, url: str, profile: SiteProfile) -> list[str]:
        """Addresses of releases in a sitemap, or in the newest few of an index's children."""
        how = Discovery(kind="sitemap", url=url)
        due: list[str] = [url]
        found: list[str] = []
        for depth in range(3):
            children: list[str] = []
            for address in due[:2] + due[2:][-1:]:
                if not self._may_ask():
                    break
                fetch = self._fetch(address)
                if _answers(fetch):
                    listing = read_list(fetch.body, fetch.header("content-type"), how, profile, address, depth=depth)
                    found += _urls(listing)
                    children += listing.next
            due = children
        return list(dict.fromkeys(found))

    def _kept(self, lists: list[FoundList], pages: tuple[str, ...]) -> list[FoundList]:
        """The lists with what of them are releases, those that can be followed to their end first, each address once."""
        profile = replace(self._profile, pages=pages)
        out, seen = [], set()
        for one in lists:
            addresses = tuple(url for url in one.addresses if _wanted(url, profile))
            if addresses and one.how not in seen:
                seen.add(one.how)
                out.append(replace(one, addresses=addresses))
        order = {"json": 0, "feed": 1, "html": 2, "sitemap": 3}
        return sorted(out, key=lambda one: order[one.how.kind])

    def _releases(self, lists: list[FoundList]) -> list[Fetch]:
        newest = next((one for one in lists if one.how.kind != "sitemap"), lists[0])
        left = max(0, REQUESTS + RELEASES - len(self._asked))
        out = [self._fetch(url) for url in newest.addresses[: min(RELEASES, left)]]
        failed = [fetch for fetch in out if not _answers(fetch)]
        for fetch in failed[:1]:
            self._weak.append(
                f"{len(failed)} of {len(out)} releases could not be had: {fetch.url}: {fetch.detail or fetch.status}"
            )
        return [fetch for fetch in out if _answers(fetch)]

    def _language(self, text: PageText, fetched: list[Fetch]) -> str:
        trees = [tree for fetch in fetched if (tree := parse(fetch.body, fetch.header("content-type"))) is not None]
        texts = [page_text(tree) for tree in trees]
        declared = Counter(tag for one in (text, *texts) if (tag := (one.language or "").strip()))
        reads = Counter(read for one in texts if (read := reads_as(f"{one.heading} {one.text}")))
        best = declared.most_common(1)[0][0] if declared else None
        if best and (not reads or primary(best) in reads):
            return best
        if reads:
            language = reads.most_common(1)[0][0]
            said = f" (its pages declare {best})" if best else ""
            self._weak.append(f"language {language} is read from the text{said}")
            return language
        self._weak.append("language en is a guess: the pages do not tell; put the right one there")
        return "en"

    def _weigh(self, lists: list[FoundList], pages: tuple[str, ...]) -> None:
        if not any(one.whole for one in lists):
            most = max(len(one.addresses) for one in lists)
            short = f"{most} entries at most: " + (
                "what comes between two visits may be missed" if most < SHORT else "older releases are not found"
            )
            self._weak.append(f"no list can be followed to its end; {short}")
        if not pages:
            self._weak.append(
                "the addresses of releases share no form: all that the lists name is watched; set 'pages' or 'skip'"
            )

    def _nothing(self, fetch: Fetch, root: HtmlElement | None, text: PageText) -> str:
        if root is not None and len(text.text) + text.links < 2 * SCANT and hints.needs_browser(fetch.body):
            return (
                f"{fetch.url} shows nothing without a browser, and names no feed, sitemap or JSON list; look for the site's feed, "
                "or for what its script asks for (your browser's network view shows it), and give that address; "
                "where only the releases need a browser, and a list of them is elsewhere, [crawl] browser = true draws them"
            )
        return f"{fetch.url}: no feed, no sitemap, no JSON and no list of releases was found; give the address of the page that lists them"

    def _read(self, fetch: Fetch, how: Discovery) -> Listing:
        return read_list(fetch.body, fetch.header("content-type"), how, self._profile, fetch.url)

    def _on_site(self, url: str) -> bool:
        return url.startswith("http") and same_site(url, self._profile)

    def _relative(self, url: str) -> str:
        return url.removeprefix(self._profile.base_url) if url.startswith(self._profile.base_url + "/") else url


def draft_profile(url: str) -> SiteProfile:
    """A profile that knows nothing but where the site is: enough to ask it politely.

    Raises:
        ScoutError: the address is none that can be asked.
    """
    spelt = identify(url, url)
    if spelt is None:
        raise ScoutError(f"{url!r} is no address that can be asked for; give one that begins with https://")
    return SiteProfile(
        name="new",
        title="",
        base_url=_origin(spelt),
        language="und",
        time_zone=_UTC,
        discovery=(),
        release=(),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _machine(fetch: Fetch) -> bool:
    """Whether an answer is written for programs: a feed or JSON."""
    start = fetch.body[:4096]
    return is_feed(start) or start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _answers(fetch: Fetch) -> bool:
    return fetch.fault is None and fetch.status == 200 and bool(fetch.body)


def _urls(listing: Listing) -> tuple[str, ...]:
    return tuple(found.url for found in listing.found)


def _chosen(lists: list[FoundList]) -> tuple[str, ...]:
    """The addresses from which the form of releases is learnt: those of the list that was given, and of its likes."""
    first = next((one for one in lists if one.how.kind != "sitemap"), lists[0])
    return first.addresses


def _wanted(url: str, profile: SiteProfile) -> bool:
    return same_site(url, profile) and wanted(url, profile)


def _site_title(root: HtmlElement | None, url: str) -> str:
    """What the site calls itself, or its host."""
    if root is not None:
        for element in select(root, 'meta[property="og:site_name"][content]'):
            if name := normalise(element.get("content") or ""):
                return name[:100]
        title = normalise(root.findtext(".//title") or "")
        parts = [part.strip() for mark in (" | ", " – ", " - ", " · ") if mark in title for part in title.split(mark)]
        if parts or title:
            return (parts[-1] if parts else title)[:100]
    return urlsplit(url).hostname or url
