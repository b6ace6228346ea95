"""How often somebody may try to sign in: few tries from one place, and not many for one name from everywhere."""

from __future__ import annotations

import datetime as dt
import ipaddress
import threading
from collections import deque

WITHIN = dt.timedelta(minutes=15)
FROM_ONE_PLACE, FOR_ONE_NAME = 10, 50
#: So many places and names are remembered at once; beyond it those are forgotten first that tried longest ago.
_REMEMBERED = 10_000


class Patience:
    """The failures of the last quarter of an hour. Kept in memory: a restart forgives."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[dt.datetime]] = {}
        self._lock = threading.Lock()

    def begin(self, place: str, name: str, *, now: dt.datetime) -> int:
        """Begin a try: how many seconds to wait before it; 0 where it may be made now.

        It counts as failed until it has succeeded, so that a hundred at once are not a hundred tries.
        """
        keys = (_place(place), FROM_ONE_PLACE), (f"name {name.casefold()}", FOR_ONE_NAME)
        with self._lock:
            if waiting := max(self._wait(key, most, now) for key, most in keys):
                return waiting
            for key, most in keys:
                kept = self._failures.pop(key, None) or deque(maxlen=most)
                kept.append(now)
                self._failures[key] = kept  # last: those that tried longest ago stand first
            while len(self._failures) > _REMEMBERED:
                del self._failures[next(iter(self._failures))]
            return 0

    def succeeded(self, place: str, name: str) -> None:
        """Forgive a place all its failures, and a name the try that was none."""
        with self._lock:
            self._failures.pop(_place(place), None)
            if kept := self._failures.get(f"name {name.casefold()}"):
                kept.pop()

    def _wait(self, key: str, most: int, now: dt.datetime) -> int:
        kept = self._failures.get(key)
        if kept is None or len(kept) < most or now - kept[0] >= WITHIN:
            return 0
        return int((kept[0] + WITHIN - now).total_seconds()) + 1


def _place(client: str) -> str:
    """A client by its address; of IPv6 by the network, all of which is usually one customer's."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return f"from {client}"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return f"from {ipaddress.ip_network((address, 64), strict=False)}"
    return f"from {address}"
