"""What a profile's values may be: selectors, regular expressions, addresses, languages, zones and page objects."""

from __future__ import annotations

import importlib
import re
import unicodedata
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cssselect import SelectorError
from lxml.etree import LxmlError

from crawler.reading.addresses import identify
from crawler.reading.page import css as compiled
from crawler.reading.page import split_source
from crawler.reading.patterns import weakness
from crawler.reading.toml_faults import Node
from crawler.reading.toml_values import Reader, meant, said, text

_PLACEHOLDERS = ("page", "size", "offset")


def css(node: Node) -> str:
    """A CSS selector of an element, as the readers of pages understand it."""
    selector = text(node)
    if split_source(selector)[1] is not None:
        raise node.refuse(f"{said(node)} names an attribute, but an element is wanted here; leave out the @…")
    _compile(node, selector)
    return selector


def source(node: Node) -> str:
    """A CSS selector, and after it `@name` where the value stands in an attribute."""
    written = text(node)
    _compile(node, split_source(written)[0])
    return written


def pattern(*groups: str, flags: int = 0, empty: bool = False) -> Reader:
    """A reader of regular expressions that end in time, name only these groups, and do not fit each and every text."""

    def read(node: Node) -> str:
        if not isinstance(node.value, str) or not node.value:
            raise node.refuse(f"{said(node)} is no regular expression; put it in single quotes")
        expression = unicodedata.normalize("NFC", node.value)
        if wrong := weakness(expression, flags):
            raise node.refuse(f"{said(node)} {wrong}")
        compiled = re.compile(expression, flags)
        if not empty and compiled.search(""):
            raise node.refuse(f"{said(node)} fits even an empty text, and so every one; say what must be there")
        for name in compiled.groupindex:
            if name not in groups:
                known = f"known: {', '.join(groups)}" if groups else "none is read here"
                raise node.refuse(f"unknown group {name!r}{meant(name, groups) or '; ' + known}")
        return expression

    return read


def base_url(node: Node) -> str:
    """Scheme and host of a site, in one spelling, no slash at its end."""
    address = _web_address(node)
    parts = urlsplit(address)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise node.refuse(f"{said(node)} goes on after its host; write {parts.scheme}://{parts.netloc}")
    return (identify(address, address) or address).rstrip("/")


def list_address(node: Node) -> str:
    """An address, or a path below `base_url`, with the placeholders of a list."""
    written = text(node)
    for name in re.findall(r"\{(.*?)\}", written):
        if name not in _PLACEHOLDERS:
            near = meant(name, _PLACEHOLDERS) or f"; known: {', '.join(_PLACEHOLDERS)}"
            raise node.refuse(f"unknown placeholder {{{name}}}{near}")
    if written.startswith("/") and not written.startswith(("//", "/\\")):
        if not identify(written, "http://host.example/"):
            raise node.refuse(f"{said(node)} is no path that can be asked for")
        return written
    _web_address(node)
    return written


def alias(node: Node) -> str:
    """A host name, with its port where it has one of its own."""
    host = text(node).lower()
    if "/" in host or not identify(f"http://{host}/", f"http://{host}/"):
        raise node.refuse(f'{said(node)} is no host name; write "www.example.org"')
    _check_host(node, urlsplit(f"http://{host}/").hostname or "")
    return host


def language(node: Node) -> str:
    """A language tag (BCP 47): `sv`, `en-GB`."""
    tag = text(node)
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
        raise node.refuse(f'{said(node)} is no language tag; write "sv" or "en-GB" (BCP 47)')
    return tag


def time_zone(node: Node) -> ZoneInfo:
    """A zone of the IANA database: `Europe/Stockholm`."""
    name = text(node)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, a way out of the folder, the folder of a continent
        zones = {zone.lower(): zone for zone in available_timezones()}
        near = re.search(r"'(.*)'", meant(name, zones))
        hint = f"; did you mean {zones[near[1]]!r}?" if near else '; write "Europe/Stockholm"'
        raise node.refuse(f"{said(node)} is no time zone that is known here{hint}") from None


def page_object(node: Node) -> str:
    """`module:function` below `crawler.reading.pages`, which must be there."""
    name = text(node)
    match = re.fullmatch(r"([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*):([A-Za-z_]\w*)", name)
    if not match:
        raise node.refuse(f'{said(node)} is no page object; write "module:function"')
    try:
        module = importlib.import_module(f"crawler.reading.pages.{match[1]}")
    except ImportError as error:
        raise node.refuse(f"no page object {name!r} in crawler/reading/pages: {error}") from None
    if not callable(getattr(module, match[2], None)):
        raise node.refuse(f"no function {match[2]!r} in crawler/reading/pages/{match[1].replace('.', '/')}.py")
    return name


def _compile(node: Node, selector: str) -> None:
    try:
        compiled(selector)
    except (SelectorError, LxmlError, SyntaxError, ValueError) as error:
        reason = str(error).split("\n", 1)[0].rstrip(".:")
        raise node.refuse(f"{said(node)} is no CSS selector: {reason}") from None
    except RecursionError:
        raise node.refuse(f"{said(node)} is nested too deeply") from None


def _web_address(node: Node) -> str:
    """An absolute http or https address that every client reads alike."""
    written = text(node)
    if not re.match(r"https?://[^/?#\\]", written, re.IGNORECASE):
        raise node.refuse(f'{said(node)} is no web address; write "https://www.example.org"')
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise node.refuse(f"{said(node)} is no web address: {error}") from None
    if "@" in parts.netloc:
        raise node.refuse(f"the address at {host} has a user name in it; a site is asked without one")
    if not identify(written, written):
        raise node.refuse(f'{said(node)} is no web address; write "https://www.example.org"')
    _check_host(node, host)
    return written


def _check_host(node: Node, host: str) -> None:
    if not host.isascii():
        raise node.refuse(f"the host {host!r} has letters beyond ASCII; write it as {_ascii(host)!r}")
    last = host.rstrip(".").rpartition(".")[2]
    plain = re.fullmatch(r"(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}", host)
    if re.fullmatch(r"\d+|0x[0-9a-f]*", last) and not plain:
        # 127.1, 0x7f000001 and 2130706433 are all the same machine to some clients
        raise node.refuse(f"the host {host!r} is an address in an odd spelling; write four numbers, as 192.0.2.1")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return "xn--…"
