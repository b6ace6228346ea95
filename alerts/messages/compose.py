"""A letter as an e-mail: text and HTML, all headers that mail programs and lists go by, below the size they clip at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from itertools import chain

from alerts.messages.catalogue import Words
from alerts.messages.envelope import addressed, seal
from alerts.messages.page import as_html
from alerts.messages.plain import as_text
from alerts.messages.table import Table
from alerts.messages.tally import Tally
from alerts.messages.view import Plan, View, is_one_release, is_one_wave, view
from alerts.told import Letter, Told

#: Bytes of a message without its attached list. Mail programs clip what is longer (Gmail at 102 KB).
LIMIT = 98_000
#: From the fullest to the barest; the last one always fits.
_PLANS = (
    Plan(stories=50, passages=12, titles=100),
    Plan(stories=50, passages=3, titles=60),
    Plan(stories=40, passages=1, titles=40),
    Plan(stories=20, passages=1, titles=20),
    Plan(stories=8, passages=1, titles=8),
    Plan(stories=2, passages=1, titles=2),
    Plan(stories=0, passages=0, titles=0),
)


def compose(letter: Letter, all_items: Iterable[Told] = ()) -> EmailMessage:
    """The message of a letter. The same letter gives the same bytes, whenever it is composed.

    `all_items` are all changes that the letter is about, where it carries fewer; they are read once, one by one. Their
    list goes with a wave as CSV, whole; with a digest that shows fewer than there are it goes where the whole message
    still stays below 100 KB.

    Raises:
        AddressError: `to` or `sender` is no address.
        ValueError: a header of our own configuration (`list_id`) cannot be written.
    """
    words = Words(letter.language, letter.zone)
    if is_one_release(letter):
        return _fitting(letter, Tally(), words, None)
    tally, table = _read(letter, all_items)
    if is_one_wave(letter, tally) or tally.waves:
        return _fitting(letter, tally, words, table)
    message = _fitting(letter, tally, words, None)
    if len(letter.items) > _PLANS[0].stories or tally.total > len(letter.items):
        whole = _fitting(letter, tally, words, table)
        if len(whole.as_bytes()) <= LIMIT:
            return whole
    return message


def _read(letter: Letter, all_items: Iterable[Told]) -> tuple[Tally, bytes]:
    """Counts and list of all changes, from one reading."""
    tally, table = Tally(), Table()
    for told in _all(letter.items, all_items):
        tally.add(told)
        table.add(told)
    return tally, table.data()


def _all(shown: Sequence[Told], all_items: Iterable[Told]) -> Iterator[Told]:
    """All changes; those that the letter carries where no others are given."""
    rest = iter(all_items)
    first = next(rest, None)
    return iter(shown) if first is None else chain([first], rest)


def _fitting(letter: Letter, tally: Tally, words: Words, table: bytes | None) -> EmailMessage:
    """The fullest message that stays below the limit."""
    name = _file_name(letter, tally) if table is not None else None
    messages = (_message(letter, view(letter, tally, words, plan, attached=name), words) for plan in _PLANS)
    message = next(messages)
    while len(message.as_bytes()) > LIMIT and (shorter := next(messages, None)) is not None:
        message = shorter
    if table is not None:
        message.add_attachment(table, maintype="text", subtype="csv", filename=name, params={"charset": "utf-8"})
    seal(message, letter)
    return message


def _message(letter: Letter, made: View, words: Words) -> EmailMessage:
    message = addressed(
        letter,
        made.subject,
        list_id=letter.list_id,
        thread=letter.thread,
        unsubscribe_url=letter.unsubscribe_url,
    )
    message.set_content(as_text(made, words), cte="quoted-printable")
    message.add_alternative(as_html(made, words), subtype="html", cte="quoted-printable")
    return message


def _file_name(letter: Letter, tally: Tally) -> str:
    """`pressvakt-archived-2026-11-22.csv`: the kind where there is only one."""
    kinds = tally.kinds()
    what = f"-{kinds[0][0]}" if len(kinds) == 1 else ""
    return f"pressvakt{what}-{letter.created_at.astimezone(letter.zone).date().isoformat()}.csv"
