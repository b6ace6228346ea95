"""The same release at another address is recognised, and what merely looks alike is not."""

from __future__ import annotations

from dataclasses import replace

from storage.copies import find_copies
from tests.contract.desk import HOUR, NOON, Desk
from tests.contract.test_search import release, tell

SHARED = (
    (
        "The county board of Norrvik has been given the task of coordinating the inspection of coastal lighthouses. "
        "Lighthouses without electricity are inspected twice."
    ),
    "The lighthouse keepers' association welcomes the assignment and its timetable.",
)


def test_the_same_release_at_another_address_is_recognised(desk: Desk) -> None:
    one = tell(
        desk, desk.page("one"), release("Lighthouses inspected", *SHARED, "Only the ministry says this sentence.")
    )
    twin = release(
        "Inspection of lighthouses", SHARED[1], "The board adds something of its own.", *SHARED[0].split(". ")
    )
    tell(desk, desk.page("two"), twin, at=NOON + HOUR)
    tell(desk, desk.page("two"), replace(twin, body=()), at=NOON + 2 * HOUR)  # taken down since: it was a copy once
    for number in range(30):
        tell(
            desk,
            desk.page(f"n{number}"),
            release(f"Harbour {number}", f"The county board opens harbour {number} today."),
        )

    found = find_copies(desk.archive, one)

    assert [(copy.url, copy.version.number) for copy in found] == [("https://press.example/news/two", 1)]
    assert 0.5 < found[0].share < 1
    assert find_copies(desk.archive, tell(desk, desk.page("empty"), release(""))) == []


def test_what_every_release_of_an_office_ends_with_makes_no_copies(desk: Desk) -> None:
    ending = (
        "For inquisitive correspondents: telephone the communications department on weekdays between nine and four."
    )
    versions = [
        tell(
            desk,
            desk.page(str(number)),
            release(f"Release {number}", " ".join(f"w{number}x{n}" for n in range(40)), ending),
        )
        for number in range(20)
    ]
    assert find_copies(desk.archive, versions[3]) == []
