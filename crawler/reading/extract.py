"""A page's bytes and a site's profile give a Release. The first rules that fit the page read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml import etree

from changes.notices import find_notices
from changes.release import BlockKind, Contact, Notice, Release, Stamp, letters, normalise
from crawler.reading.blocks import Draft, Segment, finished, read_drafts
from crawler.reading.contacts import is_contact_heading, reaches, read_contacts
from crawler.reading.dates import is_date_line, labelled_dates
from crawler.reading.fields import attachments, elements, identifier, kind_line, stamp, texts, values
from crawler.reading.generic.days import published_on
from crawler.reading.generic.rules import is_generic
from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.links import addresses, in_a_sentence
from crawler.reading.page import body_of, outermost, remove, select, split_source
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.repeats import without_repeats
from crawler.reading.sheets import hints_at_notice
from crawler.reading.translations import translations
from crawler.reading.visible import shown, take_out, text_lines, visible_copy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from lxml.html import HtmlElement

#: A body with more markup than this is not read: the soup's parser would lose its text without a word.
BODY_LIMIT = 8_000_000

#: A longer line says more than when a page was published.
DATE_LINE = 100

#: Headings that end a text where nothing but links follows them.
_FOOT = frozenset(
    ("relaterat", "relaterade nyheter", "relaterade artiklar", "relaterat innehåll", "related", "related posts",
     "dela", "related content", "related news", "related links", "related articles", "share", "share this page",
     "dela sidan")
)  # fmt: skip
_FILES = frozenset(
    ("ladda ner", "ladda ned", "bilagor", "bilaga", "dokument", "filer", "download", "downloads", "documents",
     "files", "attachments", "attachment", "related documents", "last ned", "vedlegg", "bilag", "liitteet",
     "anlagen")
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a page says and by which rules; or, where none fit, what is wrong with it."""

    release: Release | None
    rules: ReleaseRules | None
    problem: str | None


def extract(
    body: bytes,
    profile: SiteProfile,
    *,
    url: str,
    content_type: str | None = None,
    captured_on: dt.date | None = None,
) -> Reading:
    """Read a page by the first of the profile's rules that fit it.

    `captured_on` leaves out the rules whose validity was over by that day.
    """
    root = page_tree(body, content_type, profile)
    if root is None:
        return Reading(release=None, rules=None, problem="the answer is no page of text that can be read")
    tried = []
    for rules in profile.release:
        if captured_on is not None and rules.valid_until is not None and captured_on > rules.valid_until:
            continue
        release = read_with(root, rules, profile, url)
        if release is not None:
            return Reading(release=release, rules=rules, problem=None)
        tried.append(f"{rules.name}: {_misfit(root, rules)}")
    return Reading(release=None, rules=None, problem="no rules fit: " + ("; ".join(tried) or "the profile has none"))


def read_with(root: HtmlElement, rules: ReleaseRules, profile: SiteProfile, url: str) -> Release | None:
    """Read a page by some rules; None where they do not fit it. The tree is left as it is."""
    there = select(root, rules.region)
    if not there or not any(True for _ in values(root, there[0], rules.title)):
        return None  # found out on the page as it is, before it is copied
    absolute = addresses(root, url, profile)
    page, region, notices = _as_seen(root, there[0], rules, profile)
    if region is None:
        return None
    for element in select(region, ", ".join(rules.noise)) if rules.noise else ():
        if element is not region:
            remove(element)
    release = _Reader(page, region, rules, profile, absolute).read(notices)
    if release is not None and is_generic(rules):
        return replace(release, published=published_on(root, url, profile))
    return release


def _misfit(root: HtmlElement, rules: ReleaseRules) -> str:
    regions = select(root, rules.region)
    if not regions:
        return f"no region {rules.region}"
    if not any(values(root, regions[0], rules.title)):
        return f"no title {' or '.join(rules.title)}"
    return f"neither lead nor body nor attachments, or a body of more than {BODY_LIMIT} bytes"


def _as_seen(
    root: HtmlElement, region: HtmlElement, rules: ReleaseRules, profile: SiteProfile
) -> tuple[HtmlElement, HtmlElement | None, tuple[Notice, ...]]:
    """The page and its region as a reader sees them, and the notices that were lifted out of them.

    Where the page can hold no notice, its region alone is copied: that is cheaper by far.
    """
    covered = any(up.tag in UNSEEN or hides(up) for up in (region, *region.iterancestors()))
    if not covered and not hints_at_notice(root, profile.language, profile.wording):
        return root, visible_copy(region), ()
    page = visible_copy(root)
    notices = _lift_notices(page, profile)
    return page, next(iter(select(page, rules.region)), None), notices


def _lift_notices(page: HtmlElement, profile: SiteProfile) -> tuple[Notice, ...]:
    """The site's own lines about the page, wherever they stand; their text leaves the page."""
    lines = text_lines(body_of(page))
    notices, taken = find_notices([line.text for line in lines], profile.language, profile.wording)
    take_out(lines, taken)
    return notices


