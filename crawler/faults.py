"""The errors that stand for an answer we could not have, each with the fault that is recorded for it.

The tree below `FetchError`; each error stands with the code that raises it:

- `guard.Refused`: a private address, a foreign scheme or port
- `bodies.Truncated`: cut short, or its encoding is broken
- `bodies.TooLarge`
- `middlewares.robots.Disallowed`: robots.txt says no, or cannot be had
- `middlewares.manners.LeftAlone`: not asked, as the site wants quiet or the crawl was stopped
- `permits.NoLeave`: not asked, as another crawl has taken over
- `browser.NotDrawn`: the browser failed, or a part of the page could not be had
- `rendering.Held`: the page held the browser for ever, or killed it
"""

from __future__ import annotations

from typing import ClassVar

from crawler.items import Fault


class FetchError(Exception):
    """An address gave no answer that may be used; `str()` says to a person what exactly went wrong."""

    fault: ClassVar[Fault] = Fault.UNREACHABLE
