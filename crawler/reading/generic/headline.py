"""What an unknown page is titled: its own heading, told from the site's by what the page says of itself elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from changes.release import letters, normalise
from crawler.reading.generic.furniture import by_name, by_role
from crawler.reading.hidden import UNSEEN, hides
from crawler.reading.page import body_of
from crawler.reading.visible import shown, text_lines, visible_copy

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.reading.generic.metadata import Metadata

#: What stands between a title and the name of the site.
_BETWEEN = re.compile(r"\s+[|–—·•:»›«/\\-]+\s+|\s*[|»›]\s*|\s*::\s*")
#: A heading of more letters is a text.
LONGEST = 400
#: A title of more letters is in a longer one for a reason.
LONG = 15
#: A line with fewer is no title.
SHORTEST = 8
#: The address of a front page.
_FRONT = re.compile(
    r"(?:https?://[^/]+)?/?(?:[a-z]{2}(?:-[a-z]{2})?/?)?(?:(?:index|default|home)\.\w{2,5})?|\./|#", re.IGNORECASE
)
_EDGES = ("header", "label", "fieldset", "form")


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A page's title, and the heading that prints it, where one does."""

    text: str
    element: HtmlElement | None = None
    whole: bool = True  #: whether the heading says nothing else


def find_headline(root: HtmlElement, said: Metadata, *, site: str = "") -> Headline | None:
    """The title of a page; None where it has none at all.

    A heading that says what the page's title says elsewhere is believed first, then the first `h1` that is not the
    site's name; then what is said elsewhere. A page that names itself nowhere is titled by its first heading or line.
    """
    tag = next((normalise(str(one.text_content())) for one in root.iter("title") if _is_title(one)), "")
    names = {_key(name) for name in (said.site or "", site) if name}
    told = [*said.titles, tag]
    parts = [_key(part) for text in told for part in [text, *_BETWEEN.split(text)] if _key(part) not in names]
    ones = [one for one in _headings(root, "h1") if _key(one.text) not in names and not _logo(one)]
    others = _headings(root, "h2")
    found = _agreed(ones, others, parts) or next(iter(ones), None)
    if found is not None:
        return found
    spoken = next((text for text in (*said.titles, tag) if text and _key(text) not in names), None)
    if spoken is not None:
        return Headline(text=without_site(spoken, names))
    return next(iter([*others, *_headings(root, "h3"), *_headings(root, "h4")]), None) or _first_line(root)


def _agreed(ones: list[Headline], others: list[Headline], parts: list[str]) -> Headline | None:
    """The heading that says what the page's title says elsewhere: just that, or besides something, or in a part of it."""
    for one in (*ones, *others):
        if _key(one.text) in parts:
            return one
    for one in ones:
        if (own := _without_kicker(one, parts)) is not None:
            return own
    long = [part for part in parts if len(part) > LONG]
    return next((one for one in ones if any(_one_in_the_other(_key(one.text), part) for part in long)), None)


def _one_in_the_other(heading: str, part: str) -> bool:
    return part in heading or (len(heading) > LONG and heading in part)


def _without_kicker(one: Headline, parts: list[str]) -> Headline | None:
    """What a heading says without an element in it that the page's title elsewhere lacks: a number, or a kind of release.

    The heading then says more than the title, and stays in the text.
    """
    for child in one.element if one.element is not None else ():
        said = shown(child) if isinstance(child.tag, str) else ""
        if said and (one.text.startswith(said) or one.text.endswith(said)):
            rest = one.text.removeprefix(said) if one.text.startswith(said) else one.text.removesuffix(said)
            if len(_key(rest)) >= SHORTEST and _key(rest) in parts:
                return Headline(text=rest.strip(" :–-|"), element=one.element, whole=False)
    return None


def without_site(title: str, names: set[str]) -> str:
    """A title without the name of the site before or behind it."""
    parts = [part for part in _BETWEEN.split(title) if part]
    if len(parts) < 2:
        return title
    for part in (parts[-1], parts[0]):
        if _key(part) in names:
            return title.removeprefix(part).removesuffix(part).strip(" |–—·•:»›«/\\-") or title
    head, last = title[: title.rfind(parts[-1])].strip(" |–—·•:»›«/\\-"), parts[-1]
    return head if len(head) >= len(last) else title


def _headings(root: HtmlElement, name: str) -> list[Headline]:
    found: list[Headline] = []
    for element in root.iter(name):
        if any(up.tag in UNSEEN or hides(up) or _framed(up) for up in (element, *element.iterancestors())):
            continue
        text = shown(element) or _pictured(element)
        if text and len(text) <= LONGEST:
            found.append(Headline(text=text, element=element))
    return found


def _first_line(root: HtmlElement) -> Headline | None:
    for line in text_lines(visible_copy(body_of(root))):
        if len(line.text) >= SHORTEST:
            return Headline(text=normalise(line.text)[:LONGEST])
    return None


def _framed(element: HtmlElement) -> bool:
    """Whether a part of a page is its frame. A header may hold the title, and a form the whole page."""
    if element.tag in (*_EDGES, "body", "html", "main", "article") or element.get("role") == "banner":
        return False
    if next(element.iter("h1"), None) is not None and len(element) and element.tag in ("div", "section"):
        return _cookies(element)
    return by_role(element, inside=False) or by_name(element, inside=False)


def _cookies(element: HtmlElement) -> bool:
    """Whether a part is what a site asks about cookies, or a box that opens over the page."""
    named = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    asks = re.search(r"cookie|consent|gdpr|onetrust|modal|popup|dialog|lightbox", named) is not None
    return asks and len(" ".join(element.itertext())) < 6_000


def _logo(one: Headline) -> bool:
    """Whether a heading is only a link to the front page."""
    if one.element is None:
        return False
    links = [*one.element.iter("a"), *one.element.iterancestors("a")]
    return any(_FRONT.fullmatch((link.get("href") or "").strip()) for link in links)


def _pictured(element: HtmlElement) -> str:
    """What pictures in a heading say: some sites set their titles as such."""
    return normalise(" ".join(image.get("alt") or "" for image in element.iter("img")))


def _is_title(element: HtmlElement) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag != "svg"


def _key(text: str) -> str:
    return letters(text).casefold()
