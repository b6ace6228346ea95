"""The archive that a configuration names, opened for the commands that read."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pressvakt.config import load_config
from pressvakt.failure import Misuse
from storage.archive import Archive
from storage.leases import BEAT, take


@contextmanager
def reading(config: Path | None, *, site: str | None = None) -> Iterator[Archive]:
    """The archive of the configuration that is named, or found.

    Raises:
        Misuse: `site` was never crawled and is in no profile.
    """
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        if site is not None and archive.site(site) is None:
            known = sorted({one.name for one in archive.sites()} | set(settings.sites))
            if site not in known:
                raise Misuse(f"no site {site!r}; known: {', '.join(known) or 'none'}")
        yield archive


@contextmanager
def alone(archive: Archive, sites: Sequence[str]) -> Iterator[Callable[[], None]]:
    """No crawl of these sites while the block lasts. What it gives is to be called now and then in a long block.

    Raises:
        storage.errors.UnderWay: one of them is being crawled.
    """
    with ExitStack() as held:
        leases = [held.enter_context(take(archive, name, clock=lambda: dt.datetime.now(dt.UTC))) for name in sites]
        heard = [time.monotonic()]

        def beat() -> None:
            if time.monotonic() - heard[0] >= BEAT.total_seconds():
                heard[0] = time.monotonic()
                for lease in leases:
                    lease.renew()

        yield beat
