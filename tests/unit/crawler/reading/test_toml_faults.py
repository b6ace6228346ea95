"""TOML with places: every key is found where it stands, and what is no TOML is told in one line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.toml_faults import Fault, FaultsError, Node, merged, parse_toml, read_toml
from crawler.reading.toml_positions import KeyPath, scan

NAMES = st.text(alphabet="abåc \"'.=#[]\\\n-_1", max_size=4)
SCALARS = st.one_of(
    st.text(alphabet="ab\"'\\\n,]}#[{= å", max_size=12),
    st.integers(-9, 9),
    st.booleans(),
    st.floats(allow_nan=False),
    st.datetimes(),
    st.dates(),
    st.times(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=10,
)
#: Scraps that make TOML, or nearly TOML.
SCRAPS = st.sampled_from(
    [
        *list("ab.=1[]\n\"'{},# \\"),
        "[[a]]\n",
        "[a]\n",
        "[a.b]\n",
        "b = 2\n",
        "a.b = 1\n",
        "c = [1, [2]]\n",
        "d = {e = 1}\n",
        '"x"',
        '"""',
        "'''",
    ],
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
@settings(deadline=None, max_examples=200)
def test_every_key_and_element_of_a_document_has_a_position(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # the writer has faults of its own

    found = scan(text)

    assert set(found.spots) == set(paths(data))
    assert found.repeat is None


@given(st.lists(SCRAPS, max_size=30).map("".join))
@settings(deadline=None, max_examples=500)
def test_scraps_of_toml_never_hang_or_mislead_the_scanner(text: str) -> None:
    found = scan(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        with pytest.raises(FaultsError, match=r"x\.toml"):
            parse_toml(text, shown="x.toml")
        return

    assert set(found.spots) == set(paths(data))
    assert found.repeat is None


def test_dotted_keys_inline_tables_and_values_on_several_lines_are_told_apart() -> None:
    root = parse_toml(
        'top.a = 1\n"quoted key" = 2\n'
        "list = [ # why\n  'x',\n\n  '''\n]=,''', {deep = [1,\n    2]},\n]\n"
        "[[row]]\nname = 'one'\n[row.sub]\nx = 1\n\n[[row]]\n  name = 'two'\n[row.sub]\nx.y = 1\n",
        shown="f",
    )

    places = {node.key: (node.line, node.column) for node in nodes(root) if node.key}

    assert places == {
        "top": (1, 1),
        "top.a": (1, 5),
        "'quoted key'": (2, 1),
        "list": (3, 1),
        "list[0]": (4, 3),
        "list[1]": (6, 3),
        "list[2]": (7, 9),
        "list[2].deep": (7, 10),
        "list[2].deep[0]": (7, 18),
        "list[2].deep[1]": (8, 5),
        "row": (10, 1),
        "row[0]": (10, 1),
        "row[0].name": (11, 1),
        "row[0].sub": (12, 1),
        "row[0].sub.x": (13, 1),
        "row[1]": (15, 1),
        "row[1].name": (16, 3),
        "row[1].sub": (17, 1),
        "row[1].sub.x": (18, 1),
        "row[1].sub.x.y": (18, 3),
    }


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("a = 1\na = 2\n", 2, "a", "written twice; it stands on line 1"),
        ("[crawl]\ndelay = [\n1]\ndelay = [\n2]\n", 4, "crawl.delay", "stands on line 2"),
        ("[a]\n[b]\n[a]\n", 3, "a", "stands on line 1"),
        ("[[a]]\n[a]\n", 2, "a", "stands on line 1"),
        ("a.b = 1\n[a]\nc = 1\n", 2, "a", "stands on line 1"),
        ("a = {b = 1, b = 2}\n", 1, "a.b", "the same line"),
        ("a = {b = 1}\na.c = 2\n", 2, "a", "stands on line 1"),
        ("[crawl]\ndelay = fast\n", 2, "crawl.delay", "a text stands in quotes"),
        ('a = "open\nb = 1\n', 1, "a", "closing quotes on the same line"),
        ('x = 1\na = """open\nb = 1\n', 2, "a", "closing quotes"),
        ("x = 1\na = [1,\n2\n", 2, "a", "closing ]"),
        ('a = "\\d"\n', 1, "a", "backslash"),
        ("a = 1 b = 2\n", 1, "a", "more on the line"),
        ("a\n", 1, "", "without '='"),
        ("a = {b = 1,\nc = 2}\n", 1, "a", "on one line"),
        ("a: 1\n", 1, "", "without '='"),
        ("a = " + "[" * 1000, 1, "", "32 levels"),
        (".".join("a" * 100_000) + " = 1\n", 1, "", "32 levels"),
        ("\n\n" + "a = {" * 1000, 3, "", "32 levels"),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_key(text: str, line: int, key: str, words: str) -> None:
    with pytest.raises(FaultsError) as caught:
        parse_toml(text, shown="sites/x.toml")

    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.key) == ("sites/x.toml", line, key)
    assert words in fault.message


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"\xef\xbb\xbfa = 1\n", 1, "byte order mark"),
        ("a = 1\n".encode("utf-16"), 1, "byte order mark"),
        ('a = 1\nb = "\u00e5'.encode() + b'\xe5"\n', 2, "not UTF-8: byte 0xe5"),
        (b"#" * 300_000, 0, "larger than 256 KiB"),
    ],
)
def test_bytes_that_are_no_text_of_ours_are_refused(tmp_path: Path, data: bytes, line: int, words: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(data)

    fault = fault_of(file)

    assert fault.line == line
    assert words in fault.message


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.toml")

    said = {name: fault_of(tmp_path / f"{name}.toml").message for name in ("folder", "link", "pipe", "absent")}

    assert said == {
        "folder": "is a folder, not a file",
        "link": "is a link that leads nowhere",
        "pipe": "is no regular file",
        "absent": "is not there",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("a = 1\n")
    file.chmod(0)

    assert "cannot be read: Permission denied" in fault_of(file).message


def test_tabs_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"[crawl]\r\n\tdelay\t=\t1\r\n")

    root = read_toml(file, shown="x.toml")

    delay = root.value["crawl"].value["delay"]
    assert root.plain() == {"crawl": {"delay": 1}}
    assert (delay.line, delay.column) == (2, 2)


def test_merging_goes_key_by_key_and_keeps_each_place() -> None:
    base = parse_toml("x = 1\n[t]\na = 1\nb = [1]\n[[row]]\nn = 1\n[[row]]\nn = 2\n", shown="base")
    over = parse_toml("[t]\nb = [2, 3]\n[[row]]\nn = 3\n", shown="over")

    both = merged(base, over)

    assert both.plain() == {"x": 1, "t": {"a": 1, "b": [2, 3]}, "row": [{"n": 3}]}
    assert (both.value["t"].value["a"].file, both.value["t"].value["a"].line) == ("base", 3)
    assert (both.value["t"].value["b"].file, both.value["t"].value["b"].line) == ("over", 2)


def test_entries_may_be_put_before_the_inherited_ones() -> None:
    base = parse_toml("one = 'b'\n[[row]]\nn = 1\n", shown="base")
    over = parse_toml("one_also = ['a']\nnew_also = 'c'\n[[row_also]]\nn = 0\n", shown="over")

    both = merged(base, over)

    assert both.plain() == {"one": ["a", "b"], "row": [{"n": 0}, {"n": 1}], "new": ["c"]}
    assert both.value["row"].value[0].key == "row_also[0]"


def test_an_addition_beside_a_replacement_is_refused() -> None:
    base = parse_toml("[t]\na = [1]\n", shown="base")
    over = parse_toml("[t]\na = [2]\na_also = [3]\n", shown="over")

    with pytest.raises(FaultsError, match=r"over:3: t\.a_also: stands beside 't\.a'"):
        merged(base, over)


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from paths(part, (*path, name))


def nodes(node: Node) -> Iterator[Node]:
    yield node
    inner = node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
    for part in inner:
        yield from nodes(part)


def fault_of(file: Path) -> Fault:
    with pytest.raises(FaultsError) as caught:
        read_toml(file, shown=file.name)
    (fault,) = caught.value.faults
    return fault
