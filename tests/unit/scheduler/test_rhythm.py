"""How often pages are edited: by the law, and by what a site's own history adds."""

from __future__ import annotations

import pytest

from scheduler.rhythm import BOUNDS, Rhythm, leaning, own_rate
from storage.rhythm import Watched

BANDS = len(BOUNDS) + 1


def test_half_of_all_edits_come_within_three_hours_and_one_in_ten_after_a_week() -> None:
    law = Rhythm()
    whole = law.expected(0, 10_000)

    assert law.expected(0, 3 / 24) / whole == pytest.approx(0.46, abs=0.04)
    assert 1 - law.expected(0, 7) / whole == pytest.approx(0.1, abs=0.03)


def test_what_is_expected_adds_up_whatever_the_ages() -> None:
    learnt = Rhythm.learn([Watched(edits=number, days=40.0 * number) for number in range(BANDS)])

    whole = learnt.expected(0, 4000)

    assert sum(learnt.expected(age, age + 7.3) for age in [7.3 * step for step in range(548)]) == pytest.approx(
        whole, rel=0.001
    )
    assert learnt.expected(5, 5) == learnt.expected(9, 3) == 0.0


def test_a_site_without_a_history_goes_by_the_law() -> None:
    assert Rhythm.learn([Watched(edits=0, days=0.0)] * BANDS) == Rhythm()


def test_one_edit_on_a_quiet_site_makes_no_fever() -> None:
    learnt = Rhythm.learn([Watched(edits=0, days=0.0)] * (BANDS - 1) + [Watched(edits=1, days=10.0)])

    assert 1 < learnt.factors[-1] < 2
    assert max(learnt.factors) < 2


def test_a_site_that_was_quiet_for_long_is_still_looked_at() -> None:
    quiet = Rhythm.learn([Watched(edits=0, days=1_000_000.0)] * BANDS)

    assert set(quiet.factors) == {0.25}


def test_with_a_long_history_a_site_goes_by_what_it_does_itself() -> None:
    days = 10_000_000.0
    learnt = Rhythm.learn([Watched(edits=0, days=0.0)] * (BANDS - 1) + [Watched(edits=100, days=days)])

    assert learnt.expected(400, 1400) == pytest.approx(100 / days * 1000, rel=0.15)


def test_a_page_leans_as_its_edits_say_and_most_pages_are_never_edited() -> None:
    assert leaning(0, 0.0) == 1.0
    assert leaning(0, 0.1) < 1 < leaning(1, 0.1) < leaning(5, 0.1)
    assert leaning(100, 100.0) == 1.0


def test_a_page_that_is_edited_again_and_again_for_weeks_goes_by_its_own_rate() -> None:
    assert own_rate(100, watched=90, until_last=89) == pytest.approx(100 / 90, rel=0.25)
    assert own_rate(1, watched=90, until_last=60) == 0
    assert own_rate(4, watched=7, until_last=0.1) < 0.01
