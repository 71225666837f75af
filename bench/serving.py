"""One database of the benchmark in a process of its own: answers requests for timings, a line of JSON for a line.

Started by pages.py, which sets Django up first; not meant to be run by hand.
"""

import json
import logging
import sys
import time
from typing import Any

from django.db import connection
from django.urls import NoReverseMatch

from accounts.models import Board, User
from bench.targets import BOARD, Doors, targets


class Serving:
    def __init__(self) -> None:
        self.targets = {target.name: target for target in targets(Board.objects.get(name=BOARD))}
        self.doors = Doors()
        self.queries: dict[str, list[tuple[str, Any]]] = {}

    def names(self) -> list[str]:
        return [name for name, target in self.targets.items() if target.is_repeatable]

    def look(self, name: str) -> dict[str, Any]:
        """One request that is not timed: its status and its queries, each with the time to its last row."""
        try:
            go = self.doors.begin(self.targets[name])
        except (NoReverseMatch, User.DoesNotExist):
            # A page or a person of another version, or of another board.
            return {"status": 404, "queries": []}
        go()
        queries = self.queries[name] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            queries.append((sql, params))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = go()
        told = [{"sql": sql, "ms": self.full_time(sql, params)} for sql, params in queries]
        return {"status": response.status_code, "queries": told}

    def full_time(self, sql: str, params: Any) -> float:
        """Milliseconds to the last row of a query, the second time."""
        if not sql.startswith("SELECT"):
            return 0.0
        with connection.cursor() as cursor:
            for _ in range(2):
                begun = time.perf_counter()
                cursor.execute(sql, params)
                cursor.fetchall()
        return (time.perf_counter() - begun) * 1000

    def time(self, name: str, rounds: int) -> list[float]:
        """Milliseconds of each of so many requests."""
        go = self.doors.begin(self.targets[name])
        taken = []
        for _ in range(rounds):
            begun = time.perf_counter()
            go()
            taken.append((time.perf_counter() - begun) * 1000)
        return taken

    def explain(self, name: str, place: int) -> list[str]:
        """How the database goes about a query of a page, as it says itself, with the parameters that Django passes."""
        words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN ANALYZE"
        sql, params = self.queries[name][place]
        with connection.cursor() as cursor:
            cursor.execute(f"{words} {sql}", params)
            return [str(row[-1]) for row in cursor.fetchall()]


def main() -> None:
    logging.disable(logging.WARNING)
    serving = Serving()
    for line in sys.stdin:
        verb, *args = json.loads(line)
        print(json.dumps(getattr(serving, verb)(*args)), flush=True)
