"""What every test may use: the folder of shared data, where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages and labelled pairs beside the checkout. Skips where it is absent, fails under CI."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the shared test data must be at {SHARED} under CI")
        pytest.skip(f"no shared test data at {SHARED}")
    return SHARED
