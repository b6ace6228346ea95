"""Noise: what differs in a page from one request to the next and is no news to anyone."""

from __future__ import annotations

import html
import random
import re
import secrets
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

#: Places where browsers ignore white space: between two tags of blocks.
_GAPS = re.compile(r"(?<=</div>)(?=<)|(?<=</p>)(?=<)|(?<=</li>)(?=<)|(?<=</section>)(?=<)|(?<=</header>)(?=<)")


class Noise:
    """A source of noise for one request; with `on=False` it gives the same values always."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self.token = secrets.token_hex(12) if on else "0" * 24
        self._random = random.Random(None if on else 0)  # noqa: S311 - nothing here guards anything

    def number(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def sample(self, items: Sequence[T], size: int) -> list[T]:
        """Some of the items, in an order of no meaning."""
        return self._random.sample(items, min(size, len(items)))

    def mail(self, address: str, words: str = "[email&#160;protected]") -> str:
        """A link to an address as content networks hide it: bytes XORed with a key of this request, in hex."""
        key = self._random.randint(1, 255)
        code = bytes([key, *(byte ^ key for byte in address.encode())]).hex()
        return (
            f'<a href="/cdn-cgi/l/email-protection#{code}">'
            f'<span class="__cf_email__" data-cfemail="{code}">{words}</span></a>'
        )

    def spread(self, markup: str) -> str:
        """The same page with other white space between its blocks."""
        if not self.on:
            return markup
        return _GAPS.sub(lambda _: self._random.choice(("", "\n", "\n\n  ", " ")), markup)


def escape(text: str) -> str:
    """Text made safe to stand in HTML, in attributes too."""
    return html.escape(text)
