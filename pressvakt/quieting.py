"""`pressvakt sites noise`: parts of pages that keep changing by themselves, shown with their evidence."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from crawler.noise import NoiseRule, propose
from crawler.reading.profile_writing import with_noise
from pressvakt import options
from pressvakt.config import load_config
from pressvakt.failure import Misuse
from pressvakt.marking import in_colour, marked
from pressvakt.present import console, say, styled
from pressvakt.profiles import checked, profile_file, replace_file, text_of
from storage.archive import Archive


def noise(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The site that makes noise.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the rules without asking.")] = False,
    config: options.Config = None,
) -> None:
    """Propose rules against parts that change by themselves on many pages: counters, teasers, clocks.

    Each is shown with the edits that it made. What is accepted is written into sites/NAME.toml as `noise`;
    `pressvakt reread NAME` then takes the edits back.
    """
    settings = load_config(config or (context.parent.params.get("config") if context.parent else None), crawling=False)
    file = profile_file(settings, name)
    with Archive.open(settings.database, payloads=settings.payloads) as archive:
        site = archive.site(name)
        found = propose(archive, site, settings.sites[name]) if site is not None else []
    if not found:
        say(f"{name}: nothing on its pages changes by itself often enough to be called noise")
        return
    chosen = [rule for rule in found if _accepted(rule, yes=yes)]
    if not chosen:
        say("nothing was written")
        return
    text = with_noise(text_of(file), [rule.selector for rule in chosen])
    checked(text, file, settings)
    replace_file(file, text)
    sys.stdout.write(f"{file}\n")
    say(f"next: 'pressvakt reread {name}' reads what is stored by it, and takes back the edits that it made")


def _accepted(rule: NoiseRule, *, yes: bool) -> bool:
    """Show one rule with its evidence, and ask about it."""
    out = console()
    beside = f", {rule.mixed} more beside other edits" if rule.mixed else ""
    out.print(styled(rule.selector, "bold"))
    out.print(styled(f"  {rule.edits} edits of {rule.pages} pages were in it and nowhere else{beside}"))
    for one in rule.examples:
        out.print(styled(f"  {one.url} version {one.version}", "dim"))
        out.print(styled("    ") + marked(one.before, one.after, colour=in_colour(out)))
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Misuse("there is no terminal to ask at; --yes writes the rules without asking")
    return bool(typer.confirm("Leave it out from now on?", default=False, err=True))
