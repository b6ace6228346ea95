"""What differs between two releases; it is worked out in `changes.differences`."""

from __future__ import annotations

from changes.differences import WHOLE, Difference, block_objects, difference, field_texts

__all__ = ["WHOLE", "Difference", "block_objects", "difference", "field_texts"]
