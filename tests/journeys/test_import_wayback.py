"""Importing from an archive server: one request at a time, whole captures only, and going on where it was cut short."""

from __future__ import annotations

import datetime as dt
import email.utils
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from changes.kinds import Kind
from crawler.importing.client import Client, Unanswered
from crawler.importing.mementos import NoMemento, fetch
from pressvakt.demo.loopback import Answer, Loopback, Request
from storage.imports import list_imports
from storage.inspection import verify
from tests.journeys.importing import CONFIG, PROFILE, Desk
from tests.past import HOUR, OFFICE, START, ArchiveServer, Kept, digits, later, page, series
from tests.tables import contents

BRIDGE = f"{OFFICE}/news/bridge"


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An installation that watches an invented press office."""
    return Desk(tmp_path, capsys)


@pytest.fixture(params=[False, True], ids=["internet archive", "pywb"])
def server(request: pytest.FixtureRequest) -> Iterator[ArchiveServer]:
    with ArchiveServer(series(["160", "160", "160", "160", "100", "120"]), pywb=request.param) as server:
        yield server


def test_captures_take_their_place_and_what_repeats_is_not_fetched(desk: Desk, server: ArchiveServer) -> None:
    said = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--format", "json")

    assert (said.code, said.err) == (0, "")
    assert said.json["counts"] | {"new": 4, "repeated": 2} == said.json["counts"]
    assert [(v.first_seen, v.last_seen, v.visits) for v in desk.versions()] == [
        (START, START + 3 * HOUR, 2),
        (START + 4 * HOUR, START + 4 * HOUR, 1),
        (START + 5 * HOUR, START + 5 * HOUR, 1),
    ]
    assert [change.kind for change in desk.changes()] == [Kind.PUBLISHED, Kind.EDITED, Kind.EDITED]
    assert len(server.fetched()) == 3
    agents = {request.headers["user-agent"] for request in server.requests}
    assert len(agents) == 1
    assert "test@pressvakt.example" in agents.pop()
    shown = desk.run("show", BRIDGE, "--format", "json").json
    assert shown["snapshot"]["origin"]["record"] == f"{server.mementos}/{digits(START + 5 * HOUR)}id_/{BRIDGE}"
    assert shown["snapshot"]["origin"]["source"] == server.url
    with desk.archive() as archive:
        assert list(verify(archive)) == []
        assert [run.source for run in list_imports(archive)] == [server.url]

    before = contents(desk.database)
    server.requests.clear()
    again = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--format", "json")
    assert again.json["counts"]["new"] == 0
    assert server.fetched() == []
    assert contents(desk.database) == before


def test_a_prefix_means_all_below_it_and_times_bound_it(desk: Desk, server: ArchiveServer) -> None:
    server.kept += series(["7", "8"], url=f"{OFFICE}/news/ferry") + series(["9"], url=f"{OFFICE}/about")
    said = desk.run(
        "import", "wayback", f"{OFFICE}/*", "--from", digits(START + HOUR), "--to", "2024-05", "--server", server.url,
        "--delay", "0", "--format", "json",
    )  # fmt: skip
    assert said.code == 0
    assert [v.first_seen for v in desk.versions(f"{OFFICE}/news/ferry")] == [START + HOUR]
    assert desk.versions()[0].first_seen == START + HOUR
    none = desk.run("import", "wayback", BRIDGE, "--from", "2031", "--server", server.url, "--delay", "0")
    assert (none.code, none.out) == (0, "no records\n")
    assert desk.run("import", "wayback", BRIDGE, "--from", "yesterday").code == 2


def test_a_long_list_is_asked_for_to_its_end(desk: Desk) -> None:
    with ArchiveServer(series([str(number) for number in range(25)])) as server:
        server.page = 7
        said = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--format", "json")
    assert said.json["counts"]["new"] == 25
    assert len(desk.versions()) == 25


def test_what_a_server_says_for_itself_makes_no_version(desk: Desk, server: ArchiveServer) -> None:
    def memento(number: int) -> str:
        return f"{digits(START + number * HOUR)}id_/{BRIDGE}"

    server.kept = series([str(number) for number in range(8)])
    when = {"Memento-Datetime": (START + 2 * HOUR).strftime("%a, %d %b %Y %H:%M:%S GMT"), "Content-Type": "text/html"}
    server.odd = {
        memento(1): Answer(
            status=403, body=b"x", headers={"X-Archive-Wayback-Runtime-Error": "RobotAccessControlException"}
        ),
        memento(2): Answer(body=page("999") + b"<!-- BEGIN WAYBACK TOOLBAR INSERT -->", headers=when),
        memento(3): Answer(status=302, headers={"Location": f"/web/20110101000000id_/{BRIDGE}"}),
        memento(4): Answer(status=404, body=b"<html>not in the archive</html>"),
        memento(5): Answer(body=page("999"), headers={"Content-Type": "text/html"}),
        memento(6): Answer(body=page("999"), headers=when),
    }

    said = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--format", "json")

    assert said.code == 1
    reasons = [one["reason"] for one in said.json["refused"]]
    for number, words in enumerate(
        ("robots.txt", "rewrites", "another capture", "does not have it", "no memento", "gave the capture of"), 1
    ):
        assert any(memento(number) in reason and words in reason for reason in reasons), words
    assert [v.first_seen for v in desk.versions()] == [START, START + 7 * HOUR]


def test_redirects_and_errors_of_then_are_counted_and_lines_that_are_none_refused(
    desk: Desk, server: ArchiveServer
) -> None:
    (one,) = series(["160"])
    server.kept = [
        one,
        later(one, at=START + HOUR, status=301, body=b""),
        later(one, at=START + 2 * HOUR, status=404),
        later(one, at=START + 3 * HOUR, status=503),
        later(one, at=START + 4 * HOUR, headers=(("Content-Type", "image/png"),)),
    ]
    said = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--format", "json")
    wanted = {"new": 1, "redirect": 1, "missing": 1, "error": 1, "other": 1}
    assert {name: count for name, count in said.json["counts"].items() if count} == wanted
    assert len(server.fetched()) == 1


def test_the_same_bytes_at_many_addresses_are_an_error_page_and_not_fetched(desk: Desk, server: ArchiveServer) -> None:
    welcome = page("zero", title="Welcome to our new website")
    server.kept = []
    for name in ("bridge", "ferry", "harbour"):
        server.kept += [
            Kept(url=f"{OFFICE}/news/{name}", at=START + number * HOUR, body=body)
            for number, body in enumerate((page("160", title=name), welcome, page("160", title=name)))
        ]
    said = desk.run("import", "wayback", f"{OFFICE}/news/*", "--server", server.url, "--delay", "0", "--format", "json")
    assert (said.json["counts"]["error"], said.json["counts"]["new"]) == (3, 6)
    assert {change.kind for change in desk.changes()} == {Kind.PUBLISHED}


def test_error_pages_that_differ_in_the_number_of_the_request_make_no_version(desk: Desk) -> None:
    kept = []
    for number, name in enumerate(("bridge", "ferry", "harbour", "school")):
        url = f"{OFFICE}/news/{name}"
        first, last = series([f"{number}60", f"{number}60"], url=url, step=9 * HOUR)
        own = page(f"{number}60", title=f"On the {name}")
        sorry = (
            page("no", title="We are sorry")
            .replace(
                b"A hearing",
                f"Reference 18.2f3e140{number}.1699{number}99999.3ab{number} at 10:3{number}:07, /news/{name}".encode(),
            )
            .replace(
                b"The decision", f"Request b7c{number}d0e1f2a3 for {url} at 10:3{number}:07. The decision".encode()
            )
        )
        kept += [
            later(first, body=own),
            later(first, body=sorry, at=START + (4 + number) * HOUR),
            later(last, body=own),
        ]
    with ArchiveServer(kept) as server:
        said = desk.run("import", "wayback", f"{OFFICE}/*", "--server", server.url, "--delay", "0")
    assert said.code == 0, said.err
    assert {change.kind for change in desk.changes()} == {Kind.PUBLISHED}
    assert [(v.first_seen, v.last_seen) for v in desk.versions()] == [(START, START + 9 * HOUR)]
    before = contents(desk.database)
    assert desk.run("reread", "office").code == 0
    assert contents(desk.database) == before


def test_a_capture_whose_letters_were_encoded_twice_makes_no_version(desk: Desk) -> None:
    words = "Älvsjö, Åkersberga och Öregrund får högst stöd för båtar, färjor, järnvägar och gångvägar"
    twice = words.encode().decode("latin-1")
    first, second, third = series([words, "", words], step=9 * HOUR)
    with ArchiveServer([first, later(second, body=page(twice)), third]) as server:
        assert desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0").code == 0
    assert [change.kind for change in desk.changes()] == [Kind.PUBLISHED]


def test_releases_that_differ_in_their_figures_alone_are_no_error_pages(desk: Desk) -> None:
    kept = []
    for number, name in enumerate(("bridge", "ferry", "harbour", "school")):
        url = f"{OFFICE}/news/{name}"
        kept += series([f"{number}60", f"{number} 150 000", f"{number}75"], url=url, step=9 * HOUR)
    with ArchiveServer(kept) as server:
        assert desk.run("import", "wayback", f"{OFFICE}/*", "--server", server.url, "--delay", "0").code == 0
    assert [len(desk.versions(f"{OFFICE}/news/{name}")) for name in ("bridge", "ferry", "harbour", "school")] == [3] * 4


def test_a_server_that_breaks_off_leaves_what_was_brought_in_and_the_next_run_goes_on(
    desk: Desk, server: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.importing.client.TRIES", 1)
    ferry = series(["7", "8"], url=f"{OFFICE}/news/ferry")
    server.kept += ferry
    last = f"{digits(ferry[-1].at)}id_/{OFFICE}/news/ferry"
    server.odd = {last: Answer(status=500, body=b"down")}

    said = desk.run("import", "wayback", f"{OFFICE}/news/*", "--server", server.url, "--delay", "0")

    assert said.code == 1
    assert "run it again to go on" in said.err
    assert len(desk.versions()) == 3
    server.odd.clear()
    server.requests.clear()
    assert desk.run("import", "wayback", f"{OFFICE}/news/*", "--server", server.url, "--delay", "0").code == 0
    assert len(desk.versions(f"{OFFICE}/news/ferry")) == 2
    assert len(server.fetched()) == 2


def test_a_trial_run_fetches_no_capture(desk: Desk, server: ArchiveServer) -> None:
    said = desk.run("import", "wayback", BRIDGE, "--server", server.url, "--delay", "0", "--dry-run")
    assert said.out.startswith("6 records = 4 brought in + 2 the same as their neighbours\n")
    assert server.fetched() == []
    assert desk.changes() == []


def test_a_private_server_is_not_dialled_unless_it_is_allowed(desk: Desk, server: ArchiveServer) -> None:
    (desk.folder / "pressvakt.toml").write_text(CONFIG.replace('"127.0.0.1"', ""))
    said = desk.run("import", "wayback", BRIDGE, "--server", server.url)
    assert said.code == 1
    assert "not a public address" in said.err
    assert server.requests == []
    for odd in ("file:///etc/passwd", "ftp://archive.example", "http://user@127.0.0.1/"):
        assert desk.run("import", "wayback", BRIDGE, "--server", odd).code == 2
    assert server.requests == []


def test_a_server_that_redirects_elsewhere_is_not_followed(server: ArchiveServer) -> None:
    with Loopback(lambda _: Answer(body=b"secret")) as other:
        time = digits(START)
        place = f"{time}id_/{BRIDGE}"
        server.odd = {place: Answer(status=302, headers={"Location": f"{other.url}/{time}id_/{BRIDGE}"})}
        client = quick(server.url)
        with pytest.raises(Exception, match="not on the server that is asked"):
            fetch(client, server.mementos, time, BRIDGE)
        client.close()
        assert other.requests == []


def quick(url: str, pauses: list[float] | None = None, *, delay: float = 0.0) -> Client:
    """A client that does not wait, and writes down how long it would have."""
    return Client(
        url, user_agent="test", allow_private=("127.0.0.1",), max_bytes=1_000_000,
        sleep=(pauses if pauses is not None else []).append, clock=lambda: 0.0, delay=delay,
    )  # fmt: skip


def test_a_busy_server_gets_the_patience_that_it_asks_for() -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40)
    answers = [
        Answer(status=429, headers={"Retry-After": "7"}),
        Answer(status=503, headers={"Retry-After": email.utils.format_datetime(soon, usegmt=True)}),
        Answer(status=429),
        Answer(body=b"{}"),
    ]
    pauses: list[float] = []
    with Loopback(lambda _: answers.pop(0)) as server:
        client = quick(server.url, pauses)
        assert client.get(f"{server.url}/cdx").status == 200
        client.close()
    first, second, third = pauses
    assert (first, third) == (7.0, 60.0)
    assert 30 < second <= 40


def test_between_two_requests_there_is_a_pause() -> None:
    pauses: list[float] = []
    with Loopback(lambda _: Answer(body=b"{}")) as server:
        client = quick(server.url, pauses, delay=2.5)
        client.get(f"{server.url}/a")
        client.get(f"{server.url}/b")
        client.close()
    assert pauses == [2.5]


def test_half_an_answer_is_asked_for_again_and_never_believed() -> None:
    turns = itertools.count()
    body = b"<html>" + b"x" * 5000 + b"</html>"

    def answer(_: Request) -> Answer:
        return Answer(body=body, cut=2000) if next(turns) == 0 else Answer(body=body)

    with Loopback(answer) as server:
        client = quick(server.url)
        assert client.get(f"{server.url}/a").body == body
        client.close()
    with Loopback(lambda _: Answer(body=body, cut=2000)) as server:
        client = quick(server.url)
        with pytest.raises(Unanswered):
            client.get(f"{server.url}/a")
        client.close()


class Recorded:
    """The recorded answers of the real Wayback Machine, by what was asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lists: dict[str, list[Answer]] = {}
        self._mementos: dict[str, Answer] = {}
        for line in (folder / "responses.jsonl").read_text().splitlines():
            one = json.loads(line)
            path = one["uri"].removeprefix("https://web.archive.org")
            body = (folder / one["file"]).read_bytes() if one.get("file") else b""
            headers = {
                name: value if isinstance(value, str) else ", ".join(value)
                for name, value in one["headers"].items()
                if name.lower()
                not in ("content-encoding", "transfer-encoding", "connection", "content-length", "location")
            }
            location = one["headers"].get("Location") or one["headers"].get("location")
            if location:
                headers["Location"] = str(location).replace("https://web.archive.org", "")
            answer = Answer(status=one["status"], body=body, headers=headers)
            if path.startswith("/cdx/"):
                found = re.search(r"[?&]url=([^&]*)", path)
                self._lists.setdefault(found[1] if found else "", []).append(answer)
            else:
                self._mementos[path] = answer
        self.urls = list(self._lists)

    def mementos(self) -> list[tuple[str, str]]:
        """The time and address of each capture in it."""
        found = (re.match(r"/web/(\d{14})id_/(.*)", path) for path in self._mementos)
        return [(match[1], match[2]) for match in found if match]

    def __call__(self, request: Request) -> Answer:
        if request.path.startswith("/cdx/"):
            answers = self._lists.get(request.target.partition("url=")[2].partition("&")[0], [])
            return answers.pop(0) if len(answers) > 1 else answers[0] if answers else Answer(status=404)
        return self._mementos.get(request.target, Answer(status=404))


