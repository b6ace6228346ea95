"""How we name ourselves to the sites that we ask."""

from __future__ import annotations

from pressvakt import __version__


def user_agent(contact: str) -> str:
    """How we name ourselves: product, version, and where to complain."""
    return f"Pressvakt/{__version__} (+{contact})"
