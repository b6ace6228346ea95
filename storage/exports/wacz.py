"""What is kept, as one WACZ 1.1.1 file: a WARC, its index, the list of its pages, and the digests of all of them.

Opened as it is by ReplayWeb.page and pywb. Written as it is read; the same archive gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import IO, TYPE_CHECKING

from storage.exports.cdxj import Sorted, line, write_blocks
from storage.exports.choice import Choice, Watch
from storage.exports.metadata import exact
from storage.exports.package import Package
from storage.exports.records import record_id
from storage.exports.surt import surt
from storage.exports.warc import Captured, Written, write_warc

if TYPE_CHECKING:
    from storage.archive import Archive

WACZ = "1.1.1"
DATA = "data.warc.gz"


def write_wacz(
    archive: Archive,
    out: IO[bytes],
    choice: Choice,
    *,
    software: str,
    title: str,
    watch: Watch = lambda *_: None,
) -> Written:
    """Write what was chosen, as `storage.exports.warc.write_warc` does; `title` is what a reader is shown.

    Raises:
        ArchiveError: nothing was kept of what was chosen.
        storage.errors.Damaged: a payload is no longer what was kept.
    """
    with zipfile.ZipFile(out, "w", allowZip64=True) as package, Sorted() as index, Sorted() as pages:
        inside = Package(package)

        def note(captured: Captured) -> None:
            index.add(line(captured, DATA))
            if captured.versions:
                pages.add(_page(captured))

        with inside.file(f"archive/{DATA}") as data:
            done = write_warc(archive, data, choice, software=software, name=DATA, note=note, watch=watch)
        with inside.file("indexes/index.cdx.gz") as data:
            # an index of the index has one line for a thousand
            blocks = list(write_blocks(index, data))
        with inside.file("indexes/index.idx", packed=True) as data:
            data.write("".join(blocks).encode())
        with inside.file("pages/pages.jsonl", packed=True) as data:
            data.write(_line({"format": "json-pages-1.0", "id": "pages", "title": title}).encode())
            for one in pages:
                data.write(one.partition(" ")[2].encode())
        _describe(inside, done, software=software, title=title)
    return done


def _page(captured: Captured) -> str:
    """The line of a version in the list of pages, with its address and time before it to be sorted by."""
    snapshot = captured.snapshot
    title = captured.versions[0].release.title
    found = {
        "id": record_id("page", f"{snapshot.url} {exact(snapshot.captured_at)}").rpartition(":")[2].rstrip(">"),
        "url": snapshot.url,
        "ts": exact(snapshot.captured_at),
        "title": title,
    }
    return f"{surt(snapshot.url)}\t{exact(snapshot.captured_at)} {_line(found)}"


def _describe(inside: Package, done: Written, *, software: str, title: str) -> None:
    described = json.dumps(
        {
            "profile": "data-package",
            "resources": [vars(resource) for resource in inside.resources],
            "title": title,
            "created": exact(done.at.replace(microsecond=0)),
            "wacz_version": WACZ,
            "software": software,
        },
        indent=2,
    ).encode()
    with inside.file("datapackage.json", packed=True) as data:
        data.write(described)
    signed = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(described).hexdigest()}"}
    with inside.file("datapackage-digest.json", packed=True) as data:
        data.write(json.dumps(signed, indent=2).encode())


def _line(value: dict[str, str]) -> str:
    return json.dumps(value) + "\n"
