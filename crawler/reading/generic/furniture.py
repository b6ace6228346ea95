"""What stands around a text on pages that nobody described: told by tags, roles, names and what a part consists of."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from changes.release import letters

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: Elements of a page's frame, by what HTML says they are for. A `form` may hold the whole page (ASP.NET).
TAGS = frozenset(
    ("nav", "footer", "header", "aside", "dialog", "menu", "form", "button", "search", "label", "fieldset")
)
#: Never part of a text, wherever they stand.
ALWAYS = frozenset(("nav", "dialog", "menu", "button", "textarea", "option", "input", "progress", "meter", "search"))
#: The same by role (WAI-ARIA 1.2, 5.3.4 and the widgets that come over a page).
ROLES = frozenset(
    ("navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu", "menubar",
     "toolbar", "tablist", "status", "timer", "marquee", "tooltip")
)  # fmt: skip
_NEVER = frozenset(
    ("navigation", "search", "dialog", "alertdialog", "menu", "menubar", "toolbar", "timer", "marquee", "tooltip")
)

#: Words in names of parts that are no text, even in the middle of one.
_INSIDE = frozenset(
    ("share", "shares", "sharing", "sharebar", "sharethis", "sharedaddy", "addtoany", "addthis", "shareholder-tools",
     "socialshare", "breadcrumb", "breadcrumbs", "crumbs", "pagination", "pager", "paging", "related", "recommended",
     "recommendations", "trending", "mostread", "newsletter", "backtotop", "skiplink", "jp-relatedposts",
     "pageviews", "viewcount", "hitcount", "navbar", "navigation", "sidenav", "comments", "disqus", "advert",
     "advertisement", "sponsored", "printfriendly", "postnav", "toolbox")
)  # fmt: skip
#: And words that tell only outside of the element which holds most of the text.
_OUTSIDE = _INSIDE | frozenset(
    ("cookie", "cookies", "cookiebanner", "cookieconsent", "cookiebar", "consent", "gdpr", "onetrust", "cookiebot",
     "usercentrics", "didomi", "nav", "menu", "mainmenu", "megamenu", "submenu", "offcanvas", "sidebar", "footer",
     "sitefooter", "masthead", "siteheader", "topbar", "toolbar", "searchform", "searchbox", "search", "login",
     "feedback", "rating", "survey", "popular", "ads", "popup", "modal", "lightbox", "overlay", "chat", "chatbot",
     "social", "subscribe", "subscription", "languageswitcher", "langswitch", "widget", "widgets", "clock", "weather",
     "ticker", "counter", "header", "banner", "crumb")
)  # fmt: skip
_PAIRS = frozenset(
    ("skip link", "skip links", "skip nav", "skip to", "back top", "top bar", "most read", "read next", "more news",
     "latest news", "view count", "page views", "share bar", "social media", "social links", "social icons",
     "addtoany share", "lang switch", "language switcher", "post navigation", "page nav", "print friendly")
)  # fmt: skip
#: Words that only say where a part with another word stands, or what it is made of.
_PLAIN = frozenset(
    ("main", "site", "page", "top", "bottom", "left", "right", "bar", "box", "block", "list", "links", "link", "wrap",
     "wrapper", "container", "inner", "outer", "content", "section", "area", "region", "row", "col", "primary",
     "secondary", "global", "mobile", "desktop", "button", "buttons", "icons", "icon", "item", "items", "group", "form",
     "media", "panel", "notice", "policy", "message", "dialog", "js", "ui", "component", "module", "footer", "header")
)  # fmt: skip

_SPLIT = re.compile(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])")

#: Headings of lists that lead away from a text.
_AWAY = re.compile(
    r"(?:(?:more|other|latest|recent|related|similar|further)\s+(?:news|articles?|posts?|press releases?|releases|stories|content|topics"
    r"|links|pages|publications|statements)|related(?: (?:items|information))?|read (?:more|next|also)|see also|you (?:may|might) also (?:like|be interested in)"
    r"|most (?:read|popular|viewed)|popular(?: news)?|trending|recommended|share(?: (?:this(?: (?:page|article|post|story))?|on .{2,40}))?|follow us(?: on .{2,40})?|tags|stay (?:connected|informed|up to date)"
    r"|sign up.{0,60}|subscribe.{0,60}|newsletter|explore the topic|contents of this page|is this page useful\??|help us improve .{2,30}"
    r"|relaterat?(?:de)?(?: \w+)?|läs (?:mer|också|även)|fler nyheter|senaste nytt|dela(?: (?:sidan|artikeln|på .{2,30}))?|mest läst"
    r"|relatert(?:e)?(?: \w+)?|les (?:mer|også)|siste nytt|flere nyheter|del(?: (?:siden|på .{2,30}))?|læs (?:mere|også)|seneste nyt|relaterede \w+"
    r"|lue (?:lisää|myös)|aiheeseen liittyvää|jaa(?: sivu)?|weitere (?:meldungen|nachrichten|artikel|themen|informationen)|mehr zum thema|ähnliche \w+|verwandte \w+"
    r"|das könnte sie auch interessieren|teilen|seite teilen|(?:à lire aussi|lire aussi|voir aussi|articles? (?:liés|similaires|récents)|sur le même sujet|partager(?: .{2,30})?|actualités|dernières actualités|derniers articles)"
    r"|gerelateerd(?:e)?(?: \w+)?|lees (?:meer|ook)|meer nieuws|deel deze pagina|zie ook|ver también|noticias relacionadas|compartir)",
    re.IGNORECASE,
)

#: A text that moves by itself, being all that a line says: "3 hours ago", "1,204 views", "14:05:33". Visitors and
#: downloads are counted in releases, too: they are no such text.
_UNIT = (
    r"(?:s|sec(?:ond)?s?|sek(?:und(?:er|en)?)?|m|mins?|minutes?|minut(?:er|ter|en)?|minuten|h|hrs?|hours?|timm(?:e|ar)|timer?|stunden?|heures?"
    r"|d|days?|dag(?:ar|er|e|en)?|tag(?:en|e)?|jours?|weeks?|veck(?:a|or)|uker?|uger?|wochen?|semaines?|months?|månad(?:er)?|måned(?:er)?"
    r"|monat(?:en|e)?|mois|years?|år|jahr(?:en|e)?|ans?)"
)
_COUNT = r"(?:\d{1,3}|an?|one|en|ett|et|einer?|einem|une?)"
_LABEL = r"(?:(?:published|posted|updated|last updated|modified|publicerad|uppdaterad|publisert|veröffentlicht|aktualisiert|publié|mis à jour)(?: (?:on|den|am|le))?:?\s*)?"
_SEEN = (
    r"(?:page ?views?|views?|hits|times (?:viewed|read)|visningar|visninger|aufrufe|vues|likes?|comments?|kommentarer?)"
)
_RESTLESS = re.compile(
    rf"{_LABEL}(?:(?:about |over |almost |less than |ca |circa )?{_COUNT}\s*{_UNIT}\s*(?:ago|sedan|siden|geleden|sitten)"
    rf"|(?:il y a|vor|hace|for|för) (?:etwa |environ |über |ca )?{_COUNT}\s*{_UNIT}(?: siden| sedan)?|just now|nyss|akkurat nå|gerade eben)"
    rf"|(?:number of |antal |anzahl |nombre de )?{_SEEN}\s*[:#]?\s*\(?\d[\d.,\s]*[km]?\)?|\(?\d[\d.,\s]*[km]?\)?\s*(?:total |unique )?{_SEEN}"
    r"|\d{1,2}:\d{2}:\d{2}(?:\s*[ap]\.?m\.?)?|(?:reading time|read time|lästid|lesezeit|temps de lecture)?:?\s*(?:ca )?\d{1,3}\s*min(?:ut(?:e[rs]?|en)?)?(?: (?:read|läsning|lesezeit|de lecture))",
    re.IGNORECASE,
)
_TIMED = re.compile(
    rf"{_LABEL}(?:{_COUNT}\s*{_UNIT}|yesterday|today|i ?går|i ?dag|gestern|heute|hier|aujourd['’]hui)", re.IGNORECASE
)
_NOTICE = re.compile(r"(?:©|\(c\)|copyright\b)", re.IGNORECASE)
LONGEST_NOTICE = 160
LONGEST_RESTLESS = 60


def away(text: str) -> bool:
    """Whether a heading stands over what leads away from the text: related news, ways to share."""
    return len(text) < 80 and _AWAY.fullmatch(text.strip(" :…»>")) is not None


def restless(text: str, *, timed: bool = False) -> bool:
    """Whether all parts of a line move by themselves. `timed`: it stands in a `time`, where "3 h" is enough to tell."""
    if len(text) > LONGEST_RESTLESS:
        return False
    parts = [part for part in re.split(r"\s*[|/·•]\s*", text.strip(" ·|•,–-")) if part]
    return bool(parts) and all(
        _RESTLESS.fullmatch(part) is not None or (timed and _TIMED.fullmatch(part) is not None) for part in parts
    )


def owner_line(text: str) -> bool:
    """Whether a line says who owns a site, with a year that moves."""
    return len(text) <= LONGEST_NOTICE and _NOTICE.match(text) is not None


def by_role(element: HtmlElement, *, inside: bool) -> bool:
    """Whether an element's tag or role says that it is no text; `inside` the text's own element fewer do."""
    role = (element.get("role") or "").strip().lower()
    if inside:
        return element.tag in ALWAYS or role in _NEVER or element.get("aria-modal") == "true"
    return element.tag in TAGS or element.tag in ALWAYS or role in ROLES or element.get("aria-modal") == "true"


def by_name(element: HtmlElement, *, inside: bool) -> bool:
    """Whether a name that the site gave an element says that it is no text.

    An `id` is often made of a heading's words ("social-security"): it counts only where all its words are of a frame.
    """
    known = _INSIDE if inside else _OUTSIDE
    if (classes := element.get("class")) and any(_named(name, known) for name in classes.split()):
        return True
    ident = element.get("id")
    return bool(ident) and _all_named(ident or "", known)


@lru_cache(maxsize=8192)
def _named(name: str, known: frozenset[str]) -> bool:
    words = _words(name)
    if any(word in known for word in words) or "".join(words) in known:
        return not (words and words[0] in ("has", "no", "with", "without", "is", "not"))
    return any(f"{one} {two}" in _PAIRS for one, two in pairwise(words))


@lru_cache(maxsize=8192)
def _all_named(name: str, known: frozenset[str]) -> bool:
    words = _words(name)
    return any(word in known for word in words) and all(word in known or word in _PLAIN for word in words)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _SPLIT.split(name[:200]) if word]


def same_words(one: str, other: str) -> bool:
    """Whether two texts have the same letters, whatever their case."""
    return bool(one) and letters(one).casefold() == letters(other).casefold()
