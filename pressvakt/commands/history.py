"""`pressvakt history`: the versions of one release, and what happened between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rich.console import Console

from pressvakt.exporting.tables import target
from pressvakt.lookup import find_page, site_name
from pressvakt.marking import in_colour
from pressvakt.objects import VERSION_COLUMNS, version_object
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, Out, Url
from pressvakt.origins import origin_object, origin_words
from pressvakt.present import Format, console, hanging, say, styled
from pressvakt.telling import STYLES, told
from pressvakt.times import when
from storage.archive import Archive
from storage.imports import Import, Origin, page_origins
from storage.records import Change, Page, PageState, Version

Origins = Mapping[int, tuple[Origin, Import]]


def history(
    url: Url, output: ListFormat = Format.TABLE, out: Out = None, force: Force = False, config: Config = None
) -> None:
    """All versions of a release.

    Oldest first, with when each was first and last seen, and the changes between them.
    """
    to = target(output, out, force=force)
    with reading(config) as archive:
        page = find_page(archive, url)
        site = site_name(archive, page)
        versions = archive.versions(page.id)
        happened = list(archive.changes(site=site, url=page.url))
        origins = page_origins(archive, page.id)
        if to.table:
            _table(archive, page, site, versions, happened, origins)
            return
        by_version = _by_version(happened)
        rows = (
            {
                **version_object(version, site=site, url=page.url, changes=by_version[version.number]),
                "origin": origin_object(origins.get(version.snapshot_id)),
            }
            for version in versions
        )
        to.write(VERSION_COLUMNS, rows, flat=lambda row: {**row, "changes": [one["kind"] for one in row["changes"]]})


def _by_version(happened: list[Change]) -> defaultdict[int, list[Change]]:
    """Changes under the version that they led to, or that they befell where there is no new one."""
    found: defaultdict[int, list[Change]] = defaultdict(list)
    for change in happened:
        found[change.after or change.before or 1].append(change)
    return found


def _table(
    archive: Archive, page: Page, site: str, versions: list[Version], happened: list[Change], origins: Origins
) -> None:
    out = console()
    if versions:
        out.print(styled(versions[-1].release.title, "bold"))
    out.print(styled(page.url, "cyan"))
    out.print(styled(_state(page, site, len(versions)), "dim"))
    if not versions:
        say("no version of it could be read yet; the next crawl tries again")
    # what led to a version stands before it, what befell it after
    steps: list[tuple[tuple[float, int], Version | Change]] = [
        ((version.first_seen.timestamp(), 1), version) for version in versions
    ]
    steps += [((change.detected_at.timestamp(), 0 if change.after else 2), change) for change in happened]
    for _, step in sorted(steps, key=lambda step: step[0]):
        if isinstance(step, Version):
            _version_line(out, step, origin_words(origins.get(step.snapshot_id)))
        else:
            _change_lines(out, archive, page, step)


def _version_line(out: Console, version: Version, origin: str) -> None:
    visits = f"{version.visits} visit{'s' * (version.visits != 1)}"
    line = styled(f"  {version.number:>3}  ", "bold")
    line += styled(f"{when(version.first_seen)} to {when(version.last_seen)}  ({visits})")
    out.print(line + styled(f"  {origin}" if origin else "", "dim"))


def _change_lines(out: Console, archive: Archive, page: Page, change: Change) -> None:
    head = styled("       ") + styled(str(change.kind), STYLES[change.kind])
    head += styled(f"  {when(change.detected_at)}{' by the first crawl' if change.baseline else ''}", "dim")
    out.print(head)
    for text in told(archive, page, change, colour=in_colour(out)):
        for line in hanging(out, text, indent=9):
            out.print(line)


def _state(page: Page, site: str, count: int) -> str:
    seen = f", last read {when(page.last_seen)}" if page.last_seen else ""
    state = {
        PageState.MISSING: f"missing at the last {page.misses} visit{'s' * (page.misses != 1)}",
        PageState.GONE: f"gone{f' ({page.status})' if page.status else ''}",
        PageState.MOVED: "moved to another watched page",
    }.get(page.state, str(page.state))
    return f"{site} · {state}{seen} · {count} version{'s' * (count != 1)}"
