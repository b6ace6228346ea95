"""One crawl of a host at a time, whatever sites are on it; and how long a new one waits for the last of the one before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from storage import leases
from storage.errors import LeaseLost, UnderWay
from storage.leases import ASKING, TERM, Holder, Leased, Terms, take
from tests.contract.desk import NOON, Desk

SECOND = dt.timedelta(seconds=1)
TERMS = Terms(hosts=("gov.example", "www2.gov.example"), delay=2 * SECOND, longest=30 * SECOND)


def elsewhere() -> Holder:
    return Holder(host="another-machine/boot/pid", pid=1, born="1")


def taken(desk: Desk, site: str, *, at: dt.datetime = NOON, terms: Terms = TERMS) -> Leased:
    return take(desk.archive, site, clock=lambda: at, holder=elsewhere, terms=terms)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.timedelta], None]:
    """Lets time pass on the clock by which a holder knows how long it was held up."""
    passed = [0.0]
    monkeypatch.setattr(leases, "ticks", lambda: passed[0])

    def sleep(time: dt.timedelta) -> None:
        passed[0] += time.total_seconds()

    return sleep


def test_a_second_site_on_a_host_waits_for_the_first_and_a_site_elsewhere_does_not(desk: Desk) -> None:
    first = taken(desk, "press.example")

    with pytest.raises(UnderWay, match=r"www2\.gov\.example is being asked since 2031-03-14 12:00 UTC by process 1"):
        taken(desk, "parliament.example", terms=Terms(hosts=("www2.gov.example", "parliament.example")))
    taken(desk, "other.example", terms=Terms(hosts=("other.example",)))
    first.release()
    taken(desk, "parliament.example", terms=Terms(hosts=("www2.gov.example", "parliament.example")))


def test_what_was_refused_for_one_host_has_taken_none(desk: Desk) -> None:
    taken(desk, "press.example", terms=Terms(hosts=("b.example",)))
    with pytest.raises(UnderWay):
        taken(desk, "second.example", terms=Terms(hosts=("a.example", "b.example")))

    taken(desk, "third.example", terms=Terms(hosts=("a.example",)))


@pytest.mark.parametrize(("later", "wait"), [(0 * SECOND, 2.0), (SECOND, 1.0), (dt.timedelta(days=1), 0.0)])
def test_the_next_crawl_of_a_host_keeps_the_delay_after_the_last_one(
    desk: Desk, slept: Callable[[dt.timedelta], None], later: dt.timedelta, wait: float
) -> None:
    taken(desk, "press.example").release()
    after = taken(desk, "second.example", at=NOON + later)
    assert after.wait == wait

    slept(dt.timedelta(seconds=wait))
    assert after.wait == 0


def test_a_delay_that_only_the_last_crawl_had_heard_of_is_kept_too(
    desk: Desk, slept: Callable[[dt.timedelta], None]
) -> None:
    first = taken(desk, "press.example")
    first.last_delay = 10.0
    first.release()

    assert taken(desk, "press.example").wait == 10.0


def test_who_takes_over_from_a_silent_machine_waits_until_its_last_request_must_have_ended(
    desk: Desk, slept: Callable[[dt.timedelta], None]
) -> None:
    taken(desk, "press.example")

    after = taken(desk, "press.example", at=NOON + TERM)
    assert dt.timedelta(seconds=after.wait) == ASKING + TERMS.longest + TERMS.delay - TERM


def test_a_clock_that_was_set_back_makes_nobody_wait_for_long(
    desk: Desk, slept: Callable[[dt.timedelta], None]
) -> None:
    taken(desk, "press.example", at=NOON + dt.timedelta(days=365)).release()

    assert dt.timedelta(seconds=taken(desk, "press.example").wait) == ASKING + TERMS.longest + TERMS.delay


def test_a_holder_knows_by_itself_when_it_must_ask_no_more(desk: Desk, slept: Callable[[dt.timedelta], None]) -> None:
    lease = taken(desk, "press.example")
    slept(ASKING - SECOND)
    assert lease.fresh

    slept(SECOND)
    assert not lease.fresh
    lease.renew()
    assert lease.fresh
    lease.release()
    assert not lease.fresh


def test_a_holder_whose_host_was_taken_over_can_renew_nothing(
    desk: Desk, slept: Callable[[dt.timedelta], None]
) -> None:
    sleeper = taken(desk, "press.example")
    taken(desk, "second.example", at=NOON + TERM)

    with pytest.raises(LeaseLost):
        sleeper.renew()
    assert not sleeper.fresh


def test_a_machine_that_was_put_to_sleep_as_a_whole_writes_nothing_either(desk: Desk) -> None:
    sleeper = taken(desk, "press.example")  # by its own clock no time passes
    taken(desk, "press.example", at=NOON + TERM)

    if not desk.archive._database.shared:
        return  # one machine: who took over slept, too
    with pytest.raises(LeaseLost), sleeper.writing() as unit:
        unit.add_page(desk.site.id, "https://press.example/late", at=NOON, baseline=False)
    assert not sleeper.fresh
