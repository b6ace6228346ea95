from __future__ import annotations

import datetime as dt
import html
import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from crawler.items import Fault, Fetch, Hop
from crawler.reading.page import parse
from crawler.reading.profiles import SiteProfile, Wording
from crawler.reading.screening import PageText, Reason, Verdict, looks_same_as_home, page_text, screen

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
URL = "https://www.gov.example/press/2026/a/"
MENU = "<header><ul>" + "".join(f'<li><a href="/{n}">Departement {n}</a></li>' for n in range(300)) + "</ul></header>"
FOOT = "<footer><p>Myndigheten, 103 33 Stockholm. Telefon 08-405 10 00</p></footer>"
TEXT = (
    "Regeringen föreslår i dag att stödet höjs från och med den 1 januari. Förslaget omfattar 1 250 miljoner kronor "
    "och har tagits fram efter samråd med kommunerna. Det är en viktig reform för hela landet, säger ministern. "
)


def _site(wording: Wording | None = None, *, pages: tuple[str, ...] = (), language: str = "sv") -> SiteProfile:
    return SiteProfile(
        name="gov",
        title="Gov",
        base_url="https://www.gov.example",
        language=language,
        time_zone=ZoneInfo("Europe/Stockholm"),
        discovery=(),
        release=(),
        pages=pages,
        wording=wording or Wording(),
    )


def _page(title: str, heading: str, text: str = "", *, lang: str = "sv", head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{head}</head><body>'
        f"{MENU}<main><h1>{html.escape(heading)}</h1>{text}</main>{FOOT}</body></html>"
    )


def _screen(
    body: str,
    status: int = 200,
    *,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),),
    final_url: str = URL,
    site: SiteProfile | None = None,
    expected: str | None = None,
) -> Verdict:
    data = body.encode()
    hops = (Hop(url=URL, status=302),) if final_url != URL else ()
    fetch = Fetch(
        url=URL, final_url=final_url, fetched_at=NOW, status=status, headers=headers, body=data, redirects=hops
    )
    root = parse(data, "text/html; charset=utf-8")
    text = page_text(root) if root is not None else PageText()
    return screen(fetch, text, site or _site(), expected=expected)


