"""A client: the archive for programs in Python, the same calls for one on this machine and for one at an address.

    from pressvakt.client import connect

    with connect("https://press.your-site.org", token="pressvakt_…") as archive:
        for change in archive.changes(kind=["edited"], silent=True, since="2024-05-01"):
            print(change.detected_at, change.title)

`connect("pressvakt.db")` reads an archive of one's own, without a server. What comes back are records (frozen
dataclasses, `web.api.shapes`): the JSON of the API, with its times as aware `datetime`.
"""

from __future__ import annotations

from pressvakt.client.calls import Client, connect
from pressvakt.client.errors import ClientError, NotFound, Refused, Unreachable

__all__ = ["Client", "ClientError", "NotFound", "Refused", "Unreachable", "connect"]
