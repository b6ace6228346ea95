"""A crawl as the command line runs it: with a progress bar while it lasts, and a summary that adds up."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crawler.keeper import unplanned
from crawler.process import Job, crawls
from pressvakt.naming import user_agent

if TYPE_CHECKING:
    from crawler.keeper import Plan
    from crawler.outcomes import Tally
    from crawler.reading.profiles import SiteProfile
    from storage.archive import Archive
    from storage.records import Page


def crawl_site(
    profile: SiteProfile,
    archive: Archive,
    *,
    contact: str,
    allow_private: tuple[str, ...],
    due: Callable[[Page], bool] | None = None,
    plan: Plan | None = None,
    now: Callable[[], dt.datetime],
    quiet: bool,
) -> dict[str, int]:
    """Crawl one site to its end and give its counts by name.

    Its known pages are visited whose time has come, or those of which `due` says so; `plan` says when each is next.

    Raises:
        storage.errors.ArchiveError: the archive could not be written.
        KeyboardInterrupt: somebody ended it; what was fetched stays kept.
    """
    with _progress(profile.name, quiet=quiet) as watch, _ending_in_order():
        job = Job(
            profile=profile,
            archive=archive,
            user_agent=user_agent(contact),
            allow_private=allow_private,
            due=due,
            plan=unplanned if plan is None else plan,
            now=now,
            watch=watch,
        )
        return crawls().run(job)


def summary(site: str, stats: Mapping[str, int]) -> str:
    """The counts of a crawl in one line, the outcomes adding up to the addresses that were planned."""
    planned = stats.get("planned", 0)
    pages = _group(stats, "page/")
    changes = {name: count for name, count in _group(stats, "change/").items() if name != "published"}
    line = f"{site}: {planned} {'page' if planned == 1 else 'pages'}"
    if pages:
        line += " = " + " + ".join(f"{count} {_outcome(name)}" for name, count in pages.items())
    if changes:
        line += "; " + ", ".join(f"{count} {name}" for name, count in changes.items())
    files = {name: count for name, count in _group(stats, "file/").items() if name in ("changed", "fault")}
    if files:
        line += "; files: " + ", ".join(f"{count} {name}" for name, count in files.items())
    lists = {name: count for name, count in _group(stats, "list/").items() if name != "read"}
    if lists:
        line += "; lists: " + ", ".join(f"{count} {name}" for name, count in lists.items())
    return line


def nothing_read(stats: Mapping[str, int]) -> bool:
    """Whether a crawl asked and got no answer worth reading from anywhere."""
    lists, pages = _group(stats, "list/"), _group(stats, "page/")
    good = ("unchanged", "published", "changed", "suspected", "missing")
    return not lists.get("read") and not any(pages.get(name) for name in good)


def _group(stats: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in stats.items() if name.startswith(prefix) and count}


def _outcome(name: str) -> str:
    return name.removeprefix("fault/")


@contextmanager
def _progress(name: str, *, quiet: bool) -> Iterator[Callable[[Tally], None]]:
    """A progress bar on standard error where a person looks at one."""
    err = Console(stderr=True)
    if quiet or not err.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(name, total=None)

        def watch(tally: Tally) -> None:
            bar.update(task, total=tally.planned or None, completed=tally.ended)

        yield watch


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM ends a crawl as Ctrl-C does: in order, with what is in flight brought home."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(signum: int, frame: object) -> None:
        del signum, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
