"""The words about a crawl."""

from __future__ import annotations

from pressvakt.crawling import nothing_read, summary
from pressvakt.naming import user_agent


def test_a_summary_adds_up_and_names_what_happened() -> None:
    stats = {
        "planned": 12,
        "page/changed": 1,
        "page/fault/blocked": 2,
        "page/unchanged": 8,
        "page/published": 1,
        "change/edited": 1,
        "change/published": 1,
        "list/read": 3,
        "list/unreachable": 1,
    }

    expected = "press: 12 pages = 1 changed + 2 blocked + 8 unchanged + 1 published; 1 edited; lists: 1 unreachable"
    assert summary("press", stats) == expected


def test_a_crawl_in_which_nobody_answered_read_nothing() -> None:
    away = {"planned": 2, "page/fault/unreachable": 2, "list/unreachable": 3}

    assert nothing_read(away)
    assert not nothing_read(away | {"list/read": 1})
    assert not nothing_read(away | {"page/unchanged": 1})


def test_we_say_who_we_are_and_how_to_reach_us() -> None:
    assert user_agent("watch@press.example").startswith("Pressvakt/")
    assert user_agent("watch@press.example").endswith("(+watch@press.example)")
