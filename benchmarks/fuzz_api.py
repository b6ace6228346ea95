"""Thousands of questions to the API, right and wrong, made from its own description: is every answer as declared?

Schemathesis reads the description and asks. A fault of ours (500), an answer of another shape, a refusal that is not
declared or a wrong question that is answered ends it with 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.access import Role
from tests.web_house import house

#: 400: well-formed, and still no sense in it (a `next` that we never gave); 409: cannot be done as things stand.
_SETTINGS = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "304", "400", "404", "409"]
"""


def main(arguments: list[str] | None = None) -> int:
    """Ask; 0 where every answer was as declared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="questions to each route, in each phase")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder, house(Path(folder)) as ours:
        return ask(ours.address, ours.token("berit", Role.OPERATOR), Path(folder), given.examples, given.seed)


def ask(address: str, token: str, folder: Path, examples: int, seed: int) -> int:
    """Ask the API at an address as an operator; what Schemathesis says, it says itself."""
    settings = folder / "schemathesis.toml"
    settings.write_text(_SETTINGS)
    tool = Path(sysconfig.get_path("scripts")) / "schemathesis"
    command = [str(tool), "--config-file", str(settings), "run", f"{address}/api/v1/openapi.json"]
    command += ["--header", f"Authorization: Bearer {token}", "--phases", "examples,coverage,fuzzing,stateful"]
    command += ["--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure", "--no-color"]
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
