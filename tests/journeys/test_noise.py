"""What stirs on a page without anybody having written it is no change, wherever on the page it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.journeys.test_redesigns import SECOND, THIRD, TOPICS, person, text_about
from tests.journeys.watch import Watch
from tests.press_site import Answer, PressSite, Request

_BODY = '<div class="has-wordExplanation">'
_END = re.compile(r'</div>\s*</div>\s*<div class="col-2">')
_views = count(100, 7)

NOISES: dict[str, Callable[[str], str]] = {
    "a counter in the text": lambda page: page.replace(_BODY, f"{_BODY}<p>{next(_views)} visningar hittills</p>"),
    "changing links below the text": lambda page: _END.sub(
        lambda end: (
            f'<div class="mer"><h3>Läs mer</h3><ul><li><a href="/x/{next(_views)}">Nyhet {next(_views)}</a></li></ul></div>{end[0]}'
        ),
        page,
    ),
    "a banner on trial": lambda page: page.replace("<main ", f"<div>Prova {next(_views)} nya sökord!</div><main "),
    "soft hyphens": lambda page: page.replace("beslutat", "be\u00adslutat").replace("åtgärder", "åt\u00adgärder"),
    "spaces that do not break": lambda page: re.sub(r"(\d) (mars|nya|miljoner|län)", "\\1\u00a0\\2", page),
    "letters in two parts": lambda page: unicodedata.normalize("NFD", page),
    "words in spans": lambda page: page.replace("Regeringen har", "Reger<span>ingen</span> har"),
    "a span around all": lambda page: re.sub(r"<p>(.*?)</p>", r'<p><span class="t">\1</span></p>', page),
    "new styles": lambda page: page.replace("<p>", f'<p style="margin: {next(_views)}px">'),
    "minified": lambda page: re.sub(r">\s+<", "><", page),
    "pretty": lambda page: page.replace("><", ">\n      <"),
    "more wrappers": lambda page: _END.sub(
        lambda end: f"</div></div>{end[0]}", page.replace(_BODY, f"{_BODY}<div><div>")
    ),
    "campaigns in links": lambda page: re.sub(r'href="(/press[^"?]*)"', rf'href="\1?utm_source={next(_views)}"', page),
}  # fmt: skip


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as site:
        for number, topic in enumerate(TOPICS):
            link = f'<p>Se även <a href="/pressmeddelanden/2026/08/om-{number + 1}/">förra beslutet</a> om detta.</p>'
            site.add(
                f"/pressmeddelanden/2026/08/om-{number}/",
                title=f"Nya regler för {topic}",
                body=text_about(topic, number) + link,
                contacts=(person(number),),
            )
        yield site


@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_change_and_a_digit_within_it_is(site: PressSite, tmp_path: Path, name: str) -> None:
    def stirred(request: Request) -> Answer | None:
        if "/2026/08/" not in request.path:
            return None
        return Answer.page(NOISES[name](site._usual(request).body.decode()))

    with Watch(site, tmp_path) as watch:
        watch.crawl()
        watch.news()
        site.answer("*", stirred)
        looks = [watch.look() for _ in range(3)]
        site.edit(THIRD, body=text_about("fiske", 2).replace("42 miljoner", "24 miljoner"))
        edited = watch.look()
        site.as_usual()

        assert (looks, edited) == ([[]] * 3, [("edited", THIRD)])
        assert watch.look() == []
        assert watch.page(SECOND).version == 1
