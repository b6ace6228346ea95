"""Payloads kept outside of the database: in a folder, or at any address that fsspec knows (`s3://BUCKET/FOLDER`).

Each is an object by itself, named by its SHA-256 and stored as one zstd frame, so that it can be read and checked without
Pressvakt: `zstd -d < OBJECT | sha256sum`. It is there, and on disk, before the row that speaks of it is committed.
What a unit left behind that was taken back is harmless: the next to keep it finds it, and `sweep` clears it away.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage.errors import ArchiveError, DiskFull

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEX = re.compile(r"[0-9a-f]{64}")
#: How objects are named after their digest.
_SUFFIX = ".zst"


class Store(ABC):
    """Objects by digest (`sha256:…`)."""

    address: str

    @abstractmethod
    def put(self, digest: str, data: bytes) -> None:
        """Keep an object; when this returns it is safe. One that is there already is written anew.

        Raises:
            ArchiveError: it could not be kept.
        """

    @abstractmethod
    def get(self, digest: str) -> bytes | None:
        """The object; None where there is none.

        Raises:
            ArchiveError: it cannot be read now.
        """

    @abstractmethod
    def digests(self) -> Iterator[str]:
        """Everything that is kept, in no order."""

    @abstractmethod
    def drop(self, digest: str) -> None:
        """Delete an object; nothing where there is none."""


def open_store(address: str, *, make: bool = True) -> Store:
    """The store at an address: `s3://…` and the like, `file:///FOLDER` or a folder; made where it is not there, unless told not to.

    Raises:
        ArchiveError: it cannot be opened, or what it needs is not installed.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return _Folder(Path(address).expanduser().absolute(), make=make)
    if scheme == "file":
        return _Folder(Path(rest).absolute(), make=make)
    return _Remote(address)


class _Folder(Store):
    """A folder of this machine, with 256 folders in it."""

    def __init__(self, folder: Path, *, make: bool) -> None:
        self.address = f"file://{folder}"
        self._folder = folder
        if not folder.is_dir():
            if not make or folder.exists() or not folder.parent.is_dir():
                raise ArchiveError(
                    f"there is no folder {folder} with the payloads; is its disk there? make it, or correct the address"
                )
            folder.mkdir()

    def put(self, digest: str, data: bytes) -> None:
        path = self._path(digest)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            self._sync(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            kind = DiskFull if error.errno in {28, 122} else ArchiveError  # ENOSPC, EDQUOT
            raise kind(f"a payload could not be kept in {self._folder} ({error.strerror}); see to the disk") from error

    def get(self, digest: str) -> bytes | None:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ArchiveError(f"{self._path(digest)} cannot be read: {error.strerror}") from error

    def digests(self) -> Iterator[str]:
        for path in self._folder.glob(f"[0-9a-f][0-9a-f]/*{_SUFFIX}"):
            if _HEX.fullmatch(path.stem):
                yield f"sha256:{path.stem}"

    def drop(self, digest: str) -> None:
        try:
            self._path(digest).unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveError(f"{self._path(digest)} cannot be deleted: {error.strerror}") from error

    def _path(self, digest: str) -> Path:
        return self._folder / _name(digest)

    @staticmethod
    def _sync(folder: Path) -> None:
        for one in (folder, folder.parent):
            handle = os.open(one, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


class _Remote(Store):
    """A place that fsspec reaches. Objects appear there whole or not at all, as on S3."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra
        except ImportError:
            raise ArchiveError(
                f"payloads at {address} need fsspec; install it: pip install 'pressvakt[fsspec]'"
            ) from None
        self._fs: Any
        with self._errors():
            self._fs, self._root = url_to_fs(self.address)

    def put(self, digest: str, data: bytes) -> None:
        with self._errors():
            self._fs.makedirs(f"{self._root}/{_name(digest)[:2]}", exist_ok=True)
            self._fs.pipe_file(self._path(digest), data)

    def get(self, digest: str) -> bytes | None:
        with self._errors():
            try:
                return bytes(self._fs.cat_file(self._path(digest)))
            except FileNotFoundError:
                return None

    def digests(self) -> Iterator[str]:
        with self._errors():
            try:
                found = self._fs.find(self._root)
            except FileNotFoundError:
                found = []
        for path in found:
            name = path.rpartition("/")[2].removesuffix(_SUFFIX)
            if _HEX.fullmatch(name):
                yield f"sha256:{name}"

    def drop(self, digest: str) -> None:
        with self._errors(), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(digest))

    def _path(self, digest: str) -> str:
        return f"{self._root}/{_name(digest)}"

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except ArchiveError:
            raise
        except Exception as error:
            # whatever a file system raises: there are dozens, each with errors of its own
            said = str(error).strip().splitlines()
            raise ArchiveError(
                f"{self.address} does not answer as it should ({said[0] if said else type(error).__name__}); "
                "see that it is there and may be written to, then try again"
            ) from error


def _name(digest: str) -> str:
    """Where an object stands: a folder of two digits, and all of them."""
    digits = digest.removeprefix("sha256:")
    return f"{digits[:2]}/{digits}{_SUFFIX}"
