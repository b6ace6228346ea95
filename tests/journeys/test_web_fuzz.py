"""Some hundreds of questions to the API, made from its own description; `make fuzz-api` asks thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz_api import ask
from storage.access import Role
from tests.web_house import house


def test_every_answer_is_as_declared_and_none_is_a_fault(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with house(tmp_path) as ours:
        code = ask(ours.address, ours.token("berit", Role.OPERATOR), tmp_path, 2, 7)
    said = capfd.readouterr().out
    assert code == 0, said
    assert "Operations:" in said