def _reason(body: str, status: int = 200, **more: str) -> Reason | None:
    return _screen(body, status, **more).reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "heading", "text", "reason"),
    [
        ("Gov", "Något gick fel", "<p>Sidan kan inte hittas just nu. Försök igen senare.</p>", Reason.SOFT_404),
        ("Gov", "Sidan kan inte hittas", "", Reason.SOFT_404),
        ("Sidan finns inte - Gov", "Hoppsan!", "<p>Sidan du söker finns inte.</p>", Reason.SOFT_404),
        ("404 | Gov", "404", "<p>Sidan kunde inte hittas.</p>", Reason.SOFT_404),
        ("Page not found | Gov", "Page not found", "<p>Sorry. Try the search.</p>", Reason.SOFT_404),
        ("Gov", "Oops! That page can’t be found.", "", Reason.SOFT_404),
        ("Gov", "Sorry, the page you requested could not be found", "", Reason.SOFT_404),
        ("Gov", "Siden finnes ikke", "", Reason.SOFT_404),
        ("Gov", "Siden blev ikke fundet", "", Reason.SOFT_404),
        ("Gov", "Sivua ei löydy", "", Reason.SOFT_404),
        ("Gov", "Die Seite wurde nicht gefunden", "", Reason.SOFT_404),
        ("Gov", "Page introuvable", "", Reason.SOFT_404),
        ("Gov", "Ett tekniskt fel har inträffat", "<p>Vi arbetar med att lösa det.</p>", Reason.SERVER_ERROR),
        ("Gov", "Something went wrong", "<p>Please try again.</p>", Reason.SERVER_ERROR),
        ("502 Bad Gateway", "502 Bad Gateway", "<hr>nginx", Reason.SERVER_ERROR),
        ("Gov", "Underhåll", "<p>Webbplatsen är stängd för uppdatering.</p>", Reason.MAINTENANCE),
        ("Gov", "Planerat underhåll", "<p>Vi är strax tillbaka.</p>", Reason.MAINTENANCE),
        ("Gov", "Vi arbetar med webbplatsen", "<p>Försök igen senare.</p>", Reason.MAINTENANCE),
        ("Gov", "We'll be back soon!", "<p>Scheduled maintenance.</p>", Reason.MAINTENANCE),
        ("Access Denied", "Access Denied", "<p>You don't have permission. Reference #18.57c90b17.1775</p>", Reason.BLOCKED),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked", "<h2>You are unable to access gov.example</h2>", Reason.BLOCKED),
        ("Gov", "Åtkomst nekad", "", Reason.BLOCKED),
        ("Request Rejected", "", "<p>The requested URL was rejected. Your support ID is: 123</p>", Reason.BLOCKED),
        ("ERROR: The request could not be satisfied", "403 ERROR", "", Reason.BLOCKED),
        ("Just a moment...", "gov.example", "<p>Verifying you are human.</p>", Reason.CHALLENGE),
        ("Gov", "Säkerhetskontroll", "<p>Vi måste kontrollera att du inte är en robot.</p>", Reason.CHALLENGE),
        ("429 Too Many Requests", "429 Too Many Requests", "", Reason.RATE_LIMITED),
        ("Logga in", "Logga in", "<p>Ange användarnamn och lösenord.</p><input type=password>", Reason.LOGIN),
        ("Sign in to your account", "Sign in", "<label>Password</label><input type='PASSWORD'>", Reason.LOGIN),
        ("Gov", "Vi använder kakor", "<p>Godkänn alla kakor för att fortsätta.</p>", Reason.CONSENT),
        ("Before you continue to Gov", "Before you continue", "<p>We use cookies.</p>", Reason.CONSENT),
    ],
)  # fmt: skip
def test_an_error_said_with_status_200_is_known_by_its_heading(
    title: str, heading: str, text: str, reason: Reason
) -> None:
    assert _reason(_page(title, heading, text)) is reason


@pytest.mark.parametrize(
    ("heading", "first"),
    [
        ("Sidan 404", "Utställningen Sidan 404 öppnar på nationalmuseet."),
        ("404 miljoner kronor till skolan", "Sidan kan inte hittas är inget skäl att ge upp."),
        ("Underhåll av järnvägen får mer pengar", "Underhåll pågår på hela sträckan."),
        ("Underhåll", "Lagen om underhåll ändras."),
        ("Blockerade webbplatser ska kunna öppnas", "Åtkomst nekad är ett vanligt svar."),
        ("Nya regler om cookies", "Godkänn alla kakor är en knapp som försvinner."),
        ("Access Denied: rapport om tillgänglighet", "You don't have permission to access, heter rapporten."),
        ("Logga in med e-legitimation i hela EU", "Med lösenord är det slut."),
        ("Regeringens webbplats låg nere", "The service is unavailable, stod det i två timmar. Försök igen senare."),
        ("Något gick fel i upphandlingen", "Ett tekniskt fel uppstod."),
        ("Sida ger stöd till Ukraina", "Sida kan inte ensamt finna lösningen."),
        ("Säkerhet", "Säkerhet är prioriterat."),
    ],
)
def test_a_release_about_such_things_is_read(heading: str, first: str) -> None:
    assert _screen(_page(f"{heading} - Gov", heading, f"<p>{first}</p><p>{TEXT * 2}</p>")).ok


def test_a_short_release_with_its_date_is_read_whatever_it_is_about() -> None:
    head = '<meta property="article:published_time" content="2026-03-01">'
    for heading in ("Underhåll", "Cookies", "404", "Säkerhet", "Driftstörning"):
        text = "<p>Webbplatsen är stängd under tisdagen. Försök igen senare. Lösenord och kakor omfattas.</p>"
        assert _screen(_page(f"{heading} - Gov", heading, text, head=head)).ok, heading


