"""The sentences that a message shows are the page's own, and nothing that changed is left out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from alerts.mailer import wire
from alerts.messages import compose
from alerts.messages.passages import MOST, RUN, SIDE, Passage, Piece, passages
from changes.blocks import StepOp, align
from changes.blocks import passages as block_texts
from changes.kinds import Kind
from changes.release import Release, letters
from changes.words import Op, diff_words
from tests.corpus.test_versions import pairs
from tests.unit.alerts.inbox import subject
from tests.unit.alerts.letters import berths, change, letter, paragraph, told

#: Words, figures and signs as they meet in a sentence, and where it ends.
SENTENCES = st.lists(
    st.sampled_from(
        ["platser", "160", "100", "12,5", "Anna", "Regeringen", "och", "kl.", "10.00", "ut", "%", "–", "”nu”"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
TEXTS = st.lists(SENTENCES, min_size=1, max_size=4).map(lambda found: ". ".join(found) + ".")


def shown(pieces: Sequence[Piece]) -> list[str]:
    """What a side shows, cut where it says that something is left out; white space does not count."""
    return [letters(part) for part in "".join(piece.text for piece in pieces).split("…")]


def marked(pieces: Iterable[Piece]) -> str:
    return letters("".join(piece.text for piece in pieces if piece.marked))


def texts(release: Release) -> str:
    return letters(" ".join([release.title, *(block.text for block in block_texts(release))]))


@given(TEXTS, TEXTS)
def test_each_side_is_the_text_as_it_stood_with_all_that_differs_marked(before: str, after: str) -> None:
    old, new = (replace(berths(), title="Titel", lead=None, body=(paragraph(text),)) for text in (before, after))
    found = [passage for passage in passages(old, new) if passage.field == "body"]
    changed = [step for step in align(old.body, new.body) if step.op is StepOp.CHANGED]

    for passage in found:
        assert all(part in letters(before) for part in shown(passage.before))
        assert all(part in letters(after) for part in shown(passage.after))
    if changed and max(len(before), len(after)) < min(SIDE, RUN):
        spans = diff_words(before, after)
        gone = letters("".join(span.text for span in spans if span.op is Op.DELETE))
        came = letters("".join(span.text for span in spans if span.op is Op.INSERT))
        assert "".join(marked(passage.before) or everything(passage, gone) for passage in found) == gone
        assert "".join(marked(passage.after) or everything(passage, came) for passage in found) == came


def everything(passage: Passage, letters_of: str) -> str:
    """What stands alone is not marked: all of it went or came."""
    if passage.before and passage.after:
        return ""
    return letters_of if letters_of in "".join(shown(passage.before or passage.after)) else ""


def test_every_real_edit_is_told_in_the_pages_own_words(shared: Path) -> None:
    told_of = 0
    for pair in pairs(shared, "pairs_press_dev"):
        finding = next((one for one in pair.findings if one.kind is Kind.EDITED), None)
        if finding is None:
            continue
        found = passages(pair.before, pair.after)
        item = told(change(finding=finding, title=pair.after.title), pair.before, pair.after)

        assert len(wire(compose(letter(item)))) < 100_000
        assert len(subject(item)) < 200
        assert not re.search(r"[\[\]{}<>]", subject(item))
        assert len(found) <= MOST
        for passage in found:
            if passage.field in ("title", "body"):
                assert all(part in texts(pair.before) for part in shown(passage.before)), pair.path
                assert all(part in texts(pair.after) for part in shown(passage.after)), pair.path
        if {"title", "body", "lead"} & set(finding.fields):
            assert any(passage.before or passage.after for passage in found), pair.path
            told_of += 1
    assert told_of > 40
