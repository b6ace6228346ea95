"""Scouting: from the address of a press page that nobody prepared to a profile of its site.

It asks through a function that it is handed and keeps nothing; what it understood is a `Survey`.
"""