def test_a_release_of_one_sentence_is_read() -> None:
    assert _screen(_page("Statsministern till Oslo - Gov", "Statsministern till Oslo", "<p>Resan sker i maj.</p>")).ok


def test_a_release_with_nothing_but_a_file_is_read() -> None:
    assert _screen(_page("Rapport - Gov", "Rapport", '<p><a href="/r.pdf">Rapporten (pdf)</a></p>')).ok


def test_a_cookie_banner_and_a_log_in_in_the_corner_do_not_hide_a_release() -> None:
    around = "<aside><h2>Vi använder kakor</h2>Godkänn alla</aside><form><input type=password></form>"
    assert _screen(_page("Höjt stöd - Gov", "Höjt stöd", f"<p>{TEXT * 2}</p>{around}")).ok


def test_hidden_templates_for_errors_are_not_what_a_page_says() -> None:
    hidden = '<div hidden>Något gick fel. Försök igen senare.</div><div style="display: none">Access denied.</div>'
    assert _screen(_page("Oslo - Gov", "Oslo", f"{hidden}<p>Resan sker.</p>")).ok


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, Reason.NOT_FOUND),
        (410, Reason.GONE),
        (400, Reason.CLIENT_ERROR),
        (401, Reason.LOGIN),
        (403, Reason.BLOCKED),
        (429, Reason.RATE_LIMITED),
        (451, Reason.CLIENT_ERROR),
        (500, Reason.SERVER_ERROR),
        (503, Reason.SERVER_ERROR),
        (522, Reason.SERVER_ERROR),
        (204, Reason.EMPTY),
        (202, Reason.SERVER_ERROR),
        (206, Reason.SERVER_ERROR),
    ],
)
def test_a_status_speaks_for_itself(status: int, reason: Reason) -> None:
    assert _reason(_page("Gov", "Höjt stöd", f"<p>{TEXT * 3}</p>"), status) is reason


def test_a_firewall_that_answers_404_says_nothing_about_the_page() -> None:
    body = "<title>Access Denied</title><h1>Access Denied</h1><p>Reference #18.57c90b17</p>"
    assert _reason(body, 404) is Reason.BLOCKED
    assert _reason(body, 410) is Reason.BLOCKED
    assert _reason(_page("Gov", "Planerat underhåll", "<p>Vi är strax tillbaka.</p>"), 404) is Reason.MAINTENANCE


def test_the_sites_own_error_page_with_404_says_that_the_page_is_gone() -> None:
    body = _page("Gov", "Något gick fel", "<p>Sidan kan inte hittas. Försök igen senare.</p>")
    assert _reason(body, 404) is Reason.NOT_FOUND
    assert _reason(body, 410) is Reason.GONE


def test_a_challenge_and_maintenance_are_known_behind_503() -> None:
    assert _reason("<title>Just a moment...</title><script>_cf_chl_opt={}</script>", 503) is Reason.CHALLENGE
    assert _reason(_page("Gov", "Underhåll pågår"), 503) is Reason.MAINTENANCE


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("cf-mitigated", "challenge"), Reason.CHALLENGE),
        (("X-Amzn-Waf-Action", "captcha"), Reason.CHALLENGE),
        (("rimon", "RWC_BLOCK"), Reason.BLOCKED),
    ],
)
def test_firewalls_are_known_by_their_headers(header: tuple[str, str], reason: Reason) -> None:
    assert _screen(_page("Gov", "Höjt stöd", TEXT), headers=(header,)).reason is reason


