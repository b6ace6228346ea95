"""Print the packages of this environment as a lock: exact versions, no addresses, for Python 3.11 to 3.14 on Linux."""

from __future__ import annotations

import sys
from importlib.metadata import distributions

#: What one of our Pythons or systems does not need, or cannot install.
MARKERS = {
    "backports-zstd": "python_version < '3.14'",
    "uvloop": "platform_system != 'Windows'",
}
NOT_LOCKED = {"pip", "pressvakt", "setuptools"}


def main() -> None:
    """Write the lock to standard output."""
    found = {dist.name.lower().replace("_", "-").replace(".", "-"): dist.version for dist in distributions()}
    lines = ["# Exact versions of all that Pressvakt runs and is tested with. `make lock` writes this file."]
    for name, version in sorted(found.items()):
        if name in NOT_LOCKED:
            continue
        marker = f" ; {MARKERS[name]}" if name in MARKERS else ""
        lines.append(f"{name}=={version}{marker}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
