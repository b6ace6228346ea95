"""What can go wrong with an archive, each error with the step that helps."""

# ruff: noqa: N818 - named for what happened, as the caller says it

from __future__ import annotations


class ArchiveError(Exception):
    """Something is wrong with the archive or with what was asked of it; the message is one line.

    ArchiveError
    ├── Locked        another process is writing: try again
    ├── Unreachable   the database server does not answer: see that it is up, try again
    ├── DiskFull      nothing of the unit was kept: make room, try again
    ├── Damaged       bytes are not what was written: stop, restore a backup
    ├── NewerArchive  written by a newer Pressvakt: upgrade
    ├── NotAnArchive  the address is not, or not that of, an archive
    ├── AddressTaken  another page stands at that address
    ├── UnderWay      another crawl of the site is alive: wait for its end
    └── LeaseLost     we were held up, and another crawl took over
    """


class Locked(ArchiveError):
    """Another process holds the archive for longer than we wait. Nothing was written; the same call may be repeated."""


class Unreachable(ArchiveError):
    """The server that keeps the archive does not answer. The unit under way was taken back whole."""


class DiskFull(ArchiveError):
    """There is no room for more. The unit was taken back whole."""


class Damaged(ArchiveError):
    """What is read is not what was written. Nothing is repaired or made anew behind anybody's back."""


class NewerArchive(ArchiveError):
    """The archive's tables are of a later Pressvakt than this one."""


class NotAnArchive(ArchiveError):
    """There is no archive at the address, and none can be made there."""


class AddressTaken(ArchiveError):
    """Another page of the site stands at the address that a page was to move to."""


class UnderWay(ArchiveError):
    """Another process is crawling the site. Nothing was written."""


class LeaseLost(ArchiveError):
    """Another crawl took over the site while this one was held up. Nothing of the unit was written."""
