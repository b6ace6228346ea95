"""`pressvakt purge`: take away what somebody has the right to have taken away."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from pressvakt.failure import Failure, Misuse
from pressvakt.lookup import find_page, find_version, site_name
from pressvakt.opening import alone, reading
from pressvakt.options import Config
from pressvakt.present import say
from pressvakt.progress import progress
from storage.archive import Archive
from storage.audits import Action, Audit
from storage.purging import Purged, finish, purge_page, purge_version, unblock
from storage.redaction import Found, find_text, purge_text

SHOWN = 10


def purge(
    version: Annotated[
        tuple[str, int] | None,
        typer.Option("--version", metavar="URL N", help="What version N of a release says.", show_default=False),
    ] = None,
    page: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A release with all its versions; it is not fetched again.", show_default=False
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="STRING", help="These words, wherever they stand in all versions.", show_default=False),
    ] = None,
    unblocked: Annotated[
        str | None,
        typer.Option("--unblock", metavar="URL", help="Let a purged release be fetched again.", show_default=False),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="WORDS", help="Why; kept for good, so leave names out.", show_default=False)
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
) -> None:
    """Take something away from the archive for good, down to the last byte of its files.

    What stays is an audit: when, who, why, and the SHA-256 of what was there. It cannot be undone. Backups and exports
    made before still have it: purge or delete those, too. Without --version, --page or --text, the bytes of a purge
    that was interrupted are swept.
    """
    wanted = [one for one in (version, page, text, unblocked) if one is not None]
    if len(wanted) > 1:
        raise Misuse("one thing at a time: --version, --page, --text or --unblock")
    with reading(config) as archive:
        if not wanted:
            say("swept" if finish(archive) else "nothing to sweep; say what to purge: --version, --page or --text")
        elif unblocked is not None:
            if not unblock(archive, unblocked):
                raise Failure(f"{unblocked} is not blocked")
            say(f"{unblocked} may be watched again; the next crawl that finds it reads it")
        else:
            if not reason.strip():
                raise Misuse('say why: --reason "…"; it is kept with the digest of what was there')
            _purge(archive, version, page, text, reason=reason, yes=yes)


def _purge(
    archive: Archive, version: tuple[str, int] | None, url: str | None, text: str | None, *, reason: str, yes: bool
) -> None:
    audit = Audit(at=archive.now(), who=getpass.getuser(), action=Action.PURGE, reason=reason.strip())
    if text is not None:
        _purge_text(archive, text, audit, yes=yes)
        return
    address, number = version if version is not None else (url or "", None)
    page = find_page(archive, address)
    if number is not None:
        title = find_version(archive, page, number=number, at=None).release.title
        what = f"purge version {number} of {page.url}, “{title}”"
    else:
        what = f"purge {page.url}, all {page.version or 0} versions of it, and never fetch it again"
    if not yes:
        _ask(what)
    with alone(archive, [site_name(archive, page)]):
        _tell(purge_page(archive, page, audit) if number is None else purge_version(archive, page, number, audit))


def _purge_text(archive: Archive, text: str, audit: Audit, *, yes: bool) -> None:
    if not yes:
        found = _find(archive, text, lambda: None)
        for address, number in found.versions[:SHOWN]:
            say(f"  {address} version {number}")
        if len(found.versions) > SHOWN:
            say(f"  and {len(found.versions) - SHOWN} more")
        _ask(
            f"take these words out of {len(found.versions)} versions and {found.others} other places, and "
            f"{found.snapshots} stored answers in which they stand away whole"
        )
    with alone(archive, [site.name for site in archive.sites()]) as beat:
        # looked for once more: what a crawl kept while we were asking is to go, too
        _tell(purge_text(archive, _find(archive, text, beat), audit))


def _find(archive: Archive, text: str, beat: Callable[[], None]) -> Found:
    with progress("search") as watch:

        def tell(done: int, total: int) -> None:
            watch(done, total)
            beat()

        found = find_text(archive, text, watch=tell)
    if found.nowhere:
        raise Failure("these words stand nowhere in the archive")
    return found


def _ask(what: str) -> None:
    if not sys.stdin.isatty():
        raise Misuse(f"would {what}; add --yes to do so without being asked")
    typer.confirm(f"This cannot be undone: {what}?", abort=True, err=True)


def _tell(purged: Purged) -> None:
    say(
        f"purged: {purged.versions} versions, {purged.snapshots} answers, {purged.payloads} payloads"
        + (f", {purged.others} other places" if purged.others else "")
        + "; earlier backups and exports still have it"
    )
    for name in purged.shared:
        say(f"the very same bytes are still kept for {name}; purge that, too, if they must go")
