"""Memento (RFC 7089): what a page was at a time, for browsers and programs that travel in time."""
