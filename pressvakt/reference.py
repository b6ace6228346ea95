"""The command line's own description, as the Markdown of docs/reference/cli.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from pressvakt.cli import app

#: Columns of the help texts: what a narrow terminal has.
WIDTH = 80


def command_line() -> str:
    """Every command with its help, under a heading of its own."""
    return "\n" + "\n".join(f"## `{path}`\n\n```text\n{text}\n```\n" for path, text in helps())


def helps() -> Iterator[tuple[str, str]]:
    """The path of every command (`pressvakt sites check`) and what its `--help` prints."""
    yield from _helps(typer.main.get_command(app), "pressvakt", None)


def _helps(command: Any, name: str, parent: typer.Context | None) -> Iterator[tuple[str, str]]:
    # nothing is parsed, so that what is required need not be given
    context = typer.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, resilient_parsing=True, **_settings(command)
    )
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, TyperGroup):
        for child in command.list_commands(context):
            yield from _helps(command.get_command(context, child), child, context)


def _settings(command: Any) -> dict[str, Any]:
    return {key: value for key, value in command.context_settings.items() if key != "terminal_width"}
