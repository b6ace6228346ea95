"""Regular expressions of profiles: those that run away are refused, those that people write are not."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from crawler.reading.patterns import weakness

RUNAWAYS = [
    r"(a+)+$",
    r"(a|aa)+$",
    r"(a*)*b",
    r"(x+x+)+y",
    r"([a-zA-Z]+)*!",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"\b(?:\d+|[a-z]+)+\b!",
    r"(.*?,){11}P",
    r".*.*.*.*x",
    r"(?:(?:\w+ ?)+,)+$",
    r"(?!(a+)+b)c",
    r"((((a?)*)*)*)*b",
    r"(?:(?:b|b)*ab){2,5}c",
    r"(?:.|ab|aab){0,40}c",
    r"(?:a?){30}a{30}",
    r".{0,400}.{0,400}.{0,400}.{0,400}x",
]
HONEST = [
    r"^/press-releases/\d{4}/\d{2}/[^/]+/?$",
    r"^/(?:news|speeches|statements)(?:/[\w-]+)*/?$",
    r"Published (?P<since>\d{1,2} \w+ \d{4}) to (?P<until>\d{1,2} \w+ \d{4})",
    r"during the period (?P<since>.+?) to (?P<until>.+?)(?: under (?P<government>.+))?$",
    r"(?:[A-Z][a-z]+ )+cabinet",
    r"(?:\d{1,3}\.)+",
    r"(\d{4})+",
    r"(?:\d{12} )+",
    r".*.*x",
    r"^.*,.*,.*$",
    r"(?!.*archive)/news/",
    r"(x{0,3}y)*z",
    r"[^<]*<[^>]*>[^<]*$",
    r"^(?:(?:\d{1,2}|a|an) )*day",
]


@pytest.mark.parametrize("pattern", RUNAWAYS)
def test_a_pattern_that_can_run_away_is_refused_without_running_it(pattern: str) -> None:
    begun = time.thread_time()

    said = weakness(pattern)

    assert said is not None
    assert "run away" in said
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize("pattern", HONEST)
def test_a_pattern_that_people_write_is_accepted(pattern: str) -> None:
    assert weakness(pattern) is None


def test_ignoring_case_can_make_a_loop_ambiguous() -> None:
    pattern = r"(?:[A-Z][a-z]+)+!"

    assert weakness(pattern) is None
    assert "run away" in (weakness(pattern, re.IGNORECASE) or "")


def test_accepted_patterns_end_in_time_on_texts_made_against_them() -> None:
    """The promise itself, kept in a process of its own that could be killed."""
    script = (
        "import re, sys\n"
        "for pattern in sys.argv[1:]:\n"
        "    for text in ('a' * 2000, '1.' * 1000, ' to ' * 500, 'Ab ' * 700, 'xxy' * 700, '/a' * 1000, '<' * 2000):\n"
        "        re.search(pattern, text[:500] + '\\x00')\n"
    )

    done = subprocess.run([sys.executable, "-c", script, *HONEST], timeout=30, check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[", "unterminated character set at character 1"),
        ("^*", "nothing to repeat at character 2"),
        (r"(?P<a>x)(?P=a)", "refers back to a group"),
        ("(?:" * 500 + "a" + ")*" * 500, "nested too deeply"),
        ("[[a]", "may not mean what it says"),
    ],
)
def test_what_cannot_be_used_is_told_in_words(pattern: str, words: str) -> None:
    assert words in (weakness(pattern) or "")
