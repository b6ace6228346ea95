"""What a robots.txt says to us."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.robots import MOST_BYTES, rules_of

PAGE = "https://example.org/press/2026/a"


def allowed(text: str | bytes, path: str = "/press/2026/a") -> bool:
    body = text if isinstance(text, bytes) else text.encode()
    return rules_of(200, body).allow("https://example.org" + path)


def test_rules_for_all_hold_for_us() -> None:
    assert not allowed("User-agent: *\nDisallow: /press/")
    assert allowed("User-agent: *\nDisallow: /tx/")


def test_our_own_group_comes_before_the_one_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Pressvakt\nDisallow: /tx/\n"
    assert allowed(text)
    assert not allowed(text, "/tx/1")


@pytest.mark.parametrize("name", ["pressvakt", "PressVakt", "pressvakt/1.0", "pressvakt # us", "pressvakt*"])
def test_our_group_is_known_in_any_spelling(name: str) -> None:
    assert not allowed(f"User-agent: *\nAllow: /\n\nUser-agent: {name}\nDisallow: /press/")


@pytest.mark.parametrize("name", ["press", "pressvaktbot", "vakt", "xpressvakt", "googlebot"])
def test_a_group_for_somebody_else_is_not_ours(name: str) -> None:
    assert not allowed(f"User-agent: {name}\nAllow: /\n\nUser-agent: *\nDisallow: /press/")
    assert allowed(f"User-agent: {name}\nDisallow: /press/")


def test_a_group_may_name_many() -> None:
    assert not allowed("User-agent: googlebot\nUser-agent: pressvakt\n\nDisallow: /press/")


def test_groups_of_one_name_are_one() -> None:
    text = "User-agent: pressvakt\nDisallow: /a/\n\nUser-agent: x\nDisallow: /\n\nUser-agent: pressvakt\nDisallow: /b/"
    assert not allowed(text, "/a/1")
    assert not allowed(text, "/b/1")
    assert allowed(text, "/c/1")


def test_the_longest_rule_wins_and_allow_wins_a_tie() -> None:
    text = "User-agent: *\nDisallow: /press/\nAllow: /press/2026/\nDisallow: /*.pdf$\n"
    assert allowed(text)
    assert not allowed(text, "/press/2025/a")
    assert not allowed(text, "/file.pdf")
    assert allowed("User-agent: *\nDisallow: /press\nAllow: /press\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_and_a_byte_order_mark_will_do(ending: str) -> None:
    text = ending.join(["\ufeffUser-agent: *", "Disallow: /press/", ""])
    assert not allowed(text)
    assert not allowed(text.encode("utf-16"))


def test_a_line_at_the_limit_is_not_read_by_half() -> None:
    head = b"User-agent: *\n"
    filler = b"# " + b"x" * (MOST_BYTES - len(head) - 2 - 1 - len(b"Disallow: /")) + b"\n"
    assert len(head + filler) + len(b"Disallow: /") == MOST_BYTES
    assert allowed(head + filler + b"Disallow: /press-archive-of-old/\n")


def test_a_large_file_holds_up_to_its_limit() -> None:
    head = b"User-agent: *\nDisallow: /press/\n"
    assert not allowed(head + b"# filler\n" * 100_000)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 301, 304])
def test_a_file_that_is_not_there_allows_all(status: int) -> None:
    assert rules_of(status, b"User-agent: *\nDisallow: /").allow(PAGE)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, 599, 199, 999])
def test_a_file_that_cannot_be_had_forbids_all(status: int) -> None:
    rules = rules_of(status, b"")
    assert not rules.allow(PAGE)
    assert str(status) in (rules.unreachable or "")


def test_a_web_page_in_its_place_is_no_rules_and_noted() -> None:
    rules = rules_of(200, b"<!doctype html><html><title>Sidan finns inte</title><p>Disallow us</html>")
    assert rules.allow(PAGE)
    assert rules.note is not None


def test_rules_behind_a_stray_tag_still_hold() -> None:
    assert not allowed("<pre>\nUser-agent: *\nDisallow: /press/\n</pre>")


def test_an_empty_file_allows_all() -> None:
    assert allowed(b"")


@pytest.mark.parametrize(
    ("line", "delay"),
    [("10", 10.0), ("0.5", 0.5), ("3600", 60.0), ("0", None), ("-5", None), ("nan", None), ("inf", None), ("x", None)],
)
def test_a_crawl_delay_is_kept_up_to_a_minute(line: str, delay: float | None) -> None:
    assert rules_of(200, f"User-agent: *\nCrawl-delay: {line}\n".encode()).delay == delay


def test_the_crawl_delay_of_others_is_not_ours() -> None:
    assert rules_of(200, b"User-agent: slurp\nCrawl-delay: 10\n\nUser-agent: *\nDisallow: /x\n").delay is None


def test_real_files_are_read_without_fault(shared: Path) -> None:
    files = sorted((shared / "data" / "robots_feeds_sitemaps" / "robots").glob("*.txt"))
    assert files
    for file in files:
        rules = rules_of(200, file.read_bytes())
        assert rules.unreachable is None
        assert rules.allow("https://" + file.stem + "/robots.txt")
