"""The real thing on ports of its own: PostgreSQL or SQLite, Redis, a relay, workers, beats and loops. Each can be killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import redis

from tests.faults import ledger
from tests.faults.database import Database
from tests.faults.processes import (
    ROOT,
    Processes,
    free_port,
    make_postgresql,
    run_to_its_end,
    serve_postgresql,
    start_redis,
)
from tests.faults.waiting import Waiting

LEASE_SECONDS = 6
TICK_SECONDS = 1
# The first version whose tables are these: what a deploy from it leaves running beside new code.
OLD_VERSION = "899d0d0"
# Long enough that the faults strike while mails go out, however few there are; far below the time-out of a mail.
SENDING_SECONDS, LONGEST_DELAY, PROCESSES, LANES = 20.0, 0.5, 5, 2
NOT_FROM_THE_SHELL = (
    "DATABASE_URL",
    "BROKER_URL",
    "EMAIL_URL",
    "DEMO",
    "DEBUG",
    "HTTPS",
    "TEST_SQLITE",
    "RELAY_LOOKUP",
)


class World(Waiting):
    """One set of servers for many runs; every run has an empty queue of its own, copied from one that was seeded once."""

    def __init__(self, folder, *, vendor, count, listens=True):
        self.folder, self.vendor, self.count = folder, vendor, count
        folder.chmod(0o711)
        self.processes = Processes(folder, listens=listens)
        self.ports = {name: free_port() for name in ("postgresql", "redis", "smtp", "http")}
        self.runs = 0
        self.lookup = False
        # Small enough that everybody gets some.
        self.batch = min(50, max(4, count // 12))
        # What every mail takes, and how long all of them take about, when nothing goes wrong.
        senders = PROCESSES * (LANES if vendor == "postgresql" and self.batch >= 16 else 1)
        self.delay = min(SENDING_SECONDS * senders / count, LONGEST_DELAY)
        self.span = count * self.delay / senders
        shell = {name: value for name, value in os.environ.items() if name not in NOT_FROM_THE_SHELL}
        self.shell = shell | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def __enter__(self):
        try:
            self._open()
        except BaseException:
            self.processes.stop()
            raise
        return self

    def __exit__(self, *_):
        self.processes.stop()

    def _open(self):
        start_redis(self.processes, self.folder, self.ports["redis"], self.shell)
        if self.vendor == "postgresql":
            make_postgresql(self.processes, self.folder / "postgresql", self.shell)
            self.serve_postgresql()
        self.database = self._new_database("seeded", None)
        self.run_folder = self.folder / "seeded"
        self.run_folder.mkdir()
        self._step("tests.faults.seed", str(self.count))

    # Databases

    def _server_url(self, name):
        return f"postgresql://consilium@127.0.0.1:{self.ports['postgresql']}/{name}"

    def _new_database(self, name, template):
        if self.vendor == "sqlite":
            if template:
                shutil.copy(self.folder / f"{template}.sqlite3", self.folder / f"{name}.sqlite3")
            return Database(sqlite=self.folder / f"{name}.sqlite3")
        server = Database(postgresql=self._server_url("postgres"))
        server.query(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}")
        return Database(postgresql=self._server_url(name))

    # One run

    def begin(self, *, lookup=False):
        """An empty queue of its own, an empty broker and a fresh relay."""
        self.runs += 1
        name = f"run{self.runs}"
        self.run_folder = self.folder / name
        (self.run_folder / "deaths").mkdir(parents=True)
        self.lookup = lookup
        # What was written during the run, and how much of the journal is about rows that a restore took away.
        self.later, self.read_until = [], 0
        self.database = self._new_database(name, "seeded")
        self.flush_redis()
        self.relay("ok")
        self.start_sink()

    def end(self):
        self.processes.dismiss()
        self.processes.kill("sink")

    def env(self, *, data="data", **told):
        (self.run_folder / data).mkdir(exist_ok=True)
        return self.shell | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "SECRET_KEY": "only-for-the-fault-harness-0123456789-0123456789-abc",
            "ALLOWED_HOSTS": "localhost",
            "BASE_URL": "http://localhost:8000",
            "MAIL_FROM": "Consilium <consilium@localhost>",
            "HTTPS": "0",
            "DATA_DIR": str(self.run_folder / data),
            "DATABASE_URL": self.database.url,
            "DATABASE_POOL_SIZE": "4",
            "BROKER_URL": f"redis://127.0.0.1:{self.ports['redis']}/0",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "RELAY_LOOKUP": self._lookup() if self.lookup else "",
            "REMINDER_LEASE_SECONDS": str(LEASE_SECONDS),
            "REMINDER_LANES": str(LANES),
            "REMINDER_TICK_SECONDS": str(TICK_SECONDS),
            "LOG_LEVEL": "WARNING",
            "FAULTS": json.dumps({"folder": str(self.run_folder / "deaths"), "batch": self.batch} | told),
        }

    def _lookup(self):
        """Each of the two ways has a database on which it is the one."""
        if self.vendor == "sqlite":
            return f"http://127.0.0.1:{self.ports['http']}/{{message_id}}"
        return f"postfix:{self.run_folder / 'mail.log'}"

    def release(self, due_seconds=1):
        """What was seeded for later has been due for so long: everybody is at the start, and it begins."""
        for table in ("careplans_reminder", "careplans_outboxmessage"):
            self.database.query(
                f"UPDATE {table} SET due_at = %s WHERE due_at < %s", self.clock(-due_seconds), self.tomorrow()
            )

    def release_sending(self, naive=""):
        """An administrator looks, and says that this database is the one that sends."""
        self._step("tests.faults.release", naive=naive)

    def write_later(self, count):
        """The board goes on working: so many more reminders are due at once."""
        before = set(ledger.due(self))
        self._step("tests.faults.later", str(count))
        self.later += [row for row in ledger.due(self) if row not in before]

    def forget_what_was_lost(self):
        """A restore has taken away what was written later; what bears its numbers from here on is something else."""
        self.later, self.read_until = [], len(self.journal())

    def forget_deaths(self):
        """The processes die as often again."""
        for path in (self.run_folder / "deaths").glob("*-[0-9]*"):
            path.unlink()

    def start(self, name, *, tree="", data="data", **told):
        """A worker, beat, loop or cron; the name begins with what it is. `tree` is "old" for one of an older version."""
        celery = [sys.executable, "-m", "celery"]
        loop = [sys.executable, "-m", "tests.faults.loop"]
        argv = {
            "work": [*celery, "-A", "tests.faults.worker_app", "worker", "-c", "2", "-n", f"{name}@here"],
            "beat": [*celery, "-A", "config", "beat", "-s", str(self.run_folder / name), "--pidfile="],
            "loop": [*loop, "--every", str(TICK_SECONDS)],
            "cron": [*loop, "--once"],
        }[name[:4]]
        env = self.env(name=name, data=data, **told)
        if tree:
            old = str(self._old_tree())
            argv, env = ["env", "-C", old, *argv], env | {"PYTHONPATH": old}
        self.processes.keep(name, argv, env)

    def _old_tree(self):
        """The older version, with this harness in it."""
        old = self.folder / "old"
        if not old.exists():
            old.mkdir()
            archive = subprocess.run(["git", "archive", OLD_VERSION], cwd=ROOT, check=True, capture_output=True).stdout
            subprocess.run(["tar", "-x", "-C", str(old)], input=archive, check=True)
            shutil.rmtree(old / "tests" / "faults", ignore_errors=True)
            shutil.copytree(ROOT / "tests" / "faults", old / "tests" / "faults")
        return old

    def _step(self, module, *arguments, **told):
        run_to_its_end([sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.env(**told))

    def send_failed_again(self):
        """What a coordinator does on the reminders page, once for every delivery that failed."""
        self._step("tests.faults.again")

    # Copies

    def back_up(self, name):
        """A consistent copy of the database while it is in use."""
        if self.vendor == "sqlite":
            path = self.folder / f"{name}.sqlite3"
            path.unlink(missing_ok=True)
            with closing(sqlite3.connect(self.database.sqlite)) as live, closing(sqlite3.connect(path)) as copy:
                live.backup(copy)
            return
        dump = ["pg_dump", "--format=custom", f"--file={self.folder / name}.dump", self.database.postgresql]
        run_to_its_end(dump)

    def restore(self, name, *, anew=""):
        """That copy in the place of the database, or beside it under the name `anew`."""
        if self.vendor == "sqlite":
            target = self.folder / f"{anew}.sqlite3" if anew else self.database.sqlite
            for end in ("-wal", "-shm"):
                target.with_name(target.name + end).unlink(missing_ok=True)
            # Put in its place, not written over: what a process that is just dying still writes goes into the old file.
            fresh = target.with_suffix(".fresh")
            shutil.copy(self.folder / f"{name}.sqlite3", fresh)
            fresh.replace(target)
            return Database(sqlite=target)
        target = anew or self.database.postgresql.rpartition("/")[2]
        server = Database(postgresql=self._server_url("postgres"))
        server.query(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
        server.query(f"CREATE DATABASE {target}")
        database = Database(postgresql=self._server_url(target))
        load = ["pg_restore", "--no-owner", f"--dbname={database.postgresql}", f"{self.folder / name}.dump"]
        run_to_its_end(load)
        return database

    # The relay

    def relay(self, kind, **how):
        new = self.run_folder / "mode.new"
        new.write_text(json.dumps({"kind": kind, "delay": self.delay} | how))
        new.replace(self.run_folder / "mode.json")

    def start_sink(self):
        ports = [str(self.ports["smtp"]), str(self.ports["http"])]
        self.processes.keep(
            "sink", [sys.executable, "-m", "tests.faults.sink", str(self.run_folder), *ports], self.shell
        )

    def journal(self):
        path = self.run_folder / "journal.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    # Faults of the servers

    def flush_redis(self):
        try:
            redis.Redis(port=self.ports["redis"]).flushall()
        except redis.ConnectionError:
            return

    def restart_redis(self):
        self.processes.kill("redis")
        start_redis(self.processes, self.folder, self.ports["redis"], self.shell)

    def stop_postgresql(self):
        """At once, as after a crash: nobody's transaction is waited for."""
        self.processes.kill("postgres", signal.SIGQUIT)

    def serve_postgresql(self):
        serve_postgresql(self.processes, self.folder / "postgresql", self.ports["postgresql"], self.shell)

    def restart_postgresql(self):
        self.stop_postgresql()
        self.serve_postgresql()

    # What has come of it

    def last_death(self):
        """The time of day when a process last killed itself."""
        return max((path.stat().st_mtime for path in (self.run_folder / "deaths").glob("*-[0-9]*")), default=0.0)

    def states(self):
        """How many deliveries of those that were due stand where."""
        rows = self.database.query(
            "SELECT status, count(*) FROM careplans_outboxmessage WHERE due_at < %s GROUP BY status", self.tomorrow()
        )
        return dict(rows)

    def tomorrow(self):
        """A border between what was due and what is due in 20 hours."""
        return self.clock(10 * 3600)

    def clock(self, seconds):
        """So many seconds from now, as the database writes times."""
        words = "%Y-%m-%d %H:%M:%S+00" if self.vendor == "postgresql" else "%Y-%m-%d %H:%M:%S"
        return time.strftime(words, time.gmtime(time.time() + seconds))
