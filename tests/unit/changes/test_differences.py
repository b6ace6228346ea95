"""What differs between two releases, ready to be shown: also where today's rules do not look for everything."""

from __future__ import annotations

from dataclasses import replace

from changes.blocks import StepOp
from changes.differences import difference
from changes.release import Block, BlockKind, Release


def release(*texts: str, lead: str | None = None, unread: frozenset[str] = frozenset()) -> Release:
    body = tuple(Block(kind=BlockKind.PARAGRAPH, text=text, markdown=text) for text in texts)
    return Release(title="The bridge at Alvik", lead=lead, body=body, unread=unread)


OLD, NEW = "The council gives 160 million crowns to the bridge.", "The council gives 100 million crowns to the bridge."
LAST = "Work begins in autumn, when the ferries have stopped."


def changed(before: Release, after: Release) -> list[tuple[str | None, str | None]]:
    return [
        (step.before.text if step.before else None, step.after.text if step.after else None)
        for step in difference(before, after).steps
        if step.op is not StepOp.EQUAL
    ]


def test_an_edit_is_shown_where_the_rules_do_not_look_for_a_lead() -> None:
    before, after = (release(text, LAST, unread=frozenset({"lead"})) for text in (OLD, NEW))
    assert changed(before, after) == [(OLD, NEW)]


def test_a_lead_that_only_one_of_two_readings_looked_for_is_no_difference() -> None:
    before = release(OLD, LAST, lead="A bridge is built.")
    after = release(NEW, LAST, unread=frozenset({"lead"}))
    assert changed(before, after) == [(OLD, NEW)]
    assert changed(before, replace(after, body=before.body)) == []


def test_a_body_that_one_reading_did_not_look_for_is_no_difference() -> None:
    before = release(OLD, LAST, lead="A bridge is built.")
    after = release(lead="A bridge is built.", unread=frozenset({"body"}))
    assert changed(before, after) == []
    assert changed(before, replace(after, lead="A tunnel is built.")) == [("A bridge is built.", "A tunnel is built.")]
