"""How the archive's tables came to be, step by step: Alembic, run when an archive is opened.

A new step is a file in `versions/`; set `SCHEMA` to its number. There are no steps down: restore a backup.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from storage.errors import NewerArchive

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: The newest step. Known without Alembic, so that opening an archive that is up to date costs nothing.
SCHEMA = "0011"


def schema_of(connection: Connection) -> str | None:
    """The step that a database stands at; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection, where: str) -> None:
    """Bring the tables up to `SCHEMA`, inside the caller's transaction.

    Raises:
        NewerArchive: the database stands at a step that this Pressvakt has not heard of.
    """
    from alembic import command  # noqa: PLC0415 - slow to import, seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    folder = Path(__file__).parent
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    schema = schema_of(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if schema is not None and schema not in known:
        raise NewerArchive(
            f"{where} was written by a newer Pressvakt (schema {schema}); upgrade: pip install -U pressvakt"
        )
    command.upgrade(config, SCHEMA)
