"""Error pages that say 200 among the answers of one import: what stands at many addresses is nobody's release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from crawler.importing.records import Capture
from crawler.settling import ALIKE


def errors(captures: Sequence[Capture], texts: Mapping[str, str | None]) -> list[Capture]:
    """The captures that say the same as those of other pages do, where their own page says something else, too.

    Args:
        captures: All that an import has brought in for a site.
        texts: What their bodies say, in one word, by digest; None for what has no text (`crawler.reread.unread`).
    """
    where: dict[str, set[str]] = defaultdict(set)
    says: dict[str, set[str]] = defaultdict(set)
    for one in captures:
        if (text := texts.get(one.digest)) is not None:
            where[text].add(one.url)
            says[one.url].add(text)
    alike = {text for text, urls in where.items() if len(urls) >= ALIKE}
    return [one for one in captures if texts.get(one.digest) in alike and says[one.url] - alike]
