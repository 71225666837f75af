"""Reads the YAML of `data/`. "yes", "no" and "on" are words here, as they are in the proforma, and not booleans."""

import re
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).resolve().parent / "data"
BOOL = "tag:yaml.org,2002:bool"


class WordsLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in pairs if tag != BOOL]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


WordsLoader.add_implicit_resolver(BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def load(path: Path) -> dict[str, Any]:
    # A SafeLoader with fewer words than its parent makes plain values only.
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=WordsLoader)  # noqa: S506
    return found
