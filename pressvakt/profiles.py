"""Profile files of an installation, changed by a command: checked before, and replaced whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from crawler.reading.profile_files import ProfileError, read_profile
from crawler.reading.profiles import SiteProfile
from pressvakt.config import Config
from pressvakt.failure import Failure, Misuse


def profile_file(settings: Config, name: str) -> Path:
    """The file of a site that is watched.

    Raises:
        Misuse: there is no such site.
    """
    if name not in settings.sites:
        raise Misuse(f"no site {name!r}; known: {', '.join(settings.sites) or 'none'}")
    return settings.sites_folder / f"{name}.toml"


def text_of(file: Path) -> str:
    """What stands in a profile file."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror or error}") from None


def checked(text: str, file: Path, settings: Config) -> SiteProfile:
    """The profile as it would be read from its file, were this in it.

    Raises:
        Failure: it could not be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / file.name
        draft.write_text(text, "utf-8")
        try:
            return read_profile(draft, folders=[Path(folder), settings.sites_folder], root=Path(folder))[0]
        except ProfileError as error:
            raise Failure(f"what was understood makes no profile: {error}") from None


def replace_file(file: Path, text: str) -> None:
    """Put a new text in a file's place."""
    beside = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, "utf-8", newline="\n")
        beside.replace(file)
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror or error}; nothing was changed") from None
