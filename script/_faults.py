"""What script/faults does: the packages and servers that it needs, then tests/faults in their environment."""

from __future__ import annotations

import os
from collections.abc import Sequence

from _children import Children, Stopped, say
from _servers import missing_packages
from _venv import PYTHON, ensure_packages, install_system_packages


def main(arguments: Sequence[str]) -> int:
    children = Children()
    try:
        missing = [package for package in missing_packages() if package != "chromium"]
        if missing and not install_system_packages(children, missing):
            raise SystemExit(
                f"The faults need more. Install it, then run this again:\n  sudo apt-get install {' '.join(missing)}"
            )
        ensure_packages(children, "requirements-dev.lock")
        return children.run([PYTHON, "-m", "tests.faults", *arguments], env=dict(os.environ))
    except Stopped:
        say("Stopped.")
        return 130
    finally:
        children.stop()
