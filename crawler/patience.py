"""When an address is asked once more, how long a host is left alone, and when a crawl leaves it for good.

Pure: time comes in as a number of seconds that only grows. The rule, in full:

- An answer 429 or 503 with Retry-After is obeyed: the whole host is left alone for that long, and the address asked
  once more, as long as all such waits of one crawl stay within its patience. Patience is 120 seconds for a site that
  is asked once a second or slower, and 5 seconds for one without a delay (one that lets us, or our own).
- A longer wait is not sat out inside a crawl: the answer is handed on as it is; the next visit comes soon enough.
- Other passing faults (no connection, a time-out, a body cut short, 400, 408, 425, 502, 503, 504, 520 to 524) are
  asked once more, two seconds later at the earliest and after all other pages. Never more than once, and for no more
  than twenty pages and a tenth of all.
- A host that pushes us back (429) beyond patience, or fails so often in a row as the profile's `blocked_limit`, is left
  alone for the rest of the crawl. A time-out counts for four, as it costs its full time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 120.0
SHORTEST_PATIENCE = 5.0

_PASSING = frozenset({400, 408, 425, 429, 502, 503, 504, 520, 521, 522, 523, 524})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to do with an answer: hand it on, or ask again, `after` seconds from now at the earliest."""

    again: bool = False
    after: float = 0.0
    late: bool = False  #: after all other pages


@dataclass(kw_only=True)
class _Host:
    until: float = 0.0  # left alone until then
    failures: int = 0  # in a row
    pushes: int = 0  # 429 in a row that we did not wait for
    left: str | None = None


_HAND_ON = Verdict()


@dataclass(kw_only=True)
class Patience:
    """One crawl's patience, over all hosts that it asks."""

    delay: float
    limit: int
    again_after: float = 2.0  #: seconds from a passing fault to the second try
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _answers: int = 0
    _repeats: int = 0
    _waited: float = 0.0

    @property
    def budget(self) -> float:
        """Seconds that this crawl may still spend waiting because a site asked it to."""
        return min(LONGEST_WAIT, max(SHORTEST_PATIENCE, LONGEST_WAIT * self.delay)) - self._waited

    def wait(self, host: str, now: float) -> float:
        """Seconds for which this host is still to be left alone."""
        return max(0.0, self._host(host).until - now)

    def left(self, host: str) -> str | None:
        """Why this host is not asked any more in this crawl; None while it is."""
        return self._host(host).left

    def judge(self, host: str, status: int, retry_after: float | None, *, repeated: bool, now: float) -> Verdict:
        """What to do with an answer. `repeated` says that its address was asked before in this crawl."""
        state = self._host(host)
        self._answers += 1
        if status not in _PASSING:
            if status != 500:  # neither proof of health nor one that passes
                state.failures = state.pushes = 0
            return _HAND_ON
        if status == 429 and not retry_after:
            retry_after = max(self.again_after, 10 * self.delay)
        if status in (429, 503) and retry_after:
            return self._pushed_back(state, status, retry_after, repeated=repeated, now=now)
        return self._failed(state, repeated=repeated, weight=1, what=f"HTTP {status}")

    def judge_failure(self, host: str, what: str, *, slow: bool, repeated: bool) -> Verdict:
        """What to do where no whole answer came. `slow` says that it took its full time to fail."""
        self._answers += 1
        return self._failed(self._host(host), repeated=repeated, weight=4 if slow else 1, what=what)

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())

    def _pushed_back(self, state: _Host, status: int, seconds: float, *, repeated: bool, now: float) -> Verdict:
        more = now + seconds - max(state.until, now)  # answers that were under way together ask for one wait
        if more <= self.budget:
            self._waited += max(0.0, more)
            state.until = max(state.until, now + seconds)
            return _HAND_ON if repeated else Verdict(again=True, after=seconds)
        state.failures += 1
        state.pushes += status == 429
        if state.pushes >= (1 if self.delay >= 1 else 3):
            state.left = f"HTTP 429: it asked for {seconds:.0f} s of quiet"
        elif state.failures >= self.limit:
            state.left = f"{state.failures} times HTTP {status} in a row"
        return _HAND_ON

    def _failed(self, state: _Host, *, repeated: bool, weight: int, what: str) -> Verdict:
        if repeated:
            return _HAND_ON
        state.failures += weight
        if state.failures >= self.limit and state.left is None:
            state.left = f"no good answer several times in a row, the last time: {what}"
        if self._repeats >= 20 + self._answers // 10:
            return _HAND_ON
        self._repeats += 1
        return Verdict(again=True, after=self.again_after, late=True)


def seconds_of(retry_after: str | None, date: str | None, now: dt.datetime) -> float | None:
    """A Retry-After header in seconds (RFC 9110, 10.2.3), counted from the answer's own Date; None if unreadable."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _moment(text)
    if until is None:
        return None
    return max(0.0, (until - (_moment(date or "") or now)).total_seconds())


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
