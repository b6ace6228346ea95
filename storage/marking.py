"""Marks: which changes may have a kind, a label, a field or a sender, so that few need be looked at.

A mark is a number made of the trait's name; two traits may share one. So marks only ever say which changes *may* have
something, and whoever asks looks at those. A change that nobody has marked yet, or that was corrected since, has mark
0: it may have anything. Triggers see to that, and note between which times each span of changes was detected.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text

from changes.kinds import Finding, Kind
from changes.release import normalise
from storage.question_tables import marks, senders
from storage.tables import changes
from storage.text import clean

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from changes.release import Release
    from storage.database import Sql

#: The mark of a change that may have anything.
ANY = 0
#: Changes whose times are noted together.
SPAN = 1024
#: Marks are numbers of three bytes: as good as one for each trait, and short.
_MARKS = 2**23 - 1

_ADD = marks.insert()
_ADD_SENDER = text(
    "INSERT INTO senders (digest, site_id, mark, name) VALUES (:digest, :site_id, :mark, :name) "
    "ON CONFLICT (digest) DO NOTHING"
)
_UNMARK = marks.delete().where(marks.c.mark == ANY, marks.c.change_id == bindparam("marked"))
_MARKED = select(marks.c.mark).where(
    marks.c.change_id == bindparam("marked"), marks.c.mark.in_(bindparam("among", expanding=True))
)
_LEFT = (
    select(changes.c.id, changes.c.page_id, changes.c.before, changes.c.after, changes.c.finding)
    .join(marks, marks.c.change_id == changes.c.id)
    .where(marks.c.mark == ANY)
    .order_by(changes.c.id)
    .limit(bindparam("count"))
)
_UNMARKED = select(func.count()).select_from(marks).where(marks.c.mark == ANY)
_SENDERS = select(senders.c.site_id, senders.c.mark, senders.c.name)
_SITE_OF = select(changes.c.site_id).where(changes.c.id == bindparam("marked"))


def mark(trait: str, name: str) -> int:
    """The mark of a trait: `mark("kind", "edited")`; never 0."""
    return zlib.crc32(f"{trait}/{name}".encode("utf-8", "replace")) % _MARKS + 1


def mark_change(sql: Sql, change_id: int, finding: Finding, said: Iterable[Release | None], *, anew: bool) -> None:
    """Mark a change by what was found, and by who sent the release before and after it.

    `anew`: it may have been marked before.
    """
    names = {clean(sender) for release in said if release is not None for sender in release.senders}
    site = sql.first(_SITE_OF, {"marked": change_id})
    site_id = 0 if site is None else int(site[0])
    found = traits(finding) | {site_mark(site_id)} | {sender_mark(site_id, name) for name in names}
    if anew:
        known = sql.rows(_MARKED, {"marked": change_id, "among": sorted(found)})
        found.difference_update(row.mark for row in known)
    if found:
        sql.run_many(_ADD, [{"mark": one, "change_id": change_id} for one in sorted(found)])
    for name in sorted(names):
        digest = hashlib.sha256(f"{site_id}/{name}".encode()).hexdigest()
        values = {"digest": digest, "site_id": site_id, "mark": sender_mark(site_id, name), "name": name}
        sql.run(_ADD_SENDER, values)
    sql.run(_UNMARK, {"marked": change_id})


def kind_marks(kinds: Iterable[Kind]) -> list[int]:
    """The marks of changes of some kinds."""
    return [mark("kind", kind.value) for kind in kinds]


def traits(finding: Finding) -> set[int]:
    """The marks of what was found: its kind, its labels, its fields, and each label with each field."""
    kind = finding.kind
    marks = {*kind_marks([kind]), *edit_marks(finding.labels, (), [kind]), *edit_marks((), finding.fields, [kind])}
    return marks | set(edit_marks(finding.labels, finding.fields, [kind]))


def edit_marks(labels: Collection[str], fields: Collection[str], kinds: Collection[Kind]) -> list[int]:
    """The marks of changes that have one of some labels and one of some fields, as far as these are given.

    They are of some kinds; of any, where none is given.
    """
    return [
        mark(f"{kind.value}/edit", f"{label}/{name}")
        for label in labels or ("",)
        for name in fields or ("",)
        for kind in kinds or Kind
        if label or name
    ]


def site_mark(site_id: int) -> int:
    """The mark of changes of a site."""
    return mark("site", str(site_id))


def sender_mark(site_id: int, name: str) -> int:
    """The mark of a sender of a site."""
    return mark(f"{site_id}/sender", name)


def left(sql: Sql, count: int) -> list[tuple[int, int, int | None, int | None, str]]:
    """Changes that nobody has marked: id, page, before, after, finding."""
    return [tuple(row) for row in sql.rows(_LEFT, {"count": count})]


def unmarked(sql: Sql) -> int:
    """How many there are of them."""
    row = sql.first(_UNMARKED)
    return 0 if row is None else int(row[0])


def sender_marks(sql: Sql, pieces: Collection[str], site_id: int | None) -> set[int]:
    """The marks of the senders, of a site or all, in whose names one of some pieces stands.

    Pieces are normalised and casefolded.
    """
    return {
        row.mark
        for row in sql.rows(_SENDERS)
        if site_id in (None, row.site_id)
        and any(piece in normalise(row.name).casefold() or piece in row.name.casefold() for piece in pieces)
    }


def create(connection: Connection) -> None:
    """Have every change that is kept marked 0, its time noted, and the triggers made that go on so."""
    for statement in (*_FIRST, *(_triggers_postgresql() if _is_postgresql(connection) else _TRIGGERS)):
        connection.exec_driver_sql(statement)


def clear(connection: Connection) -> None:
    """Forget all marks, and the names of senders: some may have been purged."""
    connection.exec_driver_sql("DELETE FROM marks")
    connection.exec_driver_sql("DELETE FROM senders")
    connection.exec_driver_sql(_FIRST[0])


#: Notes the times of all changes there are.
SPANS = f"INSERT INTO spans SELECT id / {SPAN}, min(detected_at), max(detected_at) FROM changes GROUP BY id / {SPAN}"  # noqa: S608
_FIRST = ("INSERT INTO marks (mark, change_id) SELECT 0, id FROM changes", SPANS)
_UNKNOWN = "INSERT INTO marks (mark, change_id) VALUES (0, NEW.id) ON CONFLICT (mark, change_id) DO NOTHING;"
_SPAN = f"""
INSERT INTO spans (number, first_at, last_at) VALUES (NEW.id / {SPAN}, NEW.detected_at, NEW.detected_at)
ON CONFLICT (number) DO UPDATE SET
  first_at = CASE WHEN excluded.first_at < spans.first_at THEN excluded.first_at ELSE spans.first_at END,
  last_at = CASE WHEN excluded.last_at > spans.last_at THEN excluded.last_at ELSE spans.last_at END;
