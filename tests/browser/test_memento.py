"""A stored page that would run scripts, send forms and load from a stranger: in a real browser it does none of it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import chromium
from tests.web_house import NOON, OFFICE, house


@contextlib.contextmanager
def stranger() -> Iterator[tuple[str, list[bytes]]]:
    """Somebody who listens, and who hears even of a connection over which nothing is asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = door.accept()
                    heard.append(b"a connection")
                    connection.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}", heard


def page(to: str) -> bytes:
    return f"""<!doctype html><html><head><meta http-equiv="refresh" content="0;url={to}/refresh"><base href="{to}/">
<link rel="preconnect" href="{to}"><link rel="dns-prefetch" href="{to}"><link rel="prefetch" href="{to}/1">
<link rel="preload" as="image" href="{to}/2"><link rel="stylesheet" href="{to}/3"><link rel="icon" href="{to}/4">
<style>@import url({to}/5); body {{ background: url({to}/6) }} @font-face {{ font-family: x; src: url({to}/7) }}
p {{ font-family: x }}</style><script src="{to}/8"></script><script>document.title = "it ran"; fetch("{to}/9")</script>
<script type="speculationrules">{{"prefetch": [{{"urls": ["{to}/10"]}}]}}</script></head>
<body onload="document.title = 'it ran'" background="{to}/11"><p>text</p><img src="{to}/12" srcset="{to}/13 2x">
<iframe src="{to}/14"></iframe><iframe srcdoc="&lt;link rel=preconnect href={to}&gt;&lt;img src={to}/15&gt;"></iframe>
<div><template shadowrootmode="open"><link rel="preconnect" href="{to}"></template></div><object data="{to}/16"></object>
<embed src="{to}/17"><video src="{to}/18" poster="{to}/19" autoplay></video><audio src="{to}/20" autoplay></audio>
<form action="{to}/21"><input name="a" autofocus onfocus="document.title = 'it ran'"><button>Send</button></form>
<svg><image href="{to}/22"/><use href="{to}/23#x"/><script>document.title = "it ran"</script></svg>
<input type="image" src="{to}/24"><a href="javascript:document.title='it ran'">A link</a></body></html>""".encode()


@pytest.mark.timeout(60)
def test_a_stored_page_runs_nothing_and_reaches_nobody(tmp_path: Path) -> None:
    with stranger() as (to, heard), house(tmp_path) as ours, chromium() as browser:
        with ours.archive.writing() as unit:
            site = unit.site("harbour")
            assert site is not None
            kept = unit.add_page(site.id, f"{OFFICE}/evil", at=NOON, baseline=False)
            headers = (("Content-Type", "text/html; charset=utf-8"),)
            unit.keep_snapshot(
                kept.id, url=kept.url, status=200, headers=headers, redirects=(), captured_at=NOON, body=page(to)
            )
        shown = browser.new_page()
        shown.goto(f"{ours.address}/memento/20310314120000/{OFFICE}/evil")
        shown.get_by_role("button", name="Send").click()
        shown.get_by_role("link", name="A link").click()
        shown.wait_for_timeout(500)
        assert shown.title() == ""
        assert shown.get_by_text("text").is_visible()
        assert shown.url.startswith(ours.address)
        assert heard == []
