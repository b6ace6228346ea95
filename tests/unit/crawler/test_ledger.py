"""The book of a crawl's errands."""

from __future__ import annotations

import asyncio

from crawler.ledger import Ledger


def test_whoever_waits_goes_on_when_all_are_home() -> None:
    async def story() -> list[str]:
        ledger, told = Ledger(), []
        ledger.opened("a")
        ledger.opened("b")

        async def waiting() -> None:
            await ledger.below(2)
            told.append("fewer than two")
            await ledger.below(1)
            told.append("none")

        task = asyncio.create_task(waiting())
        await asyncio.sleep(0)
        told.append(f"out: {list(ledger.left())}")
        ledger.closed("a")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ledger.closed("b")
        await task
        return told

    assert asyncio.run(story()) == ["out: ['a', 'b']", "fewer than two", "none"]


def test_an_address_comes_home_once() -> None:
    async def story() -> tuple[bool, bool]:
        ledger = Ledger()
        ledger.opened("a")
        return ledger.closed("a"), ledger.closed("a")

    assert asyncio.run(story()) == (True, False)
