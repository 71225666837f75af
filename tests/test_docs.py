"""What the documents name is there: paths, classes, and the words of the API."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = [path for path in sorted(ROOT.rglob("README.md")) if not {".venv", "node_modules", "var"} & set(path.parts)]
DOCUMENTS = [
    ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md")), *READMES,
]  # fmt: skip
# A file, or a folder with a slash at its end; <noun> stands for any.
PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)*(?:/|\.(?:py|md|txt|toml|yaml|json|html|svg|css|js|lock|png))|script/\w+")
# Made while it runs, or on another machine.
ELSEWHERE = ("DATA_DIR/", "var/", "test-artefacts/", ".venv/", "consilium.env", "plans.json")
NOUN = re.compile(r"<\w+>")
FOLDERS = [ROOT / name for name in ("accounts", "careplans", "modalities", "static", "templates", "tests")]


def texts(document):
    """What stands in backticks, but not in blocks of code."""
    prose = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`\n]+)`", prose)


def paths(document):
    found = (word.rstrip(",;:") for text in texts(document) for word in text.split())
    return sorted({word for word in found if PATH.fullmatch(word) and not word.startswith(ELSEWHERE)})


def exists(name, beside):
    """From the root, beside the document, or as the end of a path: `models/plans.py` is `careplans/models/plans.py`."""
    pattern = NOUN.sub("*", name).rstrip("/")
    if any(any(place.glob(pattern)) for place in (ROOT, beside, *FOLDERS)):
        return True
    # Only a bare name, as in “`steps.py` in every layer”.
    return "/" not in pattern and any(any(place.rglob(pattern)) for place in FOLDERS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_a_document_exists(document):
    assert [name for name in paths(document) if not exists(name, document.parent)] == []


def test_a_path_that_does_not_exist_is_noticed(tmp_path):
    document = tmp_path / "some.md"
    document.write_text(
        "`careplans/models/plans.py`, `careplans/models/nothing.py`, `no/folder/` and `steps.py`; `Plan`"
    )
    assert [name for name in paths(document) if not exists(name, tmp_path)] == [
        "careplans/models/nothing.py",
        "no/folder/",
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    assert [t for t in targets if not t.startswith(("http", "mailto")) and not (document.parent / t).exists()] == []


def glossary(column):
    """(word, name) for each name in backticks in one column of the glossary: 2 code, 4 API."""
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6:
            yield from ((cells[0], name) for name in re.findall(r"`([^`]+)`", cells[column]))


def words_of(files):
    return set(re.findall(r"\w+(?:-\w+)*", "\n".join(path.read_text() for path in files)))


def test_every_name_in_code_of_the_glossary_is_used():
    product = [path for app in ("common", "accounts", "modalities", "careplans") for path in (ROOT / app).rglob("*.py")]
    known = words_of(product) | {path.stem for path in product}
    names = list(glossary(2))
    assert len(names) > 40
    assert [f"{word}: {name}" for word, name in names if set(name.split(".")) - known] == []


def test_every_class_of_the_glossary_is_one():
    models = "\n".join(
        path.read_text()
        for app in ("common", "accounts", "modalities", "careplans")
        for path in (ROOT / app).rglob("*.py")
    )
    classes = set(re.findall(r"^ *class (\w+)", models, re.MULTILINE))
    named = {part for _, name in glossary(2) for part in name.split(".") if part[0].isupper()}
    assert named - classes == set()


def test_every_name_of_the_api_in_the_glossary_is_in_its_document():
    known = words_of([ROOT / "docs" / "openapi.yaml"])
    assert [f"{word}: {name}" for word, name in glossary(4) if name not in known] == []


def test_every_test_that_holds_a_hazard_is_there():
    text = (ROOT / "docs" / "clinical-safety.md").read_text()
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert len(named) > 10
    assert [f"{path}::{name}" for path, name in named if not is_test(path, name)] == []


def test_every_hazard_names_a_test():
    rows = re.findall(r"^\| (?!hazard|---).*\|$", (ROOT / "docs" / "clinical-safety.md").read_text(), re.MULTILINE)
    assert [row for row in rows if "`tests/" not in row] == []


def is_test(path, name):
    return (ROOT / path).is_file() and f"def {name}(" in (ROOT / path).read_text()
