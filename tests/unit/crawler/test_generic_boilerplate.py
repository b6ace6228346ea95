"""What stands on many pages of a site in the same words: found by its name, where it has one."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.reading.generic.boilerplate import boilerplate
from crawler.reading.generic.rules import GENERIC, closest_first
from crawler.reading.pages import page_tree
from crawler.reading.profiles import ReleaseRules
from tests.unit.crawler.generic_pages import LEAD, TEXT
from tests.unit.crawler.test_generic import PROFILE

ABOUT = "The Ministry of Harbours sees to harbours, lighthouses and pilots in all of the country."


def roots(inside: str, *, count: int = 10) -> list[HtmlElement]:
    """Pages that say different things, each with the same in the middle."""
    found = []
    for number in range(count):
        own = "".join(f"<p>{number}: {one} It is case {number * 7}.</p>" for one in (LEAD, *TEXT))
        page = f"<html lang=en><body><main><h1>Case {number} of harbours</h1>{own}{inside.format(number=number)}</main></body></html>"
        root = page_tree(page.encode(), None, PROFILE)
        assert root is not None
        found.append(root)
    return found


def test_a_box_with_a_name_that_says_the_same_on_all_pages_is_found() -> None:
    assert boilerplate(roots(f'<div class="about-us"><p>{ABOUT}</p></div>')) == ("div.about-us",)


def test_what_has_no_name_of_its_own_stays() -> None:
    assert boilerplate(roots(f"<p>{ABOUT}</p>")) == ()


def test_what_says_something_else_on_each_page_stays() -> None:
    assert (
        boilerplate(
            roots('<div class="facts"><p>In case {number} the harbour of Norvik has costs of {number} marks.</p></div>')
        )
        == ()
    )


def test_a_name_that_also_means_text_is_not_taken() -> None:
    inside = f'<div class="box"><p>{ABOUT}</p></div><div class="box"><p>Number {{number}} has a box of its own, of which it is fond.</p></div>'

    assert boilerplate(roots(inside)) == ()


def test_contacts_and_files_are_news_on_however_many_pages() -> None:
    people = '<div class="press"><h2>Press contact</h2><p>Ada Lind</p><p>Phone: 08-555 01 77</p><p>ada.lind@skerland.example</p></div>'
    files = '<div class="files"><ul><li><a href="/plan.pdf">The plan of the harbours</a></li></ul></div>'

    assert boilerplate(roots(people)) == ()
    assert boilerplate(roots(files)) == ()


def test_a_few_pages_teach_nothing() -> None:
    assert boilerplate(roots(f'<div class="about-us"><p>{ABOUT}</p></div>', count=5)) == ()


def test_rules_that_know_the_site_better_go_before_the_plain_ones() -> None:
    own = ReleaseRules(name="own", region="main", title=("h1",), body=("main",))
    closer = ReleaseRules(name="generic-1", region=GENERIC.region, title=GENERIC.title, body=GENERIC.body)

    assert [one.name for one in closest_first([own, GENERIC, closer, own])] == ["own", "generic-1", "generic"]