class _Reader:
    """Reads the fields one after the other; what one field has read is no part of the body."""

    def __init__(
        self,
        page: HtmlElement,
        region: HtmlElement,
        rules: ReleaseRules,
        profile: SiteProfile,
        absolute: Callable[[str], str | None],
    ) -> None:
        self.page, self.region, self.rules, self.profile, self.absolute = page, region, rules, profile, absolute
        self.used: list[HtmlElement] = []
        self.cut = False  #: whether the body is without what the rules remove from it

    def read(self, notices: tuple[Notice, ...]) -> Release | None:
        rules = self.rules
        number = self._first(rules.identifier)
        title = self._title()
        if not title:
            return None
        kind, senders = self._kind()
        published, dated = stamp(self.page, self.region, rules.published, "published", self.profile)
        updated, redated = stamp(self.page, self.region, rules.updated, "updated", self.profile)
        if rules.learned:  # their sources are names of elements, in which other things may come to stand
            published, updated = (one if one is not None and one.day else None for one in (published, updated))
        if (updated is None or updated.day is None) and not is_generic(rules):
            places = dated or [
                element for source in rules.published for element in self._found(split_source(source)[0])
            ]
            updated = _labelled_beside(places or self._date_lines(), self.profile) or updated
        lines = (_date_line(element, self.profile) for element in (*dated, *redated))
        self.used += [line for line in lines if line is not None]
        contacts = self._contacts()
        links = [link for selector in rules.attachments for link in self._found(selector)]
        listed = [link for link in outermost(links) if not in_a_sentence(link)]  # the words of the others are text
        # what was learnt is known by its address alone: such a link in a sentence may be anything
        files, _ = attachments(listed if rules.learned else outermost(links), self.absolute)
        _, offered = attachments(listed, self.absolute)
        categories = texts(link for selector in rules.categories for link in self._found(selector))
        lead, body = self._text(offered)
        if body is None or not (lead or body or files):
            return None
        return Release(
            title=title,
            lead=lead,
            body=finished(body),
            published=published,
            updated=updated,
            kind=kind,
            senders=senders,
            identifier=identifier(number) if number else None,
            contacts=contacts,
            attachments=files,
            categories=categories,
            language=normalise(self.page.get("lang") or "").replace("_", "-") or None,
            canonical=self._canonical(),
            translations=translations(self.page, self.absolute),
            notices=notices,
            unread=_unread(rules),
        )

    def _first(self, sources: Sequence[str]) -> str | None:
        for text, element in values(self.page, self.region, sources):
            self.used.append(element)
            return text
        return None

    def _found(self, selector: str) -> list[HtmlElement]:
        return elements(self.page, self.region, selector)

    def _title(self) -> str | None:
        for source in self.rules.title:
            for element in self._found(split_source(source)[0]):
                for selector in self.rules.title_remove:
                    for part in select(element, selector):
                        if part is not element:
                            remove(part)
        return self._first(self.rules.title)

    def _kind(self) -> tuple[str | None, tuple[str, ...]]:
        """Kind and senders, each from the first source that says it: some sites print them in places of their own."""
        kind: str | None = None
        senders: tuple[str, ...] = ()
        for source in self.rules.kind_line:
            for element in self._found(split_source(source)[0]):
                said, by = kind_line(element, self.profile)
                if (said and kind is None) or (by and not senders):
                    self.used.append(element)
                    kind, senders = kind or said, senders or by
            if kind and senders:
                break
        return kind, senders

    def _date_lines(self) -> list[HtmlElement]:
        """Lines in the region that label a date of publication, where no source of the rules finds one."""
        bodies = {element for source in self.rules.body for element in self._found(split_source(source)[0])}
        wording, language, zone = self.profile.wording, self.profile.language, self.profile.time_zone
        out = []
        for element in self.region.iter("p", "div", "span", "dl", "small", "li"):
            text = "" if not bodies.isdisjoint((element, *element.iterancestors())) else shown(element)
            if 0 < len(text) <= DATE_LINE:
                found = labelled_dates(text, wording, language=language, zone=zone)
                if "published" in found and found["published"].day is not None:
                    out.append(element)
        return out

    def _contacts(self) -> tuple[Contact, ...]:
        blocks = [element for selector in self.rules.contacts for element in self._found(selector)]
        chosen = outermost(list(dict.fromkeys(blocks)))
        if self.rules.learned:  # known by its place alone, such a block may be anything
            chosen = [element for element in chosen if reaches(shown(element))]
        self.used += chosen
        return read_contacts(map(_markup, chosen), self.absolute, self.profile.wording)

    def _text(self, offered: list[HtmlElement]) -> tuple[str | None, list[Draft] | None]:
        """The lead and the body, each text once; no body where it is too large to be read."""
        lead = self._lead()
        chosen = set(self.body_elements())
        inside = {element for one in chosen for element in one.iter()}
        for element in (*self.used, *offered):
            if element in inside and element not in chosen:
                remove(element)
        drafts: list[Draft] = []
        for element in self.body_elements():
            markup = _markup(element)
            if len(markup) > BODY_LIMIT:
                return None, None
            drafts += read_drafts(markup, self.absolute)
        drafts = _without(_until(drafts, self.rules.body_ends), self.rules.body_skips)
        drafts = self._without_furniture(drafts)
        text = " ".join(segment.text for segment in lead) or None
        while text and drafts and letters(drafts[0].text) == letters(text):
            drafts.pop(0)
        return text, without_repeats(drafts, lead)

    def body_elements(self) -> list[HtmlElement]:
        """The elements of the body in page order, what nests once, without what the rules cut from it."""
        found = {element for selector in self.rules.body for element in self._found(split_source(selector)[0])}
        ordered = [element for element in self.region.iter() if element in found]
        chosen = outermost(ordered)
        if not self.cut:  # once, and all found before any goes: what is removed no longer counts among its siblings
            self.cut = True
            parts = [
                (element, part) for element in chosen for one in self.rules.body_remove for part in select(element, one)
            ]
            for element, part in parts:
                if part is not element:
                    remove(part)
        taken = set(self.used)
        return [element for element in chosen if element not in taken and taken.isdisjoint(element.iterancestors())]

    def _lead(self) -> list[Segment]:
        for source in self.rules.lead:
            selector, attribute = split_source(source)
            found = outermost(self._found(selector))
            if attribute:
                said = [normalise(element.get(attribute) or "") for element in found]
                segments = [Segment(text=text, markdown=text) for text in said if text][:1]
            else:
                segments = [
                    part
                    for one in found
                    for draft in read_drafts(_markup(one), self.absolute)
                    for part in draft.segments
                ]
            if segments:
                self.used += found
                return list({letters(segment.text): segment for segment in reversed(segments)}.values())[::-1]
        return []

    def _without_furniture(self, drafts: list[Draft]) -> list[Draft]:
        """The drafts without headings whose files or contacts have been read, and nothing else below them."""
        files = {normalise(word).casefold().rstrip(": ") for word in self.profile.wording.attachments} | _FILES
        known = {normalise(word).casefold().rstrip(": ") for word in self.profile.wording.contact}
        out = []
        for number, draft in enumerate(drafts):
            follows = drafts[number + 1] if number + 1 < len(drafts) else None
            bare = follows is None or follows.kind is BlockKind.HEADING
            word = draft.text.casefold().strip(" :")
            if bare and self.rules.attachments and word in files:
                continue
            if bare and self.rules.contacts and is_contact_heading(word, known):
                continue
            out.append(draft)
        return out

    def _canonical(self) -> str | None:
        links = (link for link in self.page.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
        href = next((link.get("href") or "" for link in links), "")
        return self.absolute(href) if href else None


def _without(drafts: list[Draft], skips: Iterable[str]) -> list[Draft]:
    """The drafts that say something else than what the rules skip."""
    words = {letters(word).casefold() for word in skips}
    return [draft for draft in drafts if letters(draft.text).casefold() not in words] if words else drafts


def _until(drafts: list[Draft], ends: Iterable[str]) -> list[Draft]:
    """The drafts before the one that ends the text: by the rules' words, or one over links alone."""
    words = {letters(word).casefold().rstrip(":") for word in ends}
    for number, draft in enumerate(drafts):
        text = draft.text.casefold().strip(" :")
        if letters(text) in words or (text in _FOOT and all(map(_only_links, drafts[number + 1 :]))):
            return drafts[:number]
    return drafts


def _only_links(draft: Draft) -> bool:
    said = sum(len(letters(segment.text)) for segment in draft.segments)
    linked = sum(len(letters(link.text)) for segment in draft.segments for link in segment.links)
    return linked >= said


def _labelled_beside(dated: Iterable[HtmlElement], profile: SiteProfile) -> Stamp | None:
    """The date of the last edit, where it stands behind its label on the line of the date of publication."""
    for element in dated:
        for place in (element, element.getparent()):
            text = "" if place is None else shown(place)
            if len(text) <= DATE_LINE:
                found = labelled_dates(text, profile.wording, language=profile.language, zone=profile.time_zone)
                if (stamp := found.get("updated")) is not None and stamp.day is not None:
                    return stamp
    return None


def _date_line(element: HtmlElement, profile: SiteProfile) -> HtmlElement | None:
    """The line that a date stands on, to be taken away with it; None where the date is part of a sentence."""
    while element.tag in ("time", "span", "small", "em", "strong", "b", "i", "a"):
        parent = element.getparent()
        if parent is None:
            return None
        element = parent
    text = shown(element)
    if len(text) > DATE_LINE:
        return None
    told = is_date_line(text, profile.wording, language=profile.language, zone=profile.time_zone)
    return element if told else None


def _markup(element: HtmlElement) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)


def _unread(rules: ReleaseRules) -> frozenset[str]:
    names = ("identifier", "lead", "body", "published", "updated", "contacts", "attachments", "categories")
    missing = {name for name in names if not getattr(rules, name)}
    return frozenset(missing | (set() if rules.kind_line else {"kind", "senders"}))
