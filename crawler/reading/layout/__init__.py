"""A redesign healed: rules for pages that fit none, learnt from what the same pages said before.

`learn` is the door, and `guess` for new pages of a layout in which no page has a past. `pagetext` finds an old text in
a page whatever its markup, `lessons` matches pages with their past, `selectors` names elements so that the same name
finds their like on other pages; `stamps`, `people` and `foreign` know what is particular to dates, contacts and what
does not belong.
"""

from crawler.reading.layout.guess import guess
from crawler.reading.layout.learn import learn
from crawler.reading.layout.lessons import Example

__all__ = ["Example", "guess", "learn"]
