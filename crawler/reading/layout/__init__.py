"""A redesign healed: rules for pages that fit none, learnt from what the same pages said before.

`learn` is the door. `pagetext` finds an old text in a page whatever its markup; `selectors` names elements so that
the same name finds their like on other pages.
"""

from crawler.reading.layout.learn import Example, learn

__all__ = ["Example", "learn"]
