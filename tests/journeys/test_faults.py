"""What goes wrong between a press office and us is never a change of a release."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pressvakt.demo.noise import Noise
from tests.journeys.test_redesigns import FIRST, FOURTH, SECOND, THIRD, TOPICS, person, text_about
from tests.journeys.watch import Watch
from tests.press_site import Answer, PressSite, Request
from tests.press_templates import Posted, render

Fault = Callable[[PressSite, bytes], Answer]
PATHS = (FIRST, SECOND, THIRD, FOURTH)


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            site.add(
                f"/pressmeddelanden/2026/08/om-{number}/",
                title=f"Nya regler för {topic}",
                body=text_about(topic, number),
                contacts=(person(number),),
            )
        yield site


@pytest.fixture
def watch(site: PressSite, tmp_path: Path) -> Iterator[Watch]:
    with Watch(site, tmp_path) as watch:
        watch.crawl()
        watch.news()
        yield watch


def _html(body: bytes, status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, body=body, headers={"Content-Type": "text/html; charset=utf-8", **headers})


def _inside(page: bytes, body: str) -> bytes:
    return re.sub(rb"<main .*</main>", f'<main id="content">{body}</main>'.encode(), page, flags=re.DOTALL)


FAULTS: dict[str, Fault] = {
    "cut off": lambda _, page: _html(page[: len(page) * 9 // 10]),
    "encoded twice": lambda _, page: _html(page.decode().encode().decode("latin-1").encode()),
    "another encoding": lambda _, page: _html(page.decode().encode("latin-1", "xmlcharrefreplace")),
    "no text yet": lambda _, page: _html(_inside(page, '<div class="spinner">Laddar...</div>')),
    "no body": lambda _, page: _html(re.sub(rb'(<div class="has-wordExplanation">).*?</div>', rb"\1</div>", page)),
    "no contact": lambda _, page: _html(
        re.sub(rb'(press-contact">).*?</div>', rb"\1<p>Kontakter kan inte visas just nu</p></div>", page)
    ),
    "an error in words of its own": lambda _, page: _html(
        _inside(page, '<h1 id="h1id">Hoppsan</h1><div class="has-wordExplanation"><p>Servern har det svårt.</p></div>')
    ),
    "another page": lambda _, page: _html(
        render("a", Posted(path=SECOND, title="Nya regler för skolor", body=text_about("skolor", 1)), [], Noise(on=False)).encode()
    ),
    "the list": lambda site, _: _html(b"<html><body><h1>Pressmeddelanden</h1><ul><li>Alla</li></ul></body></html>"),
    "a file": lambda _, page: _html(b"%PDF-1.4\n%%EOF\n" * 40),
    "json": lambda _, page: Answer(body=b'{"error": 1}', headers={"Content-Type": "application/json"}),
    "a part": lambda _, page: _html(page[:2000], 206),
    "a log-in": lambda _, page: _html(b"", 302, Location="/login?from=x"),
    "the front page": lambda _, page: _html(b"", 302, Location="/"),
    "another language": lambda _, page: _html(
        page.replace(b'lang="sv"', b'lang="en"').replace(
            b"<p>", b"<p>The Government has today decided that this is the text of the page and not that which was there. "
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_no_change(site: PressSite, watch: Watch, name: str) -> None:
    def spoilt(request: Request) -> Answer:
        return FAULTS[name](site, site._usual(request).body)

    for path in PATHS:
        if name != "another page" or path != SECOND:
            site.answer(path, spoilt)
    during = watch.look()
    for path in PATHS:
        site.as_usual(path)
    after = watch.look()
    site.edit(THIRD, body=text_about("fiske", 2).replace("42 miljoner", "43 miljoner"))

    assert (during, after) == ([], [])
    assert watch.look() == [("edited", THIRD)]


def test_two_nodes_of_which_one_is_late_make_one_change(site: PressSite, watch: Watch) -> None:
    late = site._rendered(THIRD, Noise(on=False)).encode()
    site.edit(THIRD, body=text_about("fiske", 2).replace("42 miljoner", "43 miljoner"))
    looks = []
    for turn in range(5):
        if turn % 2:
            site.answer(THIRD, 200, late)
        else:
            site.as_usual(THIRD)
        looks.append(watch.look())

    assert looks == [[("edited", THIRD)], [], [], [], []]
