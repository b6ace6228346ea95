"""The book of a crawl's errands: every address that was asked for is answered for, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator


class Ledger:
    """Addresses that are out, and a way to wait until they are home. Lives on one event loop."""

    def __init__(self) -> None:
        self._out: dict[str, None] = {}
        self._moved = asyncio.Event()

    def opened(self, key: str) -> None:
        """An address goes out."""
        self._out[key] = None

    def closed(self, key: str) -> bool:
        """An address is home. False where it was not out: it had ended before."""
        known = key in self._out
        self._out.pop(key, None)
        self._moved.set()
        return known

    def left(self) -> Iterator[str]:
        """The addresses that are still out."""
        yield from list(self._out)

    async def below(self, count: int) -> None:
        """Wait until fewer than `count` addresses are out."""
        while len(self._out) >= count:
            self._moved.clear()
            await self._moved.wait()
