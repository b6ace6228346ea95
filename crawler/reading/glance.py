"""A first look at an answer: all that its bytes and the rules tell, without a word of the archive.

It needs nothing but its question, so it can be had in another process while pages are fetched and kept in this one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from changes.canonical import text_digest
from changes.release import Release
from crawler.items import Fetch
from crawler.reading.extract import read_with
from crawler.reading.fingerprint import fingerprint, rules_behind
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules, SiteProfile
from crawler.reading.screening import Verdict, page_text, screen


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of an answer that has come home."""

    fetch: Fetch
    url: str  #: the page's address
    new: bool  #: whether the page was never read: then its release is wanted
    seen: str | None = None  #: the fingerprint of what a reader saw last
    digest: str | None = None  #: of the bytes that said so


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What was found. What was not asked for, or could not be told, is None or empty."""

    digest: str
    fingerprint: str | None = None  #: by the rules that it names
    verdict: Verdict | None = None
    release: Release | None = None
    text_digest: str | None = None  #: of the release
    rules: str | None = None  #: what read the release
    misfits: tuple[str, ...] = ()  #: rules that were tried before those, and do not fit


def glance(question: Question, profile: SiteProfile, rules: Sequence[ReleaseRules]) -> Glance:
    """Look at an answer: is it what the page was; and if the page is new, is it a release, and what does it say?

    Args:
        question: The answer, and what is known of its page.
        profile: The site's profile.
        rules: All rules that are known for the site.
    """
    fetch = question.fetch
    digest = payload_digest(fetch.body)
    if fetch.status != HTTPStatus.OK or (digest == question.digest and not question.new):
        return Glance(digest=digest)
    root = page_tree(fetch.body, fetch.header("content-type"), profile)
    if root is None:
        return Glance(digest=digest)
    if not question.new:
        last = rules_behind(question.seen, rules)
        return Glance(digest=digest, fingerprint=fingerprint(root, last, profile) if last is not None else None)
    verdict = screen(fetch, page_text(root), profile)
    misfits: list[str] = []
    for one in rules if verdict.ok else ():
        release = read_with(root, one, profile, question.url)
        if release is not None:
            return Glance(
                digest=digest,
                fingerprint=fingerprint(root, one, profile),
                verdict=verdict,
                release=release,
                text_digest=text_digest(release),
                rules=one.name,
                misfits=tuple(misfits),
            )
        misfits.append(one.name)
    return Glance(digest=digest, verdict=verdict, misfits=tuple(misfits))


def payload_digest(body: bytes) -> str:
    """The name of a payload: `sha256:…`."""
    return "sha256:" + hashlib.sha256(body).hexdigest()
