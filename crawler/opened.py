"""An answer, opened: what the reading and the writing of a page share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from changes.canonical import text_digest
from crawler.reading.fingerprint import fingerprint
from crawler.reading.glance import Glance, payload_digest
from crawler.reading.pages import page_tree
from crawler.reading.screening import PageText, Verdict, page_text, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from changes.release import Release
    from crawler.items import Fetch
    from crawler.reading.profiles import ReleaseRules, SiteProfile


@dataclass(frozen=True)
class Opened:
    """A fetched page. It is parsed when something is asked that no glance has told already."""

    fetch: Fetch
    profile: SiteProfile = field(repr=False)
    glance: Glance = field(repr=False)

    @property
    def digest(self) -> str:
        """The name of its payload."""
        return self.glance.digest

    @cached_property
    def tree(self) -> HtmlElement | None:
        """The page's tree; None where there is no text to parse."""
        return page_tree(self.fetch.body, self.fetch.header("content-type"), self.profile)

    @property
    def readable(self) -> bool:
        """Whether there is any text to parse."""
        return self.glance.release is not None or self.tree is not None

    @property
    def root(self) -> HtmlElement:
        """The tree of a page that has one."""
        if self.tree is None:
            raise ValueError(f"{self.fetch.url} has no text to parse")
        return self.tree

    @property
    def hrefs(self) -> list[str]:
        """The addresses of all links on the page."""
        return [link.get("href") or "" for link in self.root.iter("a")]

    def seen(self, rules: ReleaseRules) -> str | None:
        """The fingerprint of what a reader sees, by these rules; None where they find nothing to read."""
        if (told := self.glance.fingerprint) is not None and told.rpartition(":")[0] == rules.name:
            return told
        return fingerprint(self.tree, rules, self.profile) if self.tree is not None else None

    def screened(self, *, expected: str | None) -> Verdict:
        """Whether this is the publisher speaking.

        `expected` is the language that the page was read in before.
        """
        if expected is None and self.glance.verdict is not None:
            return self.glance.verdict
        text = page_text(self.tree) if self.tree is not None else PageText()
        return screen(self.fetch, text, self.profile, expected=expected)

    def first_reading(self, rules: Sequence[ReleaseRules]) -> tuple[Release, ReleaseRules] | None:
        """What the first of these rules that fit read; None also where no glance has told."""
        for one in rules:
            if one.name == self.glance.rules and self.glance.release is not None:
                return self.glance.release, one
            if one.name not in self.glance.misfits:
                return None
        return None

    def text_digest(self, release: Release) -> str:
        """The digest of what a release read from this page says."""
        if release is self.glance.release and self.glance.text_digest is not None:
            return self.glance.text_digest
        return text_digest(release)


def open_page(fetch: Fetch, profile: SiteProfile, *, digest: str | None = None) -> Opened | None:
    """The page in an answer; None where there is no text to parse."""
    page = Opened(fetch, profile, Glance(digest=digest or payload_digest(fetch.body)))
    return page if page.tree is not None else None
