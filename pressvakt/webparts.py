"""What the front door hands in to the web: what only it can make."""

from __future__ import annotations

from typing import IO, Any

from pressvakt import __version__
from pressvakt.exporting.evidence import find_case, write_evidence
from pressvakt.failure import Failure
from storage.archive import Archive


def extras() -> dict[str, Any]:
    """By name: `evidence(archive, change_id, out)` writes a package of evidence, or raises LookupError."""
    return {"evidence": evidence}


def evidence(archive: Archive, change_id: int, out: IO[bytes]) -> None:
    """Write the evidence of a change.

    Raises:
        LookupError: there is no such change, or nothing is left of what it was found by.
    """
    try:
        case = find_case(archive, change_id)
    except Failure as error:
        raise LookupError(str(error)) from None
    write_evidence(archive, out, case, software=f"pressvakt/{__version__}")
