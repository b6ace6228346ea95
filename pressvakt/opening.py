"""The archive that a configuration names, opened for the commands that read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pressvakt.config import load_config
from pressvakt.failure import Misuse
from storage.archive import Archive


@contextmanager
def reading(config: Path | None, *, site: str | None = None) -> Iterator[Archive]:
    """The archive of the configuration that is named, or found.

    Raises:
        Misuse: `site` was never crawled and is in no profile.
    """
    settings = load_config(config, crawling=False)
    with Archive.open(settings.database) as archive:
        if site is not None and archive.site(site) is None:
            known = sorted({one.name for one in archive.sites()} | set(settings.sites))
            if site not in known:
                raise Misuse(f"no site {site!r}; known: {', '.join(known) or 'none'}")
        yield archive
