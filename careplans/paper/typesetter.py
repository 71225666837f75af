"""A program of its own, which sets one sheet: the template's name and the format as arguments, what stands on it as JSON at its
input, the finished sheet at its output.

Apart from the web process, because a run away sheet can be ended only so, and because what a patient's words do to a typesetter
must not reach the process that serves everybody. It knows no Django, no settings and no key, and leaves no file.
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any, Literal

import typst

Kind = Literal["pdf", "png"]

ROOM = Path(__file__).resolve().parent
MEMORY, SECONDS = 2 * 1024**3, 20
# PDF/UA allows no letter that has no shape: the typesetter names those that it lacks.
LACKING = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# What stands where a letter cannot be shown; the sheet says so.
INSTEAD = "\N{WHITE SQUARE}"
ROUNDS = 4
REFUSED, PLACE = 3, re.compile(r"(\w+\.typ:\d+:\d+)")


def main(template: str, kind: Kind) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        sheet = set_sheet(template, json.load(sys.stdin.buffer), kind)
    except typst.TypstError as error:
        # Where in the template; the message itself may quote what was written of a patient.
        sys.stderr.write(" ".join(PLACE.findall(error.diagnostic)[:3]))
        return REFUSED
    sys.stdout.buffer.write(sheet)
    return 0


def set_sheet(template: str, content: dict[str, Any], kind: Kind = "pdf") -> bytes:
    """With the fonts that come with the program, so that a sheet looks alike wherever it is printed; for letters that those lack
    with what the machine has, and for what that lacks too with a square."""
    lacking: set[str] = set()
    for turn in range(ROUNDS):
        try:
            return _compile(template, without(content, lacking), kind, system=turn > 0)
        except typst.TypstError as error:
            found = letters_in(error.diagnostic)
            if not found or turn == ROUNDS - 1:
                raise
            if turn > 0:
                lacking |= found
    raise AssertionError("the last round returns or raises")


def letters_in(diagnostic: str) -> set[str]:
    """Every letter that a refusal names, one by one."""
    named = (ESCAPED.sub(lambda code: chr(int(code[1], 16)), words) for words in LACKING.findall(diagnostic))
    return {letter for words in named for letter in words}


def without(content: Any, letters: set[str]) -> Any:
    """The same content with a square for each of these letters, and a word that there are some."""
    if not letters:
        return content
    table = str.maketrans(dict.fromkeys(letters, INSTEAD))
    return {**_each(content, table), "lacks_letters": True}


def _each(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list):
        return [_each(one, table) for one in value]
    if isinstance(value, dict):
        return {name: _each(one, table) for name, one in value.items()}
    return value


def _compile(template: str, content: dict[str, Any], kind: Kind, *, system: bool) -> bytes:
    compiler = typst.Compiler(
        input=str(ROOM / "sheets" / template), root=str(ROOM), font_paths=[str(ROOM / "fonts")],
        ignore_system_fonts=not system, sys_inputs={"content": json.dumps(content)},
    )  # fmt: skip
    options: dict[str, Any] = {"pdf_standards": ["ua-1"]} if kind == "pdf" else {"ppi": 110}
    sheet = compiler.compile(format=kind, **options)
    # A picture is drawn of each page: the first.
    return sheet[0] if isinstance(sheet, list) else sheet or b""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], "png" if sys.argv[2] == "png" else "pdf"))