def test_a_content_network_around_a_release_is_no_firewall() -> None:
    headers = (("Server", "cloudflare"), ("cf-ray", "9ee-ARN"), ("x-cache", "Hit from cloudfront"))
    script = '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'
    assert _screen(_page("Gov", "Höjt stöd", f"<p>{TEXT}</p>{script}"), headers=headers).ok


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("https://www.gov.example/", Reason.REDIRECTED_HOME),
        ("https://www.gov.example/sv/", Reason.REDIRECTED_HOME),
        ("https://www.gov.example/index.html", Reason.REDIRECTED_HOME),
        ("https://www.gov.example/404", Reason.SOFT_404),
        ("https://www.gov.example/sidan-finns-inte/", Reason.SOFT_404),
        ("https://www.gov.example/login?ReturnUrl=%2Fa", Reason.LOGIN),
        ("https://consent.gov.example/?continue=x", Reason.CONSENT),
        ("https://unblock.gov.example/", Reason.CHALLENGE),
        ("https://www.gov.example/press/", Reason.REDIRECTED_HOME),
    ],
)
def test_a_redirect_away_from_the_page_is_no_release(place: str, reason: Reason) -> None:
    site = _site(pages=(r"^/press/\d{4}/",))
    assert _screen(_page("Gov", "Välkommen", "<p>Hej.</p>"), final_url=place, site=site).reason is reason


def test_a_redirect_to_the_pages_new_name_is_a_release() -> None:
    site = _site(pages=(r"^/press/\d{4}/",))
    body = _page("Höjt stöd - Gov", "Höjt stöd", f"<p>{TEXT}</p>")
    for place in ("https://gov.example/press/2026/a", "https://www.gov.example/press/2026/nytt-namn/"):
        assert _screen(body, final_url=place, site=site).ok


def test_a_page_that_only_sends_its_reader_on_is_no_release() -> None:
    def refresh(to: str) -> str:
        return f'<html><head><meta http-equiv="refresh" content="0; url={to}"></head><body></body></html>'

    assert _reason(refresh("/")) is Reason.REDIRECTED_HOME
    assert _reason(refresh("/login")) is Reason.LOGIN
    assert _reason(refresh("/press/other/")) is Reason.EMPTY
    assert _reason(refresh(URL)) is Reason.CHALLENGE
    reloading = '<meta http-equiv="refresh" content="600; url=/press/2026/a/">'
    assert _screen(_page("Gov", "Höjt stöd", f"<p>{TEXT * 2}</p>", head=reloading)).ok


@pytest.mark.parametrize(
    "body",
    ["", "  \n", "<html><body></body></html>", "<html><body><script>app()</script><div id=root></div></body></html>"],
)
def test_a_page_without_text_is_empty(body: str) -> None:
    assert _reason(body) is Reason.EMPTY


def test_a_tree_without_text_proves_nothing_while_the_bytes_have_some() -> None:
    body = _page("Gov", "Höjt stöd", f"<p>{TEXT * 3}</p>").encode()
    fetch = Fetch(url=URL, final_url=URL, fetched_at=NOW, status=200, body=body)
    assert screen(fetch, PageText(), _site()).ok


def test_a_file_is_no_page_whatever_it_is_called() -> None:
    assert _reason("%PDF-1.7 \n") is Reason.NOT_HTML
    assert _screen('{"a": 1}', headers=(("content-type", "application/json"),)).reason is Reason.NOT_HTML
    assert _screen(_page("Gov", "Höjt stöd", TEXT), headers=(("content-type", "text/plain"),)).ok
    assert _screen(_page("Gov", "Höjt stöd", TEXT), headers=()).ok


ENGLISH = "The government today proposes that the support is raised from the first of January. The proposal is for all of the country and has been made with the regions. "


def test_another_language_is_another_page_where_it_is_declared_and_read() -> None:
    english = _page("Gov", "Support is raised", f"<p>{ENGLISH}</p>", lang="en-GB")
    assert _reason(english) is Reason.WRONG_LANGUAGE
    assert _screen(english, expected="en").ok
    assert _screen(_page("Gov", "Höjt stöd", f"<p>{TEXT}</p>", lang="en")).ok, "declared wrongly"
    assert _screen(_page("Gov", "Support is raised", f"<p>{ENGLISH}</p>", lang="sv")).ok, (
        "an English release on a Swedish page"
    )
    assert _screen(_page("Gov", "Oslo", "<p>Oslo 2026.</p>", lang="en")).ok, "too little to tell"


