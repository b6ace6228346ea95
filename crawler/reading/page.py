"""A page's bytes as a tree: decoded by what they are rather than by what they claim, with no text lost on the way."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from cssselect import HTMLTranslator
from lxml import etree
from lxml.html import HtmlElement, document_fromstring

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Elements nested deeper than this are laid flat: BeautifulSoup's lxml gives up without a word at 256.
MAX_DEPTH = 200
#: Beyond this many bytes a page that lxml cannot read is not read by the slow way either.
SLOW_LIMIT = 4_000_000
#: A tag longer than this holds an image or a trap (lxml is quadratic in attributes); its attributes are dropped.
LONG_TAG = 65_536

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w:.-]{2,40})", re.IGNORECASE)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
_MAGIC = (b"%PDF-", b"\x89PNG", b"PK\x03\x04", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
_NOT_PLAIN = (*_MAGIC, *(mark for mark, _ in _BOMS))
_LONG_TAG = re.compile(rb"<([A-Za-z][\w:-]*)[^<>]{%d,}>" % LONG_TAG)
_END = re.compile(rb"</(?:body|html)\b[^<>]*>", re.IGNORECASE)
_END_OF_ALL = re.compile(rb"</[hH][tT][mM][lL]")  # four letters each way search faster than one that ignores case
_NOTHING = re.compile(rb"(?:\s|</(?:body|html)\s*>|<!--(?:(?!-->).)*-->)*", re.IGNORECASE | re.DOTALL)
#: Elements of all kinds are plain HtmlElements: lxml.html's own choice is made in Python, for each one.
_ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement)
_DEEP = "/*" * (MAX_DEPTH + 1)
_BEHIND = "/html/body[1]/following-sibling::node()[normalize-space()]"
_TOO_DEEP, _TEXT_BEHIND, _UNFIT = (etree.XPath(f"boolean({path})") for path in (_DEEP, _BEHIND, f"{_DEEP} | {_BEHIND}"))
_BODY = etree.XPath("/html/body | /html/frameset")


def decode_body(body: bytes, content_type: str | None) -> str | None:
    """The text of a page; None where the bytes are no text.

    What they are counts before what they are said to be: a byte order mark, strict UTF-8, then the charset of the
    header, the XML declaration or the meta element, then windows-1252. "ISO-8859-1" means windows-1252, as it does in
    every browser (WHATWG Encoding, 4.2).
    """
    if body.startswith(_MAGIC):
        return None
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _sound(body[len(mark) :].decode(name, "replace"))
    if (wide := _wide(body)) is not None:
        return _sound(body.decode(wide, "replace"))
    if body.count(0) * 100 > len(body):
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    loose = body.decode("utf-8", "replace")
    faults, foreign = loose.count("\ufffd"), len(loose) - len(loose.encode("ascii", "ignore"))
    if foreign > 10 * faults:  # damaged UTF-8: nine in ten of its letters are whole
        return _sound(loose)
    for name in _declared(body, content_type):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return _sound(body.decode("cp1252", "replace"))


def parse(body: bytes, content_type: str | None) -> HtmlElement | None:
    """The tree of a page, whole but for scripts and styles; None where the bytes are no text, or a page that no parser should be given.

    lxml reads it in two milliseconds for 75 KB. It stops without an error at some depth of nesting: such a page is
    laid flat by a slower parser first, and no text is lost.
    """
    clean = _as_utf8(body, content_type)
    if not clean or clean.isspace():
        return None
    clean = _open_ended(clean)
    if _may_hold_long_tag(clean):
        clean = _LONG_TAG.sub(rb"<\1>", clean)
    root, whole = _fast(clean)
    if whole:
        return root
    if len(clean) > SLOW_LIMIT:
        return None
    root, whole = _fast(_flat(clean.decode("utf-8")).encode("utf-8", "replace"))
    return root if whole else None


def body_of(root: HtmlElement) -> HtmlElement:
    """The body of a page, or all of it where it has none."""
    found = cast("list[HtmlElement]", _BODY(root))
    return found[0] if found else root


@lru_cache(maxsize=1024)
def css(selector: str) -> etree.XPath:
    """A CSS selector as compiled XPath, the element asked being itself among those that may match.

    Raises:
        cssselect.SelectorError: where the selector is none.
    """
    return etree.XPath(HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::"))


@lru_cache(maxsize=1024)
def split_source(source: str) -> tuple[str, str | None]:
    """A source of a profile as its selector and its attribute: `time@datetime` is ("time", "datetime")."""
    selector, mark, attribute = source.rpartition("@")
    if mark and re.fullmatch(r"[\w:-]+", attribute):
        return selector.strip(), attribute
    return source.strip(), None


def select(element: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements in (and with) an element that a selector finds, in page order."""
    return cast("list[HtmlElement]", css(selector)(element))


def outermost(found: Sequence[HtmlElement]) -> list[HtmlElement]:
    """The elements that stand in none of the others."""
    chosen = set(found)
    return [one for one in found if chosen.isdisjoint(one.iterancestors())]


def remove(element: HtmlElement) -> None:
    """Take an element out of its tree, and leave the text behind it where it stands."""
    if element.getparent() is not None:
        element.drop_tree()


