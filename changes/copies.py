"""The same release at two addresses: how much of it both say, and what each says that the other does not.

Offices cut the same sentences into other paragraphs, repeat them, and leave some out: so sentences are compared here,
not paragraphs, and each once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from changes.blocks import Step, StepOp, align, passages
from changes.release import Block, Release
from changes.sentences import sentences, words
from changes.words import squeeze

#: Words in a row that two texts rarely share by chance.
RUN = 3


@dataclass(frozen=True, kw_only=True)
class Versus:
    """Two tellings of one release. `steps` are sentences that only one side says, or each in its own words."""

    shared: int  #: sentences that both say, to the letter
    steps: tuple[Step, ...]

    @property
    def only_first(self) -> tuple[str, ...]:
        """The sentences that only the first says."""
        return tuple(step.before.text for step in self.steps if step.before and not step.after)

    @property
    def only_second(self) -> tuple[str, ...]:
        """The sentences that only the second says."""
        return tuple(step.after.text for step in self.steps if step.after and not step.before)

    @property
    def reworded(self) -> tuple[tuple[str, str], ...]:
        """The sentences that each says in its own words."""
        return tuple((step.before.text, step.after.text) for step in self.steps if step.before and step.after)


def runs(release: Release) -> frozenset[str]:
    """All runs of words of a release's title and text: what texts are recognised by."""
    found = words("\n".join((release.title, *(block.text for block in passages(release)))))
    return frozenset(" ".join(found[at : at + RUN]) for at in range(len(found) - RUN + 1))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the shorter text's runs that the other has, too: 1 where all of it is in there."""
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def versus(first: Release, second: Release) -> Versus:
    """What two texts (lead and body) have in common, and what not."""
    one, two = ({squeeze(block.text): block for block in _sentences(release)} for release in (first, second))
    steps = align(
        [block for key, block in one.items() if key not in two], [block for key, block in two.items() if key not in one]
    )
    shared = sum(key in two for key in one) + sum(step.op is StepOp.EQUAL for step in steps)
    return Versus(shared=shared, steps=tuple(step for step in steps if step.op is not StepOp.EQUAL))


def _sentences(release: Release) -> Iterator[Block]:
    for block in passages(release):
        for start, end in sentences(block.text):
            yield replace(block, text=block.text[start:end], markdown=block.text[start:end], links=())
