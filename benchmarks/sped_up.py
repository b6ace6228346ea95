"""A clock that runs faster than the wall's, and is the same in every process that is handed it."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SpedUp:
    """Called, it gives the time: that of `start` at `real` (seconds since 1970), and `speed` times as fast from then on."""

    start: dt.datetime
    real: float
    speed: float

    def __call__(self) -> dt.datetime:
        """Now, aware and in UTC."""
        return self.start + dt.timedelta(seconds=(time.time() - self.real) * self.speed)

    def wait_until(self, moment: dt.datetime) -> None:
        """Sleep until then."""
        left = (moment - self()).total_seconds() / self.speed
        if left > 0:
            time.sleep(left)
