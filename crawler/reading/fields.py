"""The smaller fields of a release: dates, kind and senders, identifier, contacts, attachments."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from changes.release import Attachment, Stamp, normalise
from crawler.reading.dates import Field, field_date
from crawler.reading.page import outermost, select, split_source
from crawler.reading.visible import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lxml.html import HtmlElement

    from crawler.reading.profiles import SiteProfile

#: A page prints its dates a few times at most; a selector that finds more finds something else as well.
MOST_DATES = 12
#: Of a link's text, what may hold the size of its file.
_SIZE_AT_END = 60

_HEAD = re.compile(r"\s*(?:html|head|meta|link|title|base)\b")
_LABEL = re.compile(r"[^\d:]{2,30}:\s+(?=\S)")
_FROM = {
    "sv": r"från", "nb": r"fra", "nn": r"frå|fra", "no": r"fra", "da": r"fra", "de": r"vom|von|des|der", "fr": r"du|de la|de l'|des|de",
    "nl": r"van", "en": r"from(?: the)?(?= )|by(?: the)?(?= )", "fi": r"–|-",
}  # fmt: skip
#: Words that introduce a sender alone, and the terms of a list that do.
_SENDER = re.compile(
    r"(?:ansvariga?|avsändare|utgivare|utgiver|utgjevar|sender|responsible|issued by|from|från)", re.IGNORECASE
)
_KIND = re.compile(r"(?:typ|type|kind|dokumenttyp|document type|art)", re.IGNORECASE)
_AND = re.compile(
    r"\s*[,;]\s*|(?<!-)\s+(?:och|samt|og)\s+|\s+and\s+(?=(?:the\s+)?(?:Ministry|Minister|Prime|Office|Department)\b)"
)
#: "Ministerie van Financiën", "Presseamt der Bundesregierung": a sender's own name, and no kind before it.
_OFFICE = re.compile(r"(?:minist[eè]r(?:ie|ium|iet|e)|\wamt|kanzlei|dienst|inspectie|raad)$", re.IGNORECASE)
#: What sets fields of one line apart.
_PARTS = re.compile(r"\s*[|·•]\s*")
_SIZE = re.compile(
    r"\s*[(\[]\s*((?:[a-z0-9]{2,5}[,:;]?\s+)?\d[\d\s.,]*\s*(?:[kmg]i?b|bytes?|byte)(?:[,;]?\s+[a-z0-9]{2,5})?)\s*[)\]]\s*$",
    re.IGNORECASE,
)
_CLOSE_AROUND = frozenset(("li", "p", "div", "span", "strong", "td", "dd"))
_TAIL_SIZE = re.compile(r"\s*([(\[][^()\[\]]{3,40}[)\]])")


def speaks_of_head(selector: str) -> bool:
    """Whether a selector is about the page as a whole, and not about its region."""
    return _HEAD.match(selector) is not None


def elements(root: HtmlElement, region: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements that a selector finds: in the page's head where it speaks of it, else in the region."""
    return select(root if speaks_of_head(selector) else region, selector)


def values(root: HtmlElement, region: HtmlElement, sources: Iterable[str]) -> Iterator[tuple[str, HtmlElement]]:
    """What the sources give, in their order: a text or an attribute, and the element it comes from."""
    for source in sources:
        selector, attribute = split_source(source)
        for element in elements(root, region, selector):
            text = normalise(element.get(attribute) or "") if attribute else shown(element)
            if text:
                yield text, element


def stamp(
    root: HtmlElement, region: HtmlElement, sources: Sequence[str], field: Field, profile: SiteProfile
) -> tuple[Stamp | None, list[HtmlElement]]:
    """A date from its sources, and the elements that print it. The first that can be read decides the day; where
    another gives the same day with a time of day, that one is kept. Text that cannot be read is kept as text.
    """
    stamps: list[Stamp] = []
    printed: list[HtmlElement] = []
    for text, element in islice(values(root, region, sources), MOST_DATES):
        found = field_date(text, field, profile.wording, language=profile.language, zone=profile.time_zone)
        if found is None:
            continue
        stamps.append(found)
        printed.append(element)
    read = [one for one in stamps if one.day is not None]
    if not read:
        return (stamps[0] if stamps else None), printed
    timed = next((one for one in read if one.day == read[0].day and one.at is not None), None)
    return timed or read[0], printed


