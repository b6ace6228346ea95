"""Feeds: changes for a feed reader, as Atom (RFC 4287) and JSON Feed 1.1, with any filter."""
