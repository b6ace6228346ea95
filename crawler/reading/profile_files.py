"""Profiles from their files: `sites/NAME.toml` of a working folder, or one of those that are shipped.

A profile may say `extends = "NAME"`: tables are merged key by key, lists are replaced as a whole, and `KEY_also`
puts its entries before the inherited ones. A local file that extends its own name means the shipped one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from crawler.reading.generic.rules import GENERIC
from crawler.reading.profile_rules import REQUIRED, SITE
from crawler.reading.profiles import SiteProfile, with_noise
from crawler.reading.schedule_values import unaffordable
from crawler.reading.toml_faults import Fault, FaultsError, Node, merged, read_toml
from crawler.reading.toml_values import meant, said, table

#: What a profile's file may be called: it is the name of the site on the command line and in the archive.
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ProfileError(FaultsError):
    """A profile that cannot be used, with everything that is wrong with it and with those it extends."""


def shipped_folder() -> Path:
    """The folder of the profiles that are shipped."""
    return Path(str(files("crawler"))) / "sites"


def load_profile(name: str, *, folders: Sequence[Path], root: Path | None = None) -> SiteProfile:
    """The profile of that name: from the first folder that has it, the shipped ones standing last always.

    `root` is the folder from which faults name files; without it they are named as given.

    Raises:
        ProfileError: there is none, or it cannot be used.
    """
    found = _find(name, _all(folders))
    if found is None:
        place = shown(folders[0], root) if folders else "profiles"
        message = _no_profile(name, folders)
        raise ProfileError([Fault(file=place, line=0, column=0, key="", message=message)])
    return load_file(found, folders=folders, root=root)


def load_file(path: Path, *, folders: Sequence[Path] = (), root: Path | None = None) -> SiteProfile:
    """The profile in a file; what it extends is looked for in `folders`, then among those that are shipped.

    Raises:
        ProfileError: it cannot be used.
    """
    return read_profile(path, folders=folders, root=root)[0]


def read_profile(path: Path, *, folders: Sequence[Path] = (), root: Path | None = None) -> tuple[SiteProfile, Node]:
    """As `load_file`, and with the profile its merged root table, for who has more to say about places in it."""
    faults: list[Fault] = []
    if not NAME.fullmatch(path.stem):
        message = f"{path.stem!r} is no name for a site; use small letters, digits, '.', '-' and '_'"
        faults.append(Fault(file=shown(path, root), line=0, column=0, key="", message=message))
    try:
        node, whole = _extended(path, _all(folders), root, (), faults)
        values = table({**SITE, "extends": lambda _: None}, required=REQUIRED if whole else None, elsewhere=_ELSEWHERE)(
            node
        )
    except FaultsError as error:
        faults += error.faults
        node, values = _NOTHING, {}
    faults += _unaffordable(node, values)
    if faults:
        raise ProfileError(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    values.pop("extends", None)
    values["release"] = values.get("release") or (GENERIC,)  # no rules: any page is read by what it tells of itself
    profile = SiteProfile(name=path.stem, **values)
    return replace(profile, release=with_noise(profile.release, profile)), node


def profile_names(folders: Iterable[Path]) -> list[str]:
    """The names of the profiles in these folders, sorted."""
    return sorted({path.stem for folder in folders if folder.is_dir() for path in folder.glob("[!.]*.toml")})


def shown(path: Path, root: Path | None) -> str:
    """A path as faults name it: from `root` where it is below it, from the package where it is shipped."""
    for above in (root, shipped_folder().parents[1]):
        if above is not None and path.is_relative_to(above):
            return path.relative_to(above).as_posix()
    return str(path)


def _unaffordable(node: Node, values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong between a site's lists and the requests that it grants us."""
    if "schedule" not in values or "discovery" not in values:
        return []
    wrong = unaffordable(values["schedule"], len(values["discovery"]))
    return [node.value["schedule"].value["budget"].fault(wrong)] if wrong else []


def _extended(
    path: Path, folders: Sequence[Path], root: Path | None, below: tuple[Path, ...], faults: list[Fault]
) -> tuple[Node, bool]:
    """The root table of a file merged over those it extends, and whether all of them could be read."""
    node = read_toml(path, shown=shown(path, root))
    if "name" in node.value:
        faults.append(node.value["name"].fault(f"is not set here: the site is named after its file, {path.stem!r}"))
        node = replace(node, value={key: part for key, part in node.value.items() if key != "name"})
    extends = node.value.get("extends")
    if extends is None:
        return merged(replace(node, value={}), node), True
    try:
        parent, whole = _extended(
            _parent(extends, path, folders, (*below, path)), folders, root, (*below, path), faults
        )
    except FaultsError as error:
        faults += error.faults
        parent, whole = replace(node, value={}), False
    try:
        return merged(parent, node), whole
    except FaultsError as error:
        faults += error.faults
        return node, False


def _parent(extends: Node, path: Path, folders: Sequence[Path], below: tuple[Path, ...]) -> Path:
    name = extends.value
    if not isinstance(name, str):
        raise extends.refuse(f"{said(extends)} is no name of a profile; put it in quotes")
    # the same name means the one behind: a local regeringen.se.toml extends the shipped one
    behind = folders
    if name == path.stem:
        here = [number for number, folder in enumerate(folders) if folder.resolve() == path.parent.resolve()]
        behind = folders[here[0] + 1 :] if here else folders
    found = _find(name, behind)
    if found is None:
        raise extends.refuse(_no_profile(name, folders, besides=path))
    if found.resolve() in {one.resolve() for one in below}:
        circle = " extends ".join(repr(one.stem) for one in (*below, found))
        raise extends.refuse(f"runs in a circle: {circle}")
    return found


def _find(name: str, folders: Iterable[Path]) -> Path | None:
    if not NAME.fullmatch(name):
        return None
    paths = (folder / f"{name}.toml" for folder in folders)
    return next((path for path in paths if path.exists() or path.is_symlink()), None)


def _all(folders: Sequence[Path]) -> tuple[Path, ...]:
    shipped = shipped_folder()
    return (*(folder for folder in folders if folder.resolve() != shipped.resolve()), shipped)


def _no_profile(name: str, folders: Sequence[Path], *, besides: Path | None = None) -> str:
    known = profile_names(_all(folders))
    if besides and besides.stem in known and besides.stem not in profile_names([shipped_folder()]):
        known.remove(besides.stem)
    return f"no profile {name!r}{meant(name, known) or '; known: ' + ', '.join(known)}"


_NOTHING = Node(file="", line=0, column=0, key="", value={})
_ELSEWHERE = {
    "database": "[storage] of pressvakt.toml",
    "allow_private": "[network] of pressvakt.toml",
    "contact": "pressvakt.toml",
}
