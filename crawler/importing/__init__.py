"""Importing: answers that others kept, in WARC files or behind a Memento server, take their place in time.

`warc` reads files and `wayback` asks a server; both give `Capture`s, and `placing` writes them.
"""