def test_recorded_answers_of_the_wayback_machine_are_read_or_refused_with_a_reason(shared: Path) -> None:
    recorded = Recorded(shared / "data" / "wayback_responses")
    whole, refused = [], []
    with Loopback(recorded) as server:
        client = quick(server.url)
        for time, url in recorded.mementos():
            try:
                memento = fetch(client, f"{server.url}/web", time, url)
            except (NoMemento, Unanswered) as error:
                refused.append(str(error))
            else:
                whole.append(memento)
                assert not any(name.lower().startswith("x-archive") for name, _ in memento.headers)
        client.close()
    assert len(whole) >= 5
    assert any(300 <= memento.status < 400 for memento in whole)
    assert refused
    assert all(len(reason) > 20 for reason in refused)


def test_recorded_lists_of_the_wayback_machine_are_imported_from(desk: Desk, shared: Path) -> None:
    recorded = Recorded(shared / "data" / "wayback_responses")
    hosts = ("www.nasa.gov", "www.epa.gov", "www.cnn.com", "www.fws.gov")
    for host in hosts:
        text = PROFILE.format(url=f"https://{host}").replace("'^/news/[^/]+$'", "'.'")
        (desk.folder / "sites" / f"{host}.toml").write_text(text)
    with Loopback(recorded) as server:
        said = desk.run(
            "import", "wayback", "nasa.gov", "--dry-run", "--server", server.url, "--delay", "0", "--format", "json"
        )
    assert said.json["records"] >= 500
    assert said.json["counts"]["new"] > 100
    assert said.json["sites"]["www.nasa.gov"]["captures"] == said.json["counts"]["new"]


