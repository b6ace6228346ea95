"""Eleven days of a press site, on which everything happens that a watch must tell, and much that it must not.

Each day is a function that edits a `PressSite` in the night before its crawl. The same days give the same site.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence

from tests.press_site import Answer, Person, PressSite, Request

Day = Callable[[PressSite], None]

_PERIOD = (dt.date(2022, 10, 18), dt.date(2026, 10, 5))
_LEFT = "Mellan den 18 oktober 2022 och den 5 oktober 2026 var hon havsminister."


def path(number: int) -> str:
    """The address of a release."""
    return f"/pressmeddelanden/2026/{1 + number % 8:02}/beslut-{number}/"


def file(number: int) -> str:
    """The address of a release's attachment."""
    return f"/contentassets/{number:032x}/bilaga-{number}.pdf"


def text(number: int, edition: int = 0) -> str:
    """What a release says; another edition has other figures."""
    dice = random.Random(number)
    places = ("Norrvik", "Sillvik", "Granby", "Tallmo", "Sälö", "Ekhamn", "Rönnås", "Björklunda")
    words = ("hamnar", "skolor", "vägar", "skogar", "broar", "museer", "sjukhus", "bibliotek")
    return (
        f"Regeringen har i dag beslutat om {100 + number + 7 * edition} miljoner kronor till {dice.choice(words)} i "
        f"{dice.choice(places)}. Beslutet har nummer {number} i årets rad av beslut.\n\n"
        f"Arbetet ska vara klart den {1 + number % 28} december 2027 och redovisas till departementet. "
        f"Myndigheten ska samråda med {dice.randint(3, 90)} kommuner och {dice.randint(2, 20)} regioner.\n\n"
        f"– Det här är bra för {dice.choice(places)} och för alla som bor där, säger statsrådet. "
        f"{dice.choice(words).capitalize()} byggs för framtiden, och nummer {number} är ett viktigt steg."
    )


def eleven_days(count: int) -> Sequence[Day]:
    """The days, for a site of so many releases (40 at least) on its first one."""
    days = (_first, _edits, _vanishing, _stale, _fresh, _government, _redesign, _after, _taken_back, _blocked, _last)
    return [lambda site, day=day: day(site, count) for day in days]  # type: ignore[misc]


def _wave(count: int) -> range:
    """The releases of the government that falls."""
    return range(count // 2, count // 2 + max(8, count // 4))


def _first(site: PressSite, count: int) -> None:
    who = Person(role="Pressekreterare", name="Alva Lind", mail="alva@skog.example")
    for n in range(count):
        files = ((file(n), f"Bilaga {n} (pdf 12 kB)"),) if n % 5 == 0 else ()
        contacts = (who,) if n % 3 == 0 else ()
        site.add(path(n), title=f"Beslut {n} om orter", body=text(n), attachments=files, contacts=contacts)


def _edits(site: PressSite, count: int) -> None:
    site.edit(path(1), body=text(1, 1))
    site.edit(path(2), title="Beslut 2 om andra orter", updated=dt.date(2026, 9, 21))
    site.edit(path(3), contacts=())
    site.edit(path(4), attachments=((file(4), "Bilaga 4 (pdf 12 kB)"),))
    _publish(site, count, count + 1)


def _vanishing(site: PressSite, _: int) -> None:
    site.remove(path(6))
    site.remove(path(7))
    site.remove(path(8), 410)
    site.move(path(9), "/pressmeddelanden/2026/09/flyttat-9/")
    site.replace_file(file(5))


def _stale(site: PressSite, _: int) -> None:
    site.restore(path(7))  # it was away for one visit only, which is no removal
    site.edit(path(1), body=text(1))  # an old copy, for one day
    site.edit(path(11), body=text(11).partition("\n\n")[0][:60])  # half a page, for one day


def _fresh(site: PressSite, count: int) -> None:
    site.edit(path(1), body=text(1, 1))
    site.edit(path(11), body=text(11))
    site.restore(path(6))
    site.replace_file(file(4))
    _publish(site, count + 2)


def _government(site: PressSite, count: int) -> None:
    for n in _wave(count):
        site.archive(path(n), _PERIOD, *([_LEFT] if n % 4 == 0 else []))
    site.answer(path(12), 503, "<h1>Service Unavailable</h1>", times=None)


def _redesign(site: PressSite, count: int) -> None:
    site.as_usual(path(12))
    site.template = "b"
    site.edit(path(13), body=text(13, 1))
    site.edit(path(14), body=text(14, 1), updated=dt.date(2026, 10, 7))
    _publish(site, count + 3)


def _after(site: PressSite, count: int) -> None:
    site.edit(path(2), body=text(2, 1))
    site.edit(path(_wave(count)[0]), body=text(_wave(count)[0], 1))
    site.move(path(15), "/pressmeddelanden/2026/10/flyttat-15/")
    site.replace_file(file(10))
    _publish(site, count + 4, count + 5)


def _taken_back(site: PressSite, count: int) -> None:
    site.edit(path(13), body=text(13))  # counts on the second look
    for n in _wave(count)[:6]:
        site.unarchive(path(n))
    site.remove(path(16))


def _blocked(site: PressSite, _: int) -> None:
    site.answer(path(17), _firewall)
    site.answer(path(18), 200, "<h1>Sidan kan inte hittas</h1>")
    site.edit(path(19), body=text(19, 1))


def _last(site: PressSite, count: int) -> None:
    site.as_usual(path(17))
    site.as_usual(path(18))
    site.restore(path(16))
    site.edit(path(17), body=text(17, 1))
    _publish(site, count + 6)


def _publish(site: PressSite, *numbers: int) -> None:
    for n in numbers:
        site.add(path(n), title=f"Beslut {n} om orter", body=text(n), published=dt.date(2026, 9, 20))


def _firewall(request: Request) -> Answer:
    del request
    return Answer.page("<title>Attention Required!</title><h1>Sorry, you have been blocked</h1>", 403)
