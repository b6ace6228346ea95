"""Packages: ZIP files that know the digest of everything in them, and are the same bytes for the same content."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

#: The oldest time that a ZIP can say: the archive's own times stand where they belong.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One file of the package, as its description names it."""

    name: str
    path: str
    hash: str
    bytes: int


class Package:
    """A ZIP, and what is in it so far."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self.resources: list[Resource] = []

    @contextmanager
    def file(self, path: str, *, packed: bool = False) -> Iterator[Hashed]:
        """A new file in the package; what is packed already is stored as it is, so that it can be read from within."""
        entry = zipfile.ZipInfo(path, _NO_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every machine
        with self._package.open(entry, "w", force_zip64=True) as file:
            hashed = Hashed(file)
            yield hashed
        name = path.rpartition("/")[2].lower()
        digest = f"sha256:{hashed.hash.hexdigest()}"
        self.resources.append(Resource(name=name, path=path, hash=digest, bytes=hashed.size))


class Hashed:
    """A file in the package that is hashed as it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.hash.update(data)
        self.size += len(data)