"""  # noqa: S608 - a number
#: A version that is corrected may have another sender.
_OF_VERSION = """
INSERT INTO marks (mark, change_id) SELECT 0, id FROM changes
WHERE page_id = NEW.page_id AND ("before" = NEW.number OR "after" = NEW.number)
ON CONFLICT (mark, change_id) DO NOTHING;
"""
#: Each a trigger's name, when it fires, and what it does.
_WHEN = (
    ("changes_marked", "AFTER INSERT ON changes", _UNKNOWN + _SPAN),
    (
        "changes_marked_anew",
        'AFTER UPDATE OF id, page_id, kind, detected_at, "before", "after", finding ON changes',
        _UNKNOWN + _SPAN,
    ),
    ("versions_marked", "AFTER INSERT ON versions", _OF_VERSION),
    ("versions_marked_anew", "AFTER UPDATE OF page_id, number, release ON versions", _OF_VERSION),
)
_TRIGGERS = tuple(f"CREATE TRIGGER {name} {when} BEGIN {what} END" for name, when, what in _WHEN)


def _triggers_postgresql() -> Iterable[str]:
    for name, when, what in _WHEN:
        yield (
            f"CREATE FUNCTION pressvakt_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what} RETURN NULL; END $$"
        )
        yield f"CREATE TRIGGER {name} {when} FOR EACH ROW EXECUTE FUNCTION pressvakt_{name}()"


def _is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
