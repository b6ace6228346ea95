"""Alembic's door: it works on the connection, and in the transaction, that `upgrade` hands it."""

from __future__ import annotations

from alembic import context

from storage.migrations import collation  # noqa: F401 - it makes itself known to Alembic
from storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
