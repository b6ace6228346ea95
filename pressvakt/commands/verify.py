"""`pressvakt verify`: is everything as it was kept?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from pressvakt.exporting.tables import target
from pressvakt.failure import Failure
from pressvakt.opening import reading
from pressvakt.options import Config, Force, ListFormat, Out
from pressvakt.present import Format, console, say, styled
from pressvakt.progress import progress
from storage.inspection import Wrong
from storage.inspection import verify as inspect

COLUMNS = ("what", "name", "text")


def verify(output: ListFormat = Format.TABLE, out: Out = None, force: Force = False, config: Config = None) -> None:
    """Read everything that is kept, and name what is wrong.

    Every payload is unpacked and held against its SHA-256, every version against its digest, every link between the
    tables is followed. One line for each thing that is not as it was kept, and exit code 1; nothing is changed.
    """
    to = target(output, out, force=force)
    counts: Counter[str] = Counter()
    with reading(config) as archive, progress("verify") as watch:
        looked = [0]

        def tell(done: int, total: int) -> None:
            looked[0] = done
            watch(done, total)

        found = _counted(inspect(archive, watch=tell), counts)
        if not to.table:
            to.write(COLUMNS, map(asdict, found))
        else:
            terminal = console()
            for wrong in found:
                terminal.print(styled(str(wrong)))
    if counts:
        many = ", ".join(f"{count} {what}{'s' * (count > 1)}" for what, count in sorted(counts.items()))
        raise Failure(f"not as it was kept: {many}; leave the file as it is and restore a backup beside it")
    say(f"{looked[0]} payloads, snapshots, versions and changes: all as they were kept")


def _counted(found: Iterator[Wrong], counts: Counter[str]) -> Iterator[Wrong]:
    for wrong in found:
        counts[wrong.what] += 1
        yield wrong
