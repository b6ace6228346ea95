"""A message as plain text, for those who read it so: 72 letters wide, marked words between asterisks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from alerts.messages.catalogue import Words
from alerts.messages.passages import Passage, Piece
from alerts.messages.story import Story
from alerts.messages.view import Cluster, View

WIDTH = 72


def as_text(view: View, words: Words) -> str:
    """The view as text."""
    lines = [view.eyebrow, "", *_wrapped(view.heading), *_address(view.heading_url), ""]
    for line in view.lines:
        lines += [*_wrapped(line), ""]
    if view.button:
        lines += [f"{view.button.text}:", view.button.url, ""]
    for note in view.notes:
        lines += [*_wrapped(note), ""]
    for section in view.sections:
        if section.title:
            lines += ["", section.title, "=" * min(len(section.title), WIDTH), ""]
        for cluster in section.clusters:
            lines += _cluster(cluster, view, words)
    if view.footer.why:
        lines += ["-- ", *_wrapped(view.footer.why)]
    lines += [f"{link.text}: {link.url}" for link in view.footer.links]
    return "\n".join(_single(lines)).strip("\n") + "\n"


def _cluster(cluster: Cluster, view: View, words: Words) -> Iterator[str]:
    if cluster.heading:
        yield from (cluster.heading, "-" * min(len(cluster.heading), WIDTH), "")
    for note in cluster.notes:
        yield from (*_wrapped(note), "")
    for story in cluster.stories:
        if story.title != view.heading:
            yield from (*_wrapped(story.title, first="* ", rest="  "), *_address(story.url, "  "))
        yield from (*_story(story, words), "")
    for entry in cluster.entries:
        yield from _wrapped(entry.title, first="* ", rest="  ")
        yield from _address(entry.url, "  ")
    if cluster.entries:
        yield ""
    if cluster.left:
        yield from (f"… {cluster.left}", "")


def _story(story: Story, words: Words) -> Iterator[str]:
    if story.facts:
        yield ""
    for fact in story.facts:
        yield from _wrapped(fact, "  ")
    for passage in story.passages:
        yield ""
        yield from _passage(passage, words)
    if story.more:
        yield from ("", f"  … {story.more}")
    if story.quoted:
        yield from ("", f"  {story.quoted}")
        for quote in story.quotes:
            yield from _wrapped(quote, "  > ")
    yield ""
    said = " – ".join(text for text in (story.silent, story.says) if text)
    if said:
        yield from _wrapped(said, "  ")
    yield from _wrapped(" · ".join(text for text in (story.about, story.seen) if text), "  ")
    for link in story.links:
        if link.url != story.url:
            yield from (f"  {link.text}:", f"  {link.url}")


def _passage(passage: Passage, words: Words) -> Iterator[str]:
    if passage.moved:
        yield f"  {words('say.shifted')}:"
    elif passage.field != "body":
        yield f"  {words.maybe(f'field.{passage.field}', passage.field)}:"
    both = bool(passage.before and passage.after)
    was, now = words("say.before" if both else "say.cut"), words("say.after" if both else "say.added")
    width = max(len(was), len(now)) + 4 if both else 4  # two blanks, a colon and a blank around the longer word
    for name, pieces in ((was, passage.before), (now, passage.after)):
        if not pieces:
            continue
        head = f"  {name}: "
        yield from _wrapped(_marked(pieces), first=head.ljust(width), rest=" " * width)


def _marked(pieces: Iterable[Piece]) -> str:
    return "".join(f"*{piece.text}*" if piece.marked and piece.text.strip() else piece.text for piece in pieces)


def _wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    rest = first if rest is None else rest
    found = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return found or [first.rstrip()]


def _address(url: str | None, indent: str = "") -> list[str]:
    return [f"{indent}{url}"] if url else []


def _single(lines: Iterable[str]) -> Iterator[str]:
    """Lines without two empty ones in a row."""
    last = ""
    for line in lines:
        if line.strip() or last.strip():
            yield line
        last = line
