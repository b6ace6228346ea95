"""Reading without a profile: any government's page as a release, with title, days, text, language and files.

A page of a site without rules is *marked*: in its tree it is written which element holds the text and what in there is
no part of it, and its head gets what was found out about title and days. One set of rules, `rules.GENERIC`, reads the
marks. So the fast lane, reading, comparing, rereading and healing work on it as on any other page. The same bytes read
the same, always: nothing is learnt from other pages, no clock is asked, and what decides are shares of letters.

`marking.mark_page` is the door for trees, `reading.read_generic` the one for bytes.
"""
