"""A stored page made inert: no link, nothing in its frames, and nothing else changed."""

from __future__ import annotations

import pytest

from web.memento.inert import inert

PAGES = [
    ('<LiNk rel=preconnect href="//t.example">', '<meta rel=preconnect href="//t.example">'),
    ("<link\n/><link>", "<meta\n/><meta>"),
    ('<iframe src="//t.example">', '<iframe srcdoc="" src="//t.example">'),
    ('<IFRAME\fsrcdoc="&lt;link&gt;">', '<iframe srcdoc=""\fsrcdoc="&lt;link&gt;">'),
    ("<frameset><frame src=x></frameset>", '<frameset><frame src="about:blank" src=x></frameset>'),
    ("<p>See the <linkage>, an &lt;iframe> and a link in words</p>", None),
]


@pytest.mark.parametrize(("page", "shown"), PAGES)
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "iso-2022-jp", "utf-16-le", "utf-16-be", "utf-16"])
def test_links_lose_their_names_and_frames_their_pages(page: str, shown: str | None, encoding: str) -> None:
    assert inert(page.encode(encoding)) == (shown or page).encode(encoding)


def test_a_picture_is_none_the_worse() -> None:
    assert inert(bytes(range(256)) * 20) == bytes(range(256)) * 20
