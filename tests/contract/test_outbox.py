"""The outbox keeps its word: what a crawl found is owed, handed over once, claimed by one, and never forgotten."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable

import pytest

from changes.kinds import Finding, Kind, SiteNotice
from storage.alert_records import DeliveryState, Origin, Purpose, Subscriber, SubscriberState
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.leases import Holder
from storage.outbox import KEEP, TERM, Claim, Outbox, owed_count
from storage.outbox_owed import (
    Addressee,
    Parcel,
    Taken,
    add_delivery,
    hand_over,
    note_trouble,
    open_troubles,
    owed_changes,
    owed_news,
    ready_sites,
)
from storage.outbox_subscribers import add_subscriber, confirm_subscriber, end_subscriber, subscriber
from storage.purging import purge_page
from tests.contract.desk import HOUR, NOON, Desk

MINUTE = dt.timedelta(minutes=1)


def crawl(desk: Desk, *, changes: int = 1, ended: bool = True, baseline: bool = False, at: dt.datetime = NOON) -> int:
    """A crawl that finds so many changes, each on a page of its own."""
    with desk.archive.writing() as unit:
        key = unit.start_crawl(desk.site.id, at)
        for number in range(changes):
            page = unit.add_page(desk.site.id, f"https://press.example/{key}/{number}", at=at, baseline=baseline)
            finding = Finding(kind=Kind.PUBLISHED)
            unit.add_change(
                page.id,
                finding,
                before=None,
                after=None,
                title="t",
                url=page.url,
                at=at,
                baseline=baseline,
                crawl_id=key,
            )
        if ended:
            unit.end_crawl(key, at=at, reason="finished", stats={})
    return key


def reader(desk: Desk, address: str = "anna@reader.example") -> Subscriber:
    return add_subscriber(
        desk.archive, origin=Origin.COMMAND, channel="mail", address=address, terms="{}", at=NOON, confirmed=True
    )


def owe(desk: Desk, *readers: Subscriber, due: dt.datetime = NOON, collect: bool = False) -> int:
    """Hand all that is owed over to some readers."""
    found = list(owed_changes(desk.archive, [desk.site.id], releases=False, most=1000))
    to = [Addressee(subscription_id=one.id, due_at=due, collect=collect) for one in readers]
    parcel = Parcel(changes=[one.change.id for one in found], to=to)
    return hand_over(desk.archive, [one.id for one in found], [parcel], at=NOON)


def claim(desk: Desk, at: dt.datetime = NOON, outbox: Outbox | None = None) -> Claim | None:
    return (outbox or Outbox(desk.archive)).claim(["mail"], now=at)


def taken(desk: Desk, at: dt.datetime = NOON) -> Claim:
    found = claim(desk, at)
    assert found is not None
    return found


def test_what_a_crawl_finds_is_owed_but_not_its_baseline_nor_what_no_crawl_found(desk: Desk) -> None:
    crawl(desk, baseline=True)
    desk.say(desk.page(), "Imported")
    assert owed_count(desk.archive) == 0
    crawl(desk, changes=3)
    assert owed_count(desk.archive) == 3


def test_a_change_that_is_taken_back_is_not_owed(desk: Desk) -> None:
    with contextlib.suppress(ZeroDivisionError), desk.archive.writing() as unit:
        key = unit.start_crawl(desk.site.id, NOON)
        page = unit.add_page(desk.site.id, "https://press.example/x", at=NOON, baseline=False)
        unit.add_change(
            page.id, Finding(kind=Kind.PUBLISHED), before=None, after=None, title="t", url=page.url, at=NOON,
            baseline=False, crawl_id=key,
        )  # fmt: skip
        raise ZeroDivisionError
    assert owed_count(desk.archive) == 0


@pytest.mark.parametrize(
    ("changes", "ended", "waited", "ready"),
    [
        (1, True, 0 * HOUR, True),
        (1, False, 29 * MINUTE, False),
        (1, False, 30 * MINUTE, True),
        (20, False, 23 * HOUR, False),
        (20, False, 24 * HOUR, True),
    ],
)
def test_changes_wait_for_the_end_of_their_crawl_but_not_for_ever(
    desk: Desk, changes: int, ended: bool, waited: dt.timedelta, ready: bool
) -> None:
    crawl(desk, changes=changes, ended=ended)

    assert ready_sites(desk.archive, now=NOON + waited) == ([desk.site.id] if ready else [])


def test_the_changes_of_a_killed_crawl_wait_for_the_next_that_goes_on_with_it(desk: Desk) -> None:
    crawl(desk, ended=False)
    later = crawl(desk, ended=False)
    assert ready_sites(desk.archive, now=NOON) == []
    with desk.archive.writing() as unit:
        unit.end_crawl(later, at=NOON, reason="finished", stats={})
    assert ready_sites(desk.archive, now=NOON) == [desk.site.id]


def test_what_is_owed_is_handed_over_once(desk: Desk) -> None:
    anna, bo = reader(desk), reader(desk, "bo@reader.example")
    crawl(desk, changes=3)
    found = list(owed_changes(desk.archive, [desk.site.id], releases=True, most=1000, chunk=2))
    assert owe(desk, anna, bo) == 2
    with pytest.raises(Taken):
        hand_over(desk.archive, [one.id for one in found], [], at=NOON)

    for _ in range(2):
        mine = taken(desk)
        assert [one.change.id for one in Outbox(desk.archive).contents(mine.delivery.id)] == [
            one.change.id for one in found
        ]
    assert claim(desk) is None


def test_a_digest_collects_until_it_is_due_or_being_sent(desk: Desk) -> None:
    anna, due = reader(desk), NOON + HOUR
    crawl(desk)
    assert owe(desk, anna, due=due, collect=True) == 1
    crawl(desk, changes=2)
    assert owe(desk, anna, due=due, collect=True) == 0
    assert claim(desk, NOON) is None
    ((_, many),) = Outbox(desk.archive).deliveries()
    assert many == 3

    assert taken(desk, due).bundles
    crawl(desk)
    assert owe(desk, anna, due=due, collect=True) == 1


def test_one_process_at_a_time_has_a_delivery_and_a_dead_ones_are_free_at_once(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk)
    owe(desk, anna)
    ours = Holder.here()
    dead = Outbox(desk.archive, holder=lambda: Holder(host=ours.host, pid=ours.pid, born="long ago"))
    held = dead.claim(["mail"], now=NOON)
    assert held is not None
    assert claim(desk) is None

    assert Outbox(desk.archive).free_dead(now=NOON) == 1
    again = taken(desk)
    assert (again.delivery.key, again.delivery.attempts) == (held.delivery.key, 2)
    assert Outbox(desk.archive).free_dead(now=NOON) == 0
    assert not dead.sent(held, now=NOON)
    assert Outbox(desk.archive).sent(again, now=NOON)


def test_a_lease_that_ran_out_frees_a_delivery_of_another_machine(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk)
    owe(desk, anna)
    elsewhere = Outbox(desk.archive, holder=lambda: Holder(host="elsewhere/x/y", pid=1, born="1"))
    assert elsewhere.claim(["mail"], now=NOON) is not None
    assert Outbox(desk.archive).free_dead(now=NOON + TERM - MINUTE) == 0
    assert Outbox(desk.archive).free_dead(now=NOON + TERM) == 1


def test_what_was_put_off_is_due_later_and_can_be_had_at_once(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk)
    owe(desk, anna)
    outbox, mine = Outbox(desk.archive), taken(desk)
    outbox.later(mine, NOON + HOUR, "come back later", 451)
    assert claim(desk, NOON + 59 * MINUTE) is None
    ((waiting, _),) = outbox.deliveries(DeliveryState.WAITING)
    assert (waiting.due_at, waiting.reason, waiting.code, waiting.attempts) == (NOON + HOUR, "come back later", 451, 1)

    assert outbox.retry(None, now=NOON) == 1
    assert taken(desk).delivery.attempts == 2


def test_a_delivery_given_back_was_never_tried(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk)
    owe(desk, anna)
    Outbox(desk.archive).release(taken(desk))
    ((waiting, _),) = Outbox(desk.archive).deliveries()
    assert (waiting.attempts, waiting.first_at, waiting.leased_until) == (0, None, None)


def test_three_refusals_in_a_row_end_the_mail_to_an_address_until_it_is_begun_anew(desk: Desk) -> None:
    anna, outbox = reader(desk), Outbox(desk.archive)
    for answer in ("no", "yes", "no", "no", "no"):
        crawl(desk)
        owe(desk, anna)
        mine = taken(desk)
        outbox.sent(mine, now=NOON) if answer == "yes" else outbox.refused(mine, "no such user", 550, now=NOON)
    found = subscriber(desk.archive, anna.id)
    assert found is not None
    assert (found.state, found.refusals) == (SubscriberState.SUPPRESSED, 3)
    assert outbox.retry(None, now=NOON) == 0

    assert confirm_subscriber(desk.archive, anna.id, at=NOON)
    assert outbox.retry(None, now=NOON) == 4


def test_what_is_on_its_way_to_who_left_is_dropped(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk)
    owe(desk, anna)
    assert end_subscriber(desk.archive, anna.id, by_reader=True, at=NOON)
    assert not end_subscriber(desk.archive, anna.id, by_reader=True, at=NOON)
    assert claim(desk) is None
    assert Outbox(desk.archive).counts()[DeliveryState.DROPPED] == 1


def test_a_purged_page_takes_its_alerts_with_it(desk: Desk) -> None:
    anna = reader(desk)
    crawl(desk, changes=2)
    owe(desk, anna)
    crawl(desk)
    for page in list(desk.archive.pages(desk.site.id)):
        purge_page(desk.archive, page, Audit(at=NOON, who="keeper", action=Action.PURGE, reason="asked"))

    assert owed_count(desk.archive) == 0
    assert list(Outbox(desk.archive).contents(taken(desk).delivery.id)) == []


def test_notices_of_crawls_and_troubles_of_our_own_are_owed_once_each(desk: Desk) -> None:
    with desk.archive.writing() as unit:
        key = unit.start_crawl(desk.site.id, NOON)
        unit.add_notice(desk.site.id, SiteNotice.GAP, text="too short", detail={}, at=NOON, crawl_id=key)
        unit.add_notice(desk.site.id, SiteNotice.GAP, text="by hand", detail={}, at=NOON)
    told = [
        note_trouble(desk.archive, "disk-filling", "", text, over=over, at=NOON)
        for text, over in (("fine", True), ("full", False), ("fuller", False), ("fine", True), ("fine", True))
    ]
    assert told == [False, True, False, True, False]

    found = owed_news(desk.archive)
    assert [one.notice.text if one.notice else one.trouble and one.trouble.text for one in found] == [
        "too short",
        "full",
        "fine",
    ]
    assert open_troubles(desk.archive) == []
    anna = reader(desk)
    hand_over(
        desk.archive, [one.id for one in found], [Parcel(news=found, to=[Addressee(subscription_id=anna.id, due_at=NOON)])],
        at=NOON,
    )  # fmt: skip
    mine = taken(desk)
    assert mine.delivery.purpose is Purpose.NOTICE
    assert len(Outbox(desk.archive).news(mine.delivery.id)) == 3


def test_the_outbox_forgets_what_is_long_done_and_nothing_that_waits(desk: Desk) -> None:
    anna, outbox = reader(desk), Outbox(desk.archive)
    crawl(desk)
    owe(desk, anna)
    outbox.sent(taken(desk), now=NOON)
    crawl(desk)
    owe(desk, anna)
    add_delivery(desk.archive, anna.id, Purpose.CONFIRM, at=NOON)
    outbox.forget(now=NOON + KEEP)
    assert len(outbox.deliveries()) == 3
    outbox.forget(now=NOON + KEEP + MINUTE)
    assert [(one.state, many) for one, many in outbox.deliveries()] == [
        (DeliveryState.WAITING, 1),
        (DeliveryState.WAITING, 0),
    ]


def test_the_address_of_who_left_is_forgotten_when_all_that_went_there_is(desk: Desk) -> None:
    anna, outbox = reader(desk), Outbox(desk.archive)
    crawl(desk)
    owe(desk, anna)
    outbox.sent(taken(desk), now=NOON + HOUR)
    end_subscriber(desk.archive, anna.id, by_reader=True, at=NOON)
    outbox.forget(now=NOON + KEEP + MINUTE)
    assert subscriber(desk.archive, anna.id) is not None
    outbox.forget(now=NOON + KEEP + 2 * HOUR)
    assert subscriber(desk.archive, anna.id) is None


def test_two_archives_on_one_database_share_the_work(desk: Desk, open_archive: Callable[..., Archive]) -> None:
    readers = [reader(desk, f"reader{number}@reader.example") for number in range(6)]
    crawl(desk)
    owe(desk, *readers)
    other = Outbox(open_archive())
    keys = []
    for outbox in (Outbox(desk.archive), other) * 3:
        mine = outbox.claim(["mail"], now=NOON)
        assert mine is not None
        keys.append(mine.delivery.key)
    assert len(set(keys)) == 6
    assert claim(desk) is None
