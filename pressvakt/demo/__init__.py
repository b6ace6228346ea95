"""The demo: a press site of our own on loopback, and a week in which everything happens to it once.

`DemoSite` serves the pages, `story` knows what truly happens on each day and tells it to a person. The country, its
ministries and its people are invented. Nothing here reaches beyond this machine.
"""

from __future__ import annotations

from pressvakt.demo.site import DemoSite

__all__ = ["DemoSite"]
