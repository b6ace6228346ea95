"""At the end of the first crawl of a site without rules: what stands on its pages in the same words is no release's."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from crawler.reading.generic.boilerplate import boilerplate
from crawler.reading.generic.rules import GENERIC, is_generic
from crawler.reading.pages import page_tree
from storage.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.archivist import Archivist
    from storage.records import Page

logger = logging.getLogger(__name__)

#: So many pages teach it; more would only cost time.
LESSONS = 40


def learn_furniture(archivist: Archivist, *, at: dt.datetime) -> None:
    """Keep rules that leave out what stands on most pages of a site in the same words, and tell the operator which.

    They are tried before the plain generic ones from the next crawl on. A page is kept as they read it when it is next
    looked at closely; that its furniture is gone is no change.
    """
    if not archivist.site.baseline or not any(map(is_generic, archivist.profile.release)):
        return
    if any(map(is_generic, archivist.learnt)):
        return
    roots = [
        root for page in islice(archivist.archive.pages(archivist.site.id), LESSONS) for root in _read(archivist, page)
    ]
    names = boilerplate(roots)
    if not names:
        return
    rules = replace(GENERIC, name=f"{GENERIC.name}-{at:%Y%m%dT%H%M%S}", noise=(*GENERIC.noise, *names))
    archivist.learnt = [rules, *archivist.learnt]
    with archivist.archive.writing() as unit:
        unit.set_layout(archivist.site.id, msgspec.json.encode(archivist.learnt).decode())
    shown = ", ".join(names)
    logger.warning("%s: left out of texts, because most pages say the same there: %s", archivist.site.name, shown)


def _read(archivist: Archivist, page: Page) -> Iterator[HtmlElement]:
    """The tree of a page that was read by the plain generic rules, marked; nothing where its answer is damaged."""
    version = archivist.archive.latest(page.id) if page.version is not None else None
    kept = archivist.archive.snapshot(version.snapshot_id) if version is not None else None
    if version is None or kept is None or version.rules != GENERIC.name:
        return
    content_type = next((value for name, value in kept.headers if name.lower() == "content-type"), None)
    try:
        body = archivist.archive.payload(kept.digest)
    except Damaged:
        return
    with archivist.reading(page.url):
        root = page_tree(body, content_type, archivist.profile)
    if root is not None:
        yield root