def identifier(text: str) -> str:
    """A registry number without its label: "Diarienummer: KN2026/00741" is KN2026/00741."""
    return _LABEL.sub("", text, count=1) if _LABEL.match(text) else text


def kind_line(element: HtmlElement, profile: SiteProfile) -> tuple[str | None, tuple[str, ...]]:
    """The kind of a release and who sends it: "Pressmeddelande från A, B", "Ansvarig: A", or a list of terms."""
    if element.tag == "dl":
        return _terms(element)
    text = shown(element)
    label, mark, rest = text.partition(":")
    if mark and _SENDER.fullmatch(label.strip()):
        return None, _senders(element, rest)
    base = profile.language.split("-")[0].lower()
    for words in dict.fromkeys((_FROM.get(base, ""), _FROM["en"])):
        match = re.search(rf"(?:^|(?<=\s))(?:{words})\s+", text, re.IGNORECASE) if words else None
        if match is not None and not _OFFICE.search(text[: match.start()].rstrip()):
            return text[: match.start()].strip(" ,·:|") or None, _senders(element, text[match.end() :])
    known = {normalise(kind).casefold() for kind in profile.wording.kinds}
    parts = _PARTS.split(text)
    if len(parts) > 1 and parts[0].casefold() in known:
        return parts[0], ()  # "Nieuwsbericht | 07-03-2031 | 16:30": what follows are other fields
    if known and text.casefold() not in known:
        return None, _senders(element, text)
    return text.strip(" ,·:|") or None, ()


def attachments(
    links: Iterable[HtmlElement], absolute: Callable[[str], str | None]
) -> tuple[tuple[Attachment, ...], list[HtmlElement]]:
    """The files that links offer, each address once, and the elements that offer nothing else."""
    found: dict[str, Attachment] = {}
    used: list[HtmlElement] = []
    for link in links:
        url = absolute(link.get("href") or "")
        if url is None or not link.get("href"):
            continue
        text = shown(link) or normalise(link.get("title") or "") or url.rstrip("/").rpartition("/")[2]
        size = _SIZE.search(text, max(len(text) - _SIZE_AT_END, 0))
        if size is None and (behind := _TAIL_SIZE.match(link.tail or "")) and (size := _SIZE.match(behind.group(1))):
            name = text
        else:
            name = text[: size.start()] if size else text
        found.setdefault(url, Attachment(url=url, name=name.strip(), size=normalise(size.group(1)) if size else None))
        used.append(_alone(link))
    return tuple(found.values()), used


def texts(found: Iterable[HtmlElement]) -> tuple[str, ...]:
    """What elements say, each once."""
    return tuple(dict.fromkeys(text for text in (shown(element) for element in outermost(list(found))) if text))


def _terms(element: HtmlElement) -> tuple[str | None, tuple[str, ...]]:
    kind: str | None = None
    senders: tuple[str, ...] = ()
    term = ""
    for child in element.iter("dt", "dd"):
        text = shown(child)
        if child.tag == "dt":
            term = text.rstrip(": ")
        elif _KIND.fullmatch(term) and kind is None:
            kind = text or None
        elif _SENDER.fullmatch(term):
            senders = _senders(child, text)
    return kind, senders


def _senders(element: HtmlElement, text: str) -> tuple[str, ...]:
    """The senders in a text: its links where they are all of it, else its parts."""
    linked = [words for words in (shown(link) for link in select(element, "a")) if words and words in text]
    rest = text
    for words in linked:
        rest = rest.replace(words, "", 1)
    parts = linked if linked and not re.search(r"\w{3}", _AND.sub(" ", f" {rest} ")) else _AND.split(text)
    return tuple(dict.fromkeys(part.strip(" .,;·|") for part in parts if part.strip(" .,;·|")))


def _alone(link: HtmlElement) -> HtmlElement:
    """The element to take away with a link: as much around it as says nothing else."""
    text, element = shown(link), link
    while (parent := element.getparent()) is not None and parent.tag in _CLOSE_AROUND:
        if len(parent) > 3:  # there are others beside it
            break
        around = shown(parent)
        if around != text and not _SIZE.fullmatch(around.replace(text, "", 1)):
            break
        element = parent
    return element
