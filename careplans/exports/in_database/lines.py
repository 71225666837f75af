"""Lines as they come from the database: asked for by one statement, and put together of its columns.

COPY hands rows over while it reads on, so that the database and this process work at the same time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db.models import BooleanField, F, Func

from careplans.exports.in_database.columns import BETWEEN, SIGNS, Column, is_clean, told
from careplans.exports.in_database.declared import UntoldError
from careplans.exports.in_database.layout import Follows, Laying, Layout, Told
from careplans.exports.in_database.nested import FIRST, KEYS, LAST
from careplans.exports.spool import as_bytes, text_of
from careplans.models import Change

Rows = Callable[[set[int]], Mapping[int, Mapping[str, Any]]]
"""Of these keys the rows as Python tells them, to this reader."""
# So much is put together at a time: larger pieces leave the processor's cache, and smaller ones have too few rows that are alike.
BYTES = 2**17


class GoneError(Exception):
    """A row that was asked about is told no more."""


class UncleanError(Exception):
    """A text holds a sign that COPY writes otherwise than JSON: its rows are to be escaped by the database."""


# Up to so many keys for one that is asked for, all rows from the first to the last are read, and the others passed over.
DENSE = 8


class IsAsked(Func):
    """Whether a row is one of those whose keys are given. Where they lie `dense`, the table is read as it lies, and each key is
    looked up: to go through the index once for each takes longer than to read the row."""

    output_field = BooleanField()

    def __init__(self, key: Any, *, dense: bool) -> None:
        super().__init__(key)
        self.dense = dense

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]  # no names in it
        sql, params = compiler.compile(self.source_expressions[0])
        # As a question of its own PostgreSQL makes no join of it, nor a look into the index.
        asked = f"({sql} IN (SELECT unnest(%s::bigint[]))) IS TRUE" if self.dense else f"{sql} = ANY(%s)"
        return asked, [*params, KEYS]


@cache
def layout_of(told: Told, escaped: bool) -> Layout:
    """Raises UntoldError."""
    return Laying(told, escaped=escaped).whole()


def is_dense(keys: Sequence[int]) -> bool:
    return keys[0] - keys[-1] < DENSE * len(keys)


@cache
def statement_of(told: Told, escaped: bool = False, dense: bool = True) -> tuple[str, tuple[Any, ...]]:
    """The columns of rows with the greatest key first, with FIRST, LAST and KEYS among its values: to make it takes as long as to
    run it for a thousand rows. Raises UntoldError."""
    layout = layout_of(told, escaped)
    names = [f"column_{place}" for place in range(len(layout.columns))]
    columns = {
        name: one.expression for name, one in zip(names, layout.columns, strict=True) if one.expression is not None
    }
    rows = told.declared.rows().order_by().filter(IsAsked(F("pk"), dense=dense), pk__gte=FIRST, pk__lte=LAST)
    sql, params = rows.annotate(**columns).values_list(*columns).query.sql_with_params()
    whole, more = _with_changes(told, layout, names, sql)
    return f"COPY ({whole}) TO STDOUT (DELIMITER E'\\x{ord(BETWEEN):02x}', NULL 'null')", (*params, *more)


def _with_changes(told: Told, layout: Layout, names: Sequence[str], sql: str) -> tuple[str, tuple[Any, ...]]:
    """With when each row was last changed: all of the stretch read at once, where the ORM would look for each row by itself."""
    key = f"told.{names[layout.key]}"
    if layout.changed is None:
        return f"SELECT * FROM ({sql}) told ORDER BY {key} DESC", ()  # noqa: S608  # names of ours
    listed = ", ".join("changed.at" if place == layout.changed else f"told.{name}" for place, name in enumerate(names))
    return (
        f"SELECT {listed} FROM ({sql}) told LEFT JOIN {Change._meta.db_table} changed"  # noqa: S608  # names of ours
        f" ON changed.noun = %s AND changed.row_id = {key} AND changed.row_id >= %s AND changed.row_id <= %s"
        f" ORDER BY {key} DESC"
    ), (told.declared.changed, FIRST, LAST)


class Lines:
    """Rows as the database hands them over. Raises UntoldError, UncleanError."""

    def __init__(self, told: Told, *, escaped: bool) -> None:
        self.layout, self.escaped = layout_of(told, escaped), escaped
        self.count = 0
        self.boards: set[int] = set()
        # Bytes, and what only the whole row says: its key and the name of the field.
        self.pieces: list[bytes | tuple[int, str]] = []

    def take(self, blocks: Iterable[bytes]) -> None:
        held: list[bytes] = []
        size = 0
        for block in blocks:
            held.append(block)
            size += len(block)
            if size > BYTES:
                self._put(b"".join(held))
                held, size = [], 0
        if held:
            self._put(b"".join(held))

    def _put(self, block: bytes) -> None:
        if not (self.escaped or is_clean(block)):
            raise UncleanError
        listed = self.layout.columns
        count, width = block.count(b"\n"), len(listed)
        cells = block[:-1].decode(SIGNS).replace("\n", BETWEEN).split(BETWEEN)
        if len(cells) != count * width:
            raise UntoldError
        columns = [_told(column, cells[place::width]) for place, column in enumerate(listed)]
        self.pieces += _pieces(*self._laid_out(columns, count), columns[self.layout.key])
        self.boards.update(map(int, set(columns[self.layout.board])))
        self.count += count

    def _laid_out(self, columns: list[list[str]], count: int) -> tuple[list[Any], list[tuple[int, str]], int]:
        """What stands in the lines, piece by piece; which pieces are missing, and of which field; and how many make a line.
        What all lines have alike is one piece with what stands in front of it: most columns are empty in most rows."""
        texts, filled = [""], []
        for text, what in self.layout.parts[:-1]:
            values = columns[what] if isinstance(what, int) else what.of(columns)
            texts[-1] += text
            if values[0] is not None and values.count(values[0]) == count:
                texts[-1] += values[0]
            else:
                filled.append((what, values))
                texts.append("")
        texts[-1] += self.layout.parts[-1][0] + "\n"
        line: list[Any] = list(chain.from_iterable((text, None) for text in texts))[:-1]
        whole = line * count
        asked: list[tuple[int, str]] = []
        for place, (what, values) in enumerate(filled):
            whole[2 * place + 1 :: len(line)] = values
            if isinstance(what, Follows) and None in values:
                asked += [(2 * place + 1 + row * len(line), what.name) for row, one in enumerate(values) if one is None]
        return whole, sorted(asked), len(line)

    def text(self, rows: Rows) -> bytes:
        """All lines. Raises GoneError."""
        asked = {piece[0] for piece in self.pieces if isinstance(piece, tuple)}
        whole = rows(asked) if asked else {}
        if len(whole) < len(asked):
            raise GoneError
        return b"".join(
            piece if isinstance(piece, bytes) else as_bytes(text_of(whole[piece[0]][piece[1]])) for piece in self.pieces
        )


def _told(column: Column, values: list[str]) -> list[str]:
    if values.count(values[0]) == len(values):
        return told(column, values[:1]) * len(values)
    return told(column, values)


def _pieces(
    whole: list[Any], asked: list[tuple[int, str]], width: int, keys: list[str]
) -> Iterator[bytes | tuple[int, str]]:
    since = 0
    for place, name in asked:
        yield "".join(whole[since:place]).encode(SIGNS)
        yield int(keys[place // width]), name
        since = place + 1
    yield "".join(whole[since:]).encode(SIGNS)
