"""A message as HTML: one page without scripts, remote images or style sheets of its own accord."""

from __future__ import annotations

import functools
import re

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.messages.catalogue import Words
from alerts.messages.looks import look, sheet
from alerts.messages.view import View

_EMPTY_LINES = re.compile(r"\n\s*\n+")


def as_html(view: View, words: Words) -> str:
    """The view as HTML, everything in it escaped."""
    made = _environment().get_template("message.html").render(view=view, words=words)
    return _EMPTY_LINES.sub("\n", made).strip() + "\n"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("alerts.messages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(look=look, sheet=sheet)
    return environment