def test_the_two_kinds_of_norwegian_are_one() -> None:
    text = "<p>Regjeringa foreslår i dag at støtta blir auka frå første januar, og det er ein viktig reform for heile landet, seier ho.</p>"
    assert _screen(_page("Gov", "Auka støtte", text, lang="nn"), site=_site(language="nb")).ok


def test_a_sites_own_wording_counts() -> None:
    site = _site(Wording(missing=(r"^innehållet har upphört$",), blocked=(r"\bspärrlista\b",)))
    assert _screen(_page("Gov", "Innehållet har upphört"), site=site).reason is Reason.SOFT_404
    assert _screen(_page("Gov", "Du står på vår spärrlista"), site=site).reason is Reason.BLOCKED
    assert _screen(_page("Gov", "Ny spärrlista mot spam", f"<p>{TEXT * 6}</p>"), site=site).ok


def test_no_answer_is_no_release() -> None:
    fetch = Fetch(url=URL, final_url=URL, fetched_at=NOW, fault=Fault.UNREACHABLE, detail="timed out")
    verdict = screen(fetch, PageText(), _site())
    assert (verdict.ok, verdict.reason, verdict.detail) == (False, Reason.NO_ANSWER, "timed out")


def test_a_page_that_says_what_the_front_page_says_is_told() -> None:
    home = PageText(title="Gov", heading="Välkommen", text="Nyheter\nKontakt\nOm oss\nPress\n3 mars")
    same = PageText(title="Gov", heading="Välkommen", text="Nyheter\nKontakt\nOm oss\nPress\n4 mars")
    assert looks_same_as_home(same, home)
    assert not looks_same_as_home(PageText(title="Gov", heading="Höjt stöd", text=home.text), home)
    assert not looks_same_as_home(
        PageText(title="Gov", heading="Välkommen", text="Välkommen till festen\nDen 3 maj"), home
    )


def test_a_page_is_read_at_a_glance() -> None:
    root = parse(
        b'<html lang="sv"><head><title>T &amp; G</title></head><body><nav>Meny</nav><h1>Rubrik <span>1</span></h1>'
        b"<p>Ett <b>tv</b>\xc3\xa5 <a href=/x>l\xc3\xa4nk</a> tre</p><script>x</script><p>Fyra</p><input type=password></body></html>",
        "text/html",
    )
    assert root is not None
    assert page_text(root) == PageText(
        title="T & G", heading="Rubrik 1", text="Ett två tre\nFyra", language="sv", has_password_field=True, links=4
    )


def test_words_made_to_be_tried_in_every_way_take_no_time() -> None:
    for piece in ("sidan du sida ", "the page that you page ", "vi kan inte ", "- ", "försök "):
        heading = (piece * 500)[:480]
        _screen(_page(heading, heading, f"<p>{piece * 3000}</p>"))


def test_labelled_captures_are_judged_as_labelled(shared: Path) -> None:
    """Good (0.5 and more) is what the site itself said, an error of its own too; bad is what stood in between.

    The captures come without bodies (but one): a good page gets visible text for a tenth of its bytes.
    """
    files = sorted((shared / "data/edgi_pairs/snapshot_quality").glob("*/*.json"))
    judged = {}
    for file in files:
        version = json.loads(file.read_text("utf-8"))
        version = version.get("data", version)
        size = version["content_length"]
        good = float(file.parent.name.rpartition("-")[2]) >= 0.5
        stored = file.with_suffix(".body")
        body = stored.read_bytes() if stored.exists() and not good else b"x" * size
        fetch = Fetch(
            url=version["url"],
            final_url=version["source_metadata"].get("redirected_url") or version["url"],
            fetched_at=NOW,
            status=version["status"],
            headers=tuple(version["headers"].items()),
            body=body,
        )
        text = PageText(title=version["title"], text="ord " * (size // 40), language="en")
        verdict = screen(fetch, text, _site(language="en"))
        judged[file.parent.name, file.stem] = (verdict.publisher, good, verdict.reason)
    assert len(judged) == 34
    assert {name: row for name, row in judged.items() if row[0] is not row[1]} == {}
    assert sum(row[2] is None for row in judged.values()) == 5, "pages"
