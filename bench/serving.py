"""One database of the benchmark in a process of its own: answers requests for timings, a line of JSON for a line.

Started by pages.py, which sets Django up first; not meant to be run by hand.
"""

import json
import logging
import sys
import time
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch

from bench.targets import person, targets


class Serving:
    def __init__(self) -> None:
        self.targets = {target.name: target for target in targets()}
        self.clients: dict[str, Client] = {}

    def client(self, who: str) -> Client:
        if who not in self.clients:
            self.clients[who] = Client(SERVER_NAME="localhost", raise_request_exception=False)
            self.clients[who].force_login(person(who))
        return self.clients[who]

    def names(self) -> list[str]:
        return list(self.targets)

    def look(self, name: str) -> dict[str, Any]:
        """One request that is not timed: its status and its queries, each with its time."""
        target = self.targets[name]
        try:
            path = target.path()
        except NoReverseMatch:
            return {"status": 404, "queries": []}
        client = self.client(target.who)
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        queries = [{"sql": row["sql"], "ms": self.full_time(row["sql"])} for row in captured.captured_queries]
        return {"status": response.status_code, "queries": queries, "bytes": len(response.content)}

    def full_time(self, sql: str) -> float:
        """Milliseconds to the last row of a query. The time that Django notes ends before the rows are fetched."""
        if not sql.startswith("SELECT"):
            return 0.0
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("%", "%%"), [])
            cursor.fetchall()
        return (time.perf_counter() - begun) * 1000

    def time(self, name: str, rounds: int) -> list[float]:
        """Milliseconds of each of so many requests."""
        target = self.targets[name]
        client, path = self.client(target.who), target.path()
        taken = []
        for _ in range(rounds):
            begun = time.perf_counter()
            client.get(path)
            taken.append((time.perf_counter() - begun) * 1000)
        return taken

    def explain(self, sql: str) -> list[str]:
        """How the database goes about a query, as it says itself."""
        words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN ANALYZE"
        with connection.cursor() as cursor:
            cursor.execute(f"{words} {sql}".replace("%", "%%"), [])
            return [str(row[-1]) for row in cursor.fetchall()]


def main() -> None:
    logging.disable(logging.WARNING)
    serving = Serving()
    for line in sys.stdin:
        verb, *args = json.loads(line)
        print(json.dumps(getattr(serving, verb)(*args)), flush=True)