def test_lines_of_the_list_that_are_broken_are_told_and_the_rest_is_read(desk: Desk, shared: Path) -> None:
    folder = shared / "data" / "wayback_responses" / "edge_cases"
    for host in ("www.usatoday.com", "www.epa.gov", "www.cnn.com"):
        text = PROFILE.format(url=f"https://{host}").replace("'^/news/[^/]+$'", "'.'")
        (desk.folder / "sites" / f"{host}.toml").write_text(text)
    for name, words in (("bad_timestamp_cdx.txt", "20000800241623"), ("malformed_cdx.txt", "some/not/even/url")):
        lines = (folder / name).read_bytes()

        def answer(request: Request, lines: bytes = lines) -> Answer:
            return (
                Answer(body=lines, headers={"Content-Type": "text/plain"})
                if "/cdx/" in request.path
                else Answer(status=404)
            )

        with Loopback(answer) as server:
            said = desk.run(
                "import",
                "wayback",
                "http://x.example/",
                "--dry-run",
                "--server",
                server.url,
                "--delay",
                "0",
                "--format",
                "json",
            )
        assert said.code == 1, name
        assert said.json["counts"]["new"] >= 2
        assert any(words in one["reason"] for one in said.json["refused"]), said.json["refused"]


def test_import_then_crawl_and_crawl_then_import_meet_in_the_middle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands on the site today as it was captured last is unchanged; what differs is one edit."""
    now = {"/news/bridge": page("120"), "/news/ferry": page("8", title="The ferry")}

    def site(request: Request) -> Answer:
        if request.path == "/news/":
            links = "".join(f'<li><a href="{path}">x</a></li>' for path in now)
            return Answer.page(
                f"<html><head><title>News</title></head><body><main><ul>{links}</ul></main></body></html>"
            )
        return (
            Answer(body=now[request.path], headers={"Content-Type": "text/html"})
            if request.path in now
            else Answer(status=404)
        )

    with Loopback(site) as office:
        desk = Desk(tmp_path, capsys, url=office.url)
        past = series(["160", "120"], url=f"{office.url}/news/bridge") + [
            Kept(url=f"{office.url}/news/ferry", at=START + number * HOUR, body=page(word, title="The ferry"))
            for number, word in enumerate(("6", "7"))
        ]
        with ArchiveServer(past) as server:
            assert (
                desk.run("import", "wayback", f"{office.url}/news/*", "--server", server.url, "--delay", "0").code == 0
            )
        assert desk.run("crawl", "office", "--all").code == 0
        assert len(desk.versions(f"{office.url}/news/bridge")) == 2
        assert len(desk.versions(f"{office.url}/news/ferry")) == 3
        kinds = [change.kind for change in desk.changes()]
        assert kinds == [Kind.PUBLISHED, Kind.EDITED, Kind.PUBLISHED, Kind.EDITED, Kind.EDITED]
        before = len(kinds)
        assert desk.run("crawl", "office", "--all").code == 0
        assert desk.run("reread", "office").code == 0
        assert len(desk.changes()) == before
        between = later(past[0], body=page("140"), at=dt.datetime.now(dt.UTC) - dt.timedelta(days=30))
        with ArchiveServer([between]) as server:
            desk.run("import", "wayback", between.url, "--server", server.url, "--delay", "0")
        assert [v.release.body[0].text.split()[8] for v in desk.versions(between.url)] == ["160", "120", "140", "120"]
        assert desk.run("crawl", "office", "--all").code == 0
        assert len(desk.versions(between.url)) == 4
