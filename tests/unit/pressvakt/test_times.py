from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

import pytest

from pressvakt.times import iso, moment, when

NOW = dt.datetime(2024, 7, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def stockholm(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader in Stockholm, two hours before Greenwich in summer."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Stockholm")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5d", "2024-06-26T12:00:00Z"),
        ("36h", "2024-06-30T00:00:00Z"),
        ("2w", "2024-06-17T12:00:00Z"),
        ("90min", "2024-07-01T10:30:00Z"),
        ("2024-05-03", "2024-05-02T22:00:00Z"),
        ("2024-01-03", "2024-01-02T23:00:00Z"),
        ("2024-05-03T14:30", "2024-05-03T12:30:00Z"),
        ("2024-05-03 14:30", "2024-05-03T12:30:00Z"),
        ("2024-05-03T14:30Z", "2024-05-03T14:30:00Z"),
        ("2024-05-03T14:30+05:30", "2024-05-03T09:00:00Z"),
    ],
)
def test_a_time_is_read_as_the_reader_means_it(text: str, expected: str) -> None:
    assert expected == iso(moment(text, now=NOW))


def test_the_end_of_a_day_is_the_start_of_the_next() -> None:
    assert iso(moment("2024-05-03", now=NOW, end=True)) == "2024-05-03T22:00:00Z"


@pytest.mark.parametrize("text", ["", "d", "5", "5x", "yesterday", "2024-02-30", "2024-13-01", "99999y", "3/5/2024"])
def test_what_is_no_time_is_refused_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="write 5d, 12h"):
        moment(text, now=NOW)


def test_times_are_shown_by_the_readers_own_clock() -> None:
    assert when(dt.datetime(2024, 5, 3, 22, 30, tzinfo=dt.UTC)) == "4 May 2024 00:30"
