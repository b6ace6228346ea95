"""The command line: which commands there are, and what becomes of their errors.

Results go to standard output, words to standard error. Exit codes: 0 done, 1 failed, 2 misuse or bad configuration.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from crawler.reading.toml_faults import FaultsError
from pressvakt import __version__
from pressvakt.failure import Failure, Misuse
from pressvakt.present import say
from storage.errors import ArchiveError

DONE, FAILED, MISUSE, INTERRUPTED = 0, 1, 2, 130

#: In the order in which one meets them. Each is a file in `pressvakt/commands` with a function of its name, or with an
#: `app` of its own where it has commands under it.
COMMANDS = (
    "demo",
    "init",
    "sites",
    "crawl",
    "run",
    "status",
    "accept",
    "worker",
    "changes",
    "notices",
    "history",
    "show",
    "diff",
    "files",
    "search",
    "top",
    "copies",
    "subscribe",
    "subscriptions",
    "alerts",
    "web",
    "users",
    "export",
    "import",
    "reread",
    "verify",
    "backup",
    "purge",
    "archive",
    "audits",
)

_SETTINGS: dict[str, Any] = {"help_option_names": ["--help", "-h"]}


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for: who reads the archive does not wait for the crawler."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """All names, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """The command of that name; None where there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)


def _load(name: str) -> Any:
    module = import_module(f"pressvakt.commands.{name}_" if iskeyword(name) else f"pressvakt.commands.{name}")
    part = getattr(module, "app", None)
    if part is not None:
        return typer.main.get_group(part)
    part = _typer()
    part.command(name)(getattr(module, name))
    return typer.main.get_command(part)


def _typer(**settings: Any) -> typer.Typer:
    return typer.Typer(rich_markup_mode=None, add_completion=False, context_settings=_SETTINGS, **settings)


app = _typer(name="pressvakt", cls=Commands)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"pressvakt {__version__}\n")
        raise typer.Exit


@app.callback()
def pressvakt(
    version: Annotated[
        bool, typer.Option("--version", help="Say which Pressvakt this is.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Watches the press pages of governments, keeps every version, and says exactly what changed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (that of the process where none is given); its exit code.

    An error that we know is one line on standard error. `PRESSVAKT_DEBUG=1` shows where any other came from.
    """
    try:
        given = sys.argv[1:] if arguments is None else arguments
        code = _run(given or ["--help"])
        sys.stdout.flush()
    except BrokenPipeError:
        return _quiet()
    return code


def _run(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    try:
        with command.make_context("pressvakt", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        say("pressvakt: stopped; what was kept stays kept")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except typer.TyperException as error:
        say(f"pressvakt: {_usage(error)}")
        return error.exit_code
    except Exception as error:
        if os.environ.get("PRESSVAKT_DEBUG"):
            raise
        return _explain(error)
    return DONE


def _explain(error: Exception) -> int:
    """Say an error in its own words; ours have the next step in them."""
    from crawler.browser import NoBrowser  # noqa: PLC0415 - not needed before something has gone wrong

    if isinstance(error, FaultsError):
        say(str(error))  # a line for each fault, that starts with its file and line
        return MISUSE
    if isinstance(error, Failure | ArchiveError | NoBrowser):
        say(f"pressvakt: {error}")
        return MISUSE if isinstance(error, Misuse) else FAILED
    if isinstance(error, OSError) and error.strerror:
        say(f"pressvakt: {error.strerror}{f': {error.filename}' if error.filename else ''}")
        return FAILED
    say(
        f"pressvakt: a fault of Pressvakt's own: {type(error).__name__}: {error}; "
        "PRESSVAKT_DEBUG=1 shows where, please report it"
    )
    return FAILED


def _usage(error: typer.TyperException) -> str:
    """A usage error on one line, with where to look things up."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "pressvakt"
    message = " ".join(error.format_message().split()).rstrip(".")
    return f"{message} ({path} --help)"


def _quiet() -> int:
    """Whoever read our output has had enough (`| head`): nothing is wrong, and nothing more may be written."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    return DONE
