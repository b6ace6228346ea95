"""`PressSite` serves what a test's editor did, and goes wrong only when told to."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import threading
from collections.abc import Iterator

import lxml.html
import pytest

from tests.press_client import Got, get, select
from tests.press_site import Answer, Person, PressSite, Request

PATH = "/pressmeddelanden/2026/09/platser/"
PDF = "/contentassets/0123456789abcdef0123456789abcdef/rapport.pdf"
CONTACT = Person(name="Nils Exempel", mail="nils@departement.example")


@pytest.fixture
def site() -> Iterator[PressSite]:
    with PressSite() as running:
        running.add(
            PATH,
            title="Fler platser",
            body="Det blir 160 platser.\n\nDe är klara 2027 & kostar lite.",
            lead="Regeringen bygger ut.",
            contact=CONTACT,
            attachments=[(PDF, "Rapport (pdf 12 kB)")],
            identifier="S2026/00001",
        )
        yield running


@pytest.mark.parametrize("template", ["a", "b", "c"])
def test_every_template_says_the_whole_release(site: PressSite, template: str) -> None:
    site.template = template
    site.edit(PATH, updated=dt.date(2026, 9, 4))
    tree = tree_of(get(site.url + PATH))
    seen = " ".join(tree.text_content().split())

    assert tree.cssselect("h1")[0].text_content().strip().startswith("Fler platser")
    for words in ("Det blir 160 platser.", "2027 & kostar", "bygger ut", "Nils Exempel", "S2026/00001", "Rapport (pdf"):
        assert words in seen
    assert ("4 september 2026" in seen) is (template != "c")
    assert ("2026-09-04" in seen) is (template == "c")


def test_no_two_templates_share_a_class_around_their_text(site: PressSite) -> None:
    classes = []
    for template in ("a", "b", "c"):
        site.template = template
        (paragraph,) = tree_of(get(site.url + PATH)).xpath("//p[starts-with(., 'Det blir')]")
        around = [*paragraph.iterancestors()]
        classes.append({name for element in around for name in (element.get("class") or "").split()})

    assert not classes[0] & classes[1] | classes[1] & classes[2] | classes[0] & classes[2]


def test_noise_differs_on_every_request_and_can_be_turned_off(site: PressSite) -> None:
    assert get(site.url + PATH).body != get(site.url + PATH).body

    site.noise = False
    assert get(site.url + PATH).body == get(site.url + PATH).body


def test_an_edit_changes_the_named_fields_alone(site: PressSite) -> None:
    site.noise = False
    before = get(site.url + PATH).text
    site.edit(PATH, body="<p>Det blir 100 platser.</p>")
    after = get(site.url + PATH).text

    assert after == before.replace("160 platser", "100 platser").replace(
        "<p>De är klara 2027 &amp; kostar lite.</p>", ""
    )


def test_an_archived_release_leaves_the_lists_and_keeps_its_page(site: PressSite) -> None:
    site.archive(PATH, (dt.date(2022, 10, 18), dt.date(2026, 10, 5)), "Mellan den … var hon minister.")
    page = get(site.url + PATH).text

    assert "Innehållet publicerades under perioden 18 oktober 2022 till den 5 oktober 2026" in page
    assert page.count("Mellan den … var hon minister.") == 2
    assert PATH not in lists_of(site)
    assert PATH in sitemap_of(site)

    site.unarchive(PATH)
    assert "under perioden" not in get(site.url + PATH).text
    assert PATH in lists_of(site)


@pytest.mark.parametrize("status", [404, 410])
def test_a_removed_page_is_gone_from_everywhere_and_can_come_back(site: PressSite, status: int) -> None:
    site.remove(PATH, status)
    assert get(site.url + PATH).status == status
    assert PATH not in lists_of(site) + sitemap_of(site)

    site.restore(PATH)
    assert get(site.url + PATH).status == 200


def test_a_moved_release_redirects_and_may_move_back(site: PressSite) -> None:
    other = "/pressmeddelanden/2026/09/fler-platser/"
    site.move(PATH, other)
    assert get(site.url + PATH).headers["location"] == other
    assert get(site.url + other).status == 200
    assert other in lists_of(site)

    site.move(other, PATH, 302)
    assert get(site.url + PATH).status == 200
    assert get(site.url + other).status == 302


def test_a_file_can_be_replaced_behind_its_link(site: PressSite) -> None:
    before = get(site.url + PDF)
    site.replace_file(PDF)
    after = get(site.url + PDF)
    site.replace_file(PDF, b"%PDF-1.7 another")

    assert before.headers["content-type"] == "application/pdf"
    assert before.body != after.body
    assert get(site.url + PDF).body == b"%PDF-1.7 another"


def test_validators_answer_304_until_the_page_changes(site: PressSite) -> None:
    site.validators = True
    first = get(site.url + PATH)
    tag, date = first.headers["etag"], first.headers["last-modified"]

    assert get(site.url + PATH, if_none_match=tag).status == 304
    assert get(site.url + PATH, if_modified_since=date).status == 304
    site.edit(PATH, title="Färre platser")
    again = get(site.url + PATH, if_none_match=tag, if_modified_since=date)
    assert (again.status, again.headers["etag"] != tag) == (200, True)
    assert get(site.url + PATH, if_modified_since=date).status == 200


def test_any_answer_can_take_a_pages_place_for_a_while(site: PressSite) -> None:
    site.answer(PATH, 503, "stängt", {"Retry-After": "120"}, times=2)
    first = get(site.url + PATH)

    assert (first.status, first.body.decode(), first.headers["retry-after"]) == (503, "stängt", "120")
    assert [get(site.url + PATH).status for _ in range(2)] == [503, 200]


def test_a_script_sees_the_request_and_may_leave_it_to_the_site(site: PressSite) -> None:
    def only_robots(request: Request) -> Answer | None:
        return Answer(status=500) if request.path == "/robots.txt" else None

    site.answer("*", only_robots)
    assert get(site.url + "/robots.txt").status == 500
    assert get(site.url + PATH).status == 200

    site.as_usual()
    assert get(site.url + "/robots.txt").text == f"User-agent: *\nDisallow: /tx/\nSitemap: {site.url}/sitemap.xml\n"


def test_a_page_can_be_cut_short_inside_its_gzip_stream(site: PressSite) -> None:
    site.cut_short(PATH, times=1)
    answer = get(site.url + PATH)

    assert int(answer.headers["content-length"]) == len(answer.body)
    with pytest.raises(EOFError):
        gzip.decompress(answer.body)


def test_lists_page_through_all_releases_newest_first(site: PressSite) -> None:
    paths = [site.add(f"/pressmeddelanden/2026/09/n-{number}/", title=f"N {number}") for number in range(45)]
    wanted = [path.removeprefix(site.url) for path in reversed(paths)] + [PATH]

    assert listed(site, "/Filter/GetFilteredItems?page={}&pageSize=20") == wanted
    assert listed(site, "/pressmeddelanden/?page={}") == wanted


def test_the_log_keeps_requests_with_their_headers(site: PressSite) -> None:
    get(site.url + PATH, user_agent="Pressvakt/1 (+mailto:a@b.example)")
    (seen,) = site.hits(PATH)

    assert seen.headers["user-agent"] == "Pressvakt/1 (+mailto:a@b.example)"
    site.requests.clear()
    assert site.hits(PATH) == []


def test_many_threads_may_ask_while_the_editor_works(site: PressSite) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.extend(get(site.url + PATH).status for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(40):
        site.add(f"/pressmeddelanden/2026/10/{number}/", title=str(number))
    for thread in threads:
        thread.join()

    assert statuses == [200] * 40


def test_a_head_request_gets_the_head_alone(site: PressSite) -> None:
    answer = get(site.url + PDF, method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def tree_of(got: Got) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(got.text)


def lists_of(site: PressSite) -> str:
    paths = ("/Filter/GetFilteredItems?page=1&pageSize=100", "/pressmeddelanden/?page=1", "/Filter/RssFeed")
    return " ".join(get(site.url + path).text for path in paths)


def sitemap_of(site: PressSite) -> str:
    assert "/sitemap-0.xml.gz" in get(site.url + "/sitemap.xml").text
    return gzip.decompress(get(site.url + "/sitemap-0.xml.gz").body).decode()


def listed(site: PressSite, pattern: str) -> list[str]:
    found = []
    for page in (1, 2, 3, 4):
        text = get(site.url + pattern.format(page)).text
        markup = json.loads(text)["Message"] if text.startswith("{") else text
        found += [link.get("href") for link in select(markup, "div.sortcompact > a")]
    return found