def _as_utf8(body: bytes, content_type: str | None) -> bytes | None:
    """A page's bytes as UTF-8 without NUL; most pages are that already, and are not taken apart. None: no text."""
    if not body.startswith(_NOT_PLAIN) and b"\x00" not in body:
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return body
    text = decode_body(body, content_type)
    return None if text is None else text.replace("\x00", "").encode("utf-8", "replace")


def _sound(text: str) -> str | None:
    return None if text.count("\ufffd") * 1000 > max(len(text), 1000) else text


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of the beginning is nought, or nearly."""
    head = body[:2000]
    half = len(head) // 2
    if half < 8:
        return None
    for name, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros.count(0) * 10 > half * 8 and letters.count(0) * 10 < half:
            return name
    return None


def _declared(body: bytes, content_type: str | None) -> list[str]:
    head = body[:4096]
    names = [match.group(1) for match in (_HEADER.search(content_type or ""),) if match]
    names += [match.group(1).decode("ascii", "replace") for match in (_XML.search(head), _META.search(head)) if match]
    known = []
    for name in names:
        try:
            codec = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if codec in ("utf-8", "utf-16", "utf-32"):  # it is neither, or we should not be here
            continue
        known.append("cp1252" if codec in ("iso8859-1", "ascii") else codec)
    return known


def _open_ended(clean: bytes) -> bytes:
    """A page without its end tags where something follows them: libxml2 reads no further, and says nothing."""
    first = _END_OF_ALL.search(clean)
    if first is None or _NOTHING.fullmatch(clean, first.start()):
        return clean
    return _END.sub(b"", clean)


def _may_hold_long_tag(clean: bytes) -> bool:
    """Whether there are so many bytes in a row without the end of a tag. False is certain."""
    at = 0  # behind a bracket
    while at + LONG_TAG < len(clean):
        last = max(clean.rfind(b"<", at, at + LONG_TAG), clean.rfind(b">", at, at + LONG_TAG))
        if last < 0:
            if clean.startswith(b"<", max(at - 1, 0)):
                return True
            nexts = (clean.find(b"<", at), clean.find(b">", at))
            last = min((found for found in nexts if found >= 0), default=len(clean))
        at = last + 1
    return False


def _fast(clean: bytes, *, again: bool = False) -> tuple[HtmlElement | None, bool]:
    """Lxml's tree, and whether it is the whole page and shallow enough for what reads it next."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        root = document_fromstring(clean, parser=parser)
    except etree.LxmlError:
        return None, not clean.strip()
    except (ValueError, AssertionError):
        return None, True
    etree.strip_elements(root, "script", "style", with_tail=False)  # nobody reads them, and they are half the text
    if parser.error_log.filter_from_fatals():
        return root, False
    if not _UNFIT(root):
        return root, True
    if not again and _TEXT_BEHIND(root):
        return _fast(_END.sub(b"", clean), again=True)
    return root, not _TOO_DEEP(root)


_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_APART = frozenset(("p", "div", "li", "tr", "ul", "ol", "table", "section", "article", "blockquote", "h1", "h2", "h3"))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")


def _flat(text: str) -> str:
    """A page without the tags that open deeper than a tree may be; their text stays. Linear, whatever the page."""
    out: list[str] = []
    opened: list[str] = []
    counts: dict[str, int] = {}
    low, at, beyond = text.lower(), 0, 0
    while (start := text.find("<", at)) >= 0:
        out.append(text[at:start])
        name = _NAME.match(text, start + 1) or (
            _NAME.match(text, start + 2) if text[start + 1 : start + 2] == "/" else None
        )
        if name is None and text[start + 1 : start + 2] not in ("!", "?", "/"):
            out.append("&lt;")
            at = start + 1
            continue
        comment = text.startswith("<!--", start)
        end = text.find("-->" if comment else ">", start + 4 if comment else start)
        if end < 0:  # what is open at the end is no text (HTML, 13.2.5)
            return "".join(out)
        at = end + (3 if comment else 1)
        if name is None:
            continue
        tag = name.group().lower()
        if text[start + 1] == "/":
            beyond = _close(tag, beyond, opened, counts, out)
        elif tag in ("script", "style"):
            at = max(low.find(f"</{tag}", at), 0) or len(text)
        elif tag in _VOID:
            out.append(text[start:at])
        elif len(opened) < MAX_DEPTH // 2:
            opened.append(tag)
            counts[tag] = counts.get(tag, 0) + 1
            out.append(text[start:at])
        else:
            beyond += 1
            out.append("<br>" if tag in _APART else "")
    out.append(text[at:])
    return "".join(out)


def _close(tag: str, beyond: int, opened: list[str], counts: dict[str, int], out: list[str]) -> int:
    """Write an end tag, or count off one whose start was left out; gives how many are still left out."""
    if beyond:
        out.append("<br>" if tag in _APART else "")
        return beyond - 1
    if not counts.get(tag):
        return 0
    while opened:
        last = opened.pop()
        counts[last] -= 1
        out.append(f"</{last}>")
        if last == tag:
            break
    return 0
