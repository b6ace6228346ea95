"""The evidence of one change: what the site sent before and after, byte for byte, and how anybody can check it.

A ZIP with the stored answers, what we read in them, the difference as a page to read, and the digest of each file.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import IO, Any

from pressvakt.exporting.evidence_page import change_page
from pressvakt.failure import Failure
from pressvakt.lookup import site_name
from pressvakt.objects import change_object, release_object
from pressvakt.present import as_json, clean
from storage.archive import Archive
from storage.correcting import former_addresses
from storage.exports.choice import find_change
from storage.exports.messages import response_head
from storage.exports.metadata import exact
from storage.exports.package import Package
from storage.exports.warc import is_purged, write_answers
from storage.records import Change, Page, Site, Snapshot, Version

README = """\
Evidence of one change of a press page
======================================

{title}
{url}
{what}, detected {at} (UTC)

What is in here
---------------
diff.html         what differs, to read in a browser: one page by itself, without scripts
change.json       the change, the page, and all that was read in each version
answers/          what the site sent, one folder for each answer:
  …/body.bin      its content, byte for byte as it was kept, transfer and content encodings undone
  …/http.txt      its status line and headers
  …/answer.json   address, time of capture, redirects and SHA-256 digests
answers.warc.gz   the same answers as WARC 1.1, to be replayed with pywb or ReplayWeb.page
SHA256SUMS        the SHA-256 digest of every file

The bodies are a stranger's web pages. Look at them in an editor, or replay the WARC file: a browser that opens one
directly runs whatever scripts are in it.

How to check it
---------------
1. Nothing in this package was altered since it was made:

       sha256sum --check SHA256SUMS

   (On macOS: shasum -a 256 --check SHA256SUMS.)

2. The bodies are those that were kept when the site was asked: the digest of each body.bin is the "payload" of its
   answer.json, and the WARC-Payload-Digest of its record:

       sha256sum answers/*/body.bin
       warcio check answers.warc.gz

3. The archive still holds the same: whoever runs it exports the change once more, and each answer has the digest that
   it has here.

What the digests prove is that nothing was altered since this package was made; give the digest of the package itself
to somebody else today, and it proves so later. That the site sent this then is the word of whoever ran the archive;
other archives (web.archive.org) may have captured the same.

{software}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One change, and everything that speaks of it."""

    site: Site
    page: Page
    change: Change
    before: Version | None
    after: Version | None
    answers: tuple[tuple[str, Snapshot], ...]  #: the name of each answer's folder, oldest first


def find_case(archive: Archive, change_id: int) -> Case:
    """The change of that id, with its versions and answers.

    Raises:
        Failure: there is no such change, or nothing is left of its answers.
    """
    found = find_change(archive, change_id)
    if found is None:
        raise Failure(f"there is no change {change_id}; `pressvakt changes --format jsonl` shows the id of each")
    change, page = found
    site = archive.site(site_name(archive, page))
    before, after = (
        None if number is None else archive.version(page.id, number) for number in (change.before, change.after)
    )
    answers = _answers(archive, page, change, before, after)
    if site is None or not any(not is_purged(snapshot) for _, snapshot in answers):
        raise Failure(f"nothing is left of the answers behind change {change_id}: they were purged")
    return Case(site=site, page=page, change=change, before=before, after=after, answers=answers)


def write_evidence(archive: Archive, out: IO[bytes], case: Case, *, software: str) -> None:
    """Write the package.

    Raises:
        storage.errors.Damaged: a payload is no longer what was kept.
    """
    change = case.change
    with zipfile.ZipFile(out, "w", allowZip64=True) as file:
        package = Package(file)
        readme = README.format(
            title=clean(change.title),
            url=clean(change.url),
            what=str(change.kind),
            at=exact(change.detected_at),
            software=f"made by {software}",
        )
        _put(package, "README.txt", readme.encode("utf-8", "replace"))
        _put(package, "change.json", _json(_told(archive, case)))
        _put(package, "diff.html", change_page(case.change, case.before, case.after).encode("utf-8", "replace"))
        for name, snapshot in case.answers:
            _answer(archive, package, name, snapshot)
        with package.file("answers.warc.gz") as data:
            snapshots = [snapshot for _, snapshot in case.answers]
            write_answers(archive, data, case.site, case.page, snapshots, software=software)
        sums = "".join(f"{one.hash.removeprefix('sha256:')}  {one.path}\n" for one in package.resources)
        _put(package, "SHA256SUMS", sums.encode())


def _answers(
    archive: Archive, page: Page, change: Change, before: Version | None, after: Version | None
) -> tuple[tuple[str, Snapshot], ...]:
    """The answers of both versions, and those that were kept in between, up to when the change was detected."""
    roles = {version.snapshot_id: role for version, role in ((before, "before"), (after, "after")) if version}
    first = before.last_seen if before is not None else None
    chosen: list[tuple[str, Snapshot]] = []
    for snapshot in archive.snapshots(page.id):
        role = roles.get(snapshot.id)
        if role is None and first is not None and first < snapshot.captured_at <= change.detected_at:
            role = "between"
        if role is not None:
            chosen.append((f"{len(chosen) + 1}-{role}", snapshot))
    return tuple(chosen)


def _answer(archive: Archive, package: Package, name: str, snapshot: Snapshot) -> None:
    told: dict[str, Any] = {
        "url": snapshot.url,
        "captured_at": exact(snapshot.captured_at),
        "status": snapshot.status,
        "redirects": [{"url": url, "status": status} for url, status in snapshot.redirects],
    }
    folder = f"answers/{name}"
    if is_purged(snapshot):
        _put(package, f"{folder}/answer.json", _json({**told, "purged": True}))
        return
    body = archive.payload(snapshot.digest)
    head = response_head(snapshot, len(body))
    _put(package, f"{folder}/body.bin", body)
    _put(package, f"{folder}/http.txt", head)
    told |= {"headers": [list(pair) for pair in snapshot.headers], "payload": snapshot.digest, "bytes": len(body)}
    _put(package, f"{folder}/answer.json", _json(told))


def _told(archive: Archive, case: Case) -> dict[str, Any]:
    page = case.page
    versions = [
        release_object(version, site=case.site.name, url=page.url, snapshot=archive.snapshot(version.snapshot_id))
        for version in (case.before, case.after)
        if version is not None
    ]
    if case.before is not None and case.after is not None and case.before.id == case.after.id:
        del versions[1]
    return {
        "change": change_object(case.change),
        "page": {
            "site": case.site.name,
            "url": page.url,
            "state": str(page.state),
            "first_seen": exact(page.first_seen),
            "last_seen": None if page.last_seen is None else exact(page.last_seen),
            "former": [{"url": url, "left_at": exact(at)} for url, at in former_addresses(archive, page.id)],
        },
        "versions": versions,
    }


def _json(value: dict[str, Any]) -> bytes:
    return (as_json(value, indent=2) + "\n").encode("utf-8", "replace")


def _put(package: Package, path: str, data: bytes) -> None:
    with package.file(path, packed=True) as file:
        file.write(data)
