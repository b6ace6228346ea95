"""When an address is asked once more, and when a host is left alone."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.patience import Patience, seconds_of

NOW = dt.datetime(2026, 3, 4, 12, 0, tzinfo=dt.UTC)
HOST = "example.org"


def polite() -> Patience:
    return Patience(delay=1.0, limit=20)


def hurried() -> Patience:
    return Patience(delay=0.0, limit=32)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("60", 60.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("Wed, 04 Mar 2026 12:01:30 GMT", 90.0),
        ("Wed, 04 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert seconds_of(header, None, NOW) == seconds


def test_a_date_is_counted_from_the_servers_own_clock() -> None:
    assert seconds_of("Wed, 04 Mar 2026 12:00:30 GMT", "Wed, 04 Mar 2026 12:00:20 GMT", NOW) == 10.0


def test_a_polite_crawl_sits_a_minute_out_and_asks_again() -> None:
    patience = polite()
    verdict = patience.judge(HOST, 503, 60.0, repeated=False, now=100.0)
    assert verdict.again
    assert not verdict.late
    assert patience.wait(HOST, 100.0) == 60.0
    assert patience.wait(HOST, 161.0) == 0.0
    assert patience.wait("other.example.org", 100.0) == 0.0


def test_no_crawl_waits_longer_than_its_patience() -> None:
    for patience, most in ((polite(), 120.0), (hurried(), 5.0)):
        now = 0.0
        for _ in range(1600):
            patience.judge(HOST, 503, 2.0, repeated=False, now=now)
            now += patience.wait(HOST, now)
        assert now <= most


def test_a_hurried_crawl_hands_a_long_wait_on_as_it_is() -> None:
    patience = hurried()
    assert not patience.judge(HOST, 503, 60.0, repeated=False, now=0.0).again
    assert patience.wait(HOST, 0.0) == 0.0
    assert patience.left(HOST) is None


def test_answers_that_were_under_way_together_cost_one_wait() -> None:
    patience = hurried()
    for moment in range(16):
        assert patience.judge(HOST, 503, 2.0, repeated=False, now=moment / 100).again
    assert patience.budget > 2.0


def test_an_outage_of_some_pages_ends_no_crawl() -> None:
    patience = hurried()
    for page in range(1600):
        patience.judge(HOST, 503 if page % 5 < 2 else 200, 60.0, repeated=False, now=0.0)
    assert patience.left(HOST) is None


def test_an_outage_of_all_pages_does() -> None:
    patience = hurried()
    for _ in range(32):
        patience.judge(HOST, 503, 60.0, repeated=False, now=0.0)
    assert "503" in (patience.left(HOST) or "")
    assert patience.left("other.example.org") is None


def test_a_host_that_counts_us_is_left_at_once_where_we_were_polite() -> None:
    patience = polite()
    patience.judge(HOST, 429, 3600.0, repeated=False, now=0.0)
    assert "429" in (patience.left(HOST) or "")


def test_a_host_that_counts_us_without_a_time_is_left_in_peace_for_a_while() -> None:
    patience = polite()
    assert patience.judge(HOST, 429, None, repeated=False, now=0.0).again
    assert patience.wait(HOST, 0.0) == 10.0


def test_a_passing_fault_is_asked_again_once_and_last() -> None:
    patience = polite()
    for status in (400, 502, 503, 504, 522):
        verdict = patience.judge(HOST, status, None, repeated=False, now=0.0)
        assert verdict.again
        assert verdict.late
        assert verdict.after == 2.0
        assert not patience.judge(HOST, status, None, repeated=True, now=9.0).again
    assert patience.wait(HOST, 0.0) == 0.0


@pytest.mark.parametrize("status", [200, 204, 301, 304, 401, 403, 404, 410, 451, 500, 501])
def test_other_answers_are_answers(status: int) -> None:
    assert not polite().judge(HOST, status, 60.0, repeated=False, now=0.0).again


def test_second_tries_are_few() -> None:
    patience = Patience(delay=1.0, limit=10**6)
    tries = sum(patience.judge_failure(HOST, "reset", slow=False, repeated=False).again for _ in range(1000))
    assert 100 <= tries <= 121


def test_a_dead_host_is_left_after_a_row_of_failures_and_sooner_when_each_takes_its_time() -> None:
    for slow, most in ((False, 20), (True, 5)):
        patience = polite()
        for _ in range(most - 1):
            patience.judge_failure(HOST, "time-out", slow=slow, repeated=False)
        assert patience.left(HOST) is None
        patience.judge_failure(HOST, "time-out", slow=slow, repeated=False)
        assert patience.left(HOST) is not None


def test_one_good_answer_ends_a_row_of_failures() -> None:
    patience = polite()
    for _ in range(200):
        for _ in range(19):
            patience.judge_failure(HOST, "reset", slow=False, repeated=False)
        patience.judge(HOST, 200, None, repeated=False, now=0.0)
    assert patience.left(HOST) is None
