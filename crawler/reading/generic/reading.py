"""A page of a site without rules, as a release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.reading.extract import Reading, extract
from crawler.reading.generic.rules import GENERIC

if TYPE_CHECKING:
    from crawler.reading.profiles import SiteProfile


def read_generic(body: bytes, profile: SiteProfile, *, url: str, content_type: str | None = None) -> Reading:
    """Read a page as if the profile had no rules: what any page tells of title, days, text, language and files.

    Of the profile, language, time zone, title and wording are asked. `problem` says why where nothing was read.
    """
    plain = replace(profile, release=(GENERIC,), page_object=None)
    return extract(body, plain, url=url, content_type=content_type)
