"""Time the dispatch of due reminders into an SMTP sink, beside what the same sink takes from a plain client.

    python -m bench.dispatch --reminders 100000

Starts a private PostgreSQL (as script/test does; --durable keeps its fsync on) and a sink of its own, and prints: the sink's
raw limit over one kept-open connection, claims without mail, reminders per second with one worker and with two, the
workers' memory, and how long urgent reminders waited behind the backlog.

    --no-lookup   as where nobody can ask the relay: every mail is marked and settled by itself
    --delay 5     a relay that takes 5 ms for each mail, as one that writes it to disk; the sink alone takes none
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from careplans.models import Case, FollowUp

ROOT = Path(__file__).resolve().parent.parent
SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Handler:
    async def handle_DATA(self, server, session, envelope):
        if delay:
            await asyncio.sleep(delay)
        return "250 OK"
delay = float(sys.argv[2]) / 1000
async def main():
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(Handler(), hostname="sink", loop=loop), "127.0.0.1", int(sys.argv[1]))
    await asyncio.Event().wait()
asyncio.run(main())
"""
WORKER = """
import django; django.setup()
from careplans.outbox import sending
while sending.send_due().worked:
    pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reminders", type=int, default=100_000)
    parser.add_argument("--raw", type=int, default=4_000, help="mails of the plain client")
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--delay", type=float, default=0, help="milliseconds that the sink takes for each mail")
    parser.add_argument("--no-lookup", action="store_true", help="the relay cannot be asked what it took")
    parser.add_argument("--durable", action="store_true", help="PostgreSQL waits for the disk at every commit")
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "script")]
    from _children import Children
    from _servers import free_port, start_postgresql

    children = Children()
    with tempfile.TemporaryDirectory(prefix="consilium-bench-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        try:
            port, sink = free_port(), free_port()
            start_postgresql(children, Path(folder) / "postgresql", port, os.environ, fast=not options.durable)
            children.start("sink", [sys.executable, "-c", SINK, str(sink), str(options.delay)], env=os.environ)
            environment(Path(folder), port, sink, options)
            run(options, sink)
        finally:
            children.stop()


def environment(folder: Path, database: int, sink: int, options: argparse.Namespace) -> None:
    (folder / "mail.log").touch()
    os.environ.update({
        "SECRET_KEY": "only-for-the-bench-0123456789-0123456789", "MAIL_FROM": "consilium@localhost",
        "ALLOWED_HOSTS": "localhost", "BASE_URL": "http://localhost:8000", "HTTPS": "0",
        "DATA_DIR": str(folder), "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"postgres://consilium@127.0.0.1:{database}/postgres", "EMAIL_URL": f"smtp://127.0.0.1:{sink}",
        "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "REMINDER_LANES": str(options.lanes),
        "RELAY_LOOKUP": "" if options.no_lookup else f"postfix:{folder}/mail.log",
    })  # fmt: skip


def run(options: argparse.Namespace, sink: int) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
    import django

    django.setup()
    world = make_world(options.reminders)
    fill(world, options.reminders)
    claims(options.reminders)
    for workers in (1, 2):
        empty()
        fill(world, options.reminders)
        # Before and after: what else the machine does weighs on both.
        before = raw_limit(sink, options.raw)
        sent = dispatch(world, workers)
        after = raw_limit(sink, options.raw)
        share = 200 * sent.rate / (before + after)
        print(
            f"{workers} worker(s): {sent.mails:,} sent in {sent.seconds:.0f} s = {sent.rate:.0f} a second, {share:.0f} % of what "
            f"the sink takes over one kept-open connection ({before:.0f} a second before, {after:.0f} after)\n"
            f"    memory {sent.memory}; urgent behind the backlog: {spread(sent.lags)}", flush=True,
        )  # fmt: skip


@dataclass
class World:
    case: Case
    follow_ups: list[FollowUp]


def make_world(count: int) -> World:
    """A board of twenty people and `count` follow-ups, each of which has one reminder."""
    from django.utils import timezone

    from accounts.models import Board, Membership, User
    from careplans.models import FollowUp
    from careplans.services.cases import open_case
    from careplans.services.patients import add_patient

    board = Board.objects.create(name="Measured board", lead_days=0)
    people = [User.objects.create_user(f"member{n}@bench.example", f"Member {n}") for n in range(20)]
    for person in people:
        Membership.objects.create(user=person, board=board, role="coordinator", discipline="coordination")
    day = timezone.localdate()
    patient = add_patient(
        board, by=people[0], record_number="SYN-1", family_name="Bench", given_name="Synthetic", is_synthetic=True,
        birth_date=day.replace(year=1960), sex="female",
    )  # fmt: skip
    case = open_case(patient, by=people[0], title="Synthetic", responsible=people[0], status="accepted")
    rows = (
        FollowUp(
            board=board, case=case, kind="markers", due_on=day, due_until=day, assignee=people[n % len(people)],
            created_by=people[0],
        )
        for n in range(count)
    )  # fmt: skip
    follow_ups = FollowUp.objects.bulk_create(rows, batch_size=5_000)
    return World(case, follow_ups)


def fill(world: World, count: int, *, urgent: bool = False, generation: int = 1) -> None:
    """`count` due e-mails, one for each follow-up from the first on."""
    from django.db import connection
    from django.utils import timezone

    from careplans.models import OutboxMessage, Reminder

    now, case = timezone.now(), world.case
    for start in range(0, count, 5_000):
        rows = Reminder.objects.bulk_create(
            Reminder(
                board=case.board, case=case, follow_up=about, recipient=about.assignee, kind="due", generation=generation,
                local_day=now.date(), local_time=now.time(), zone="UTC", due_at=now,
            )
            for about in world.follow_ups[start : min(start + 5_000, count)]
        )  # fmt: skip
        OutboxMessage.objects.bulk_create(
            OutboxMessage(
                reminder=row, channel="email", recipient=row.recipient, due_at=now, is_urgent=urgent,
                dedupe_key=f"{row.pk}.{row.generation}.email.{row.recipient_id}",
            )
            for row in rows
        )  # fmt: skip
    if count > 1:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE careplans_outboxmessage, careplans_reminder, careplans_followup")


def empty() -> None:
    from careplans.models import OutboxMessage, Reminder

    OutboxMessage.objects.all().delete()
    Reminder.objects.all().delete()


def raw_limit(port: int, count: int) -> float:
    """The same mail again and again over one connection, by the standard library's client."""
    import smtplib

    from careplans.models import OutboxMessage
    from careplans.outbox.messages import mail_for

    text = mail_for(OutboxMessage.objects.for_sending().first()).as_bytes()
    smtp = smtplib.SMTP("127.0.0.1", port)
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    smtp.ehlo()
    started = perf_counter()
    for _ in range(count):
        smtp.sendmail("consilium@localhost", ["ana@bench.example"], text)
    taken = perf_counter() - started
    smtp.quit()
    return count / taken


def claims(count: int) -> None:
    from careplans.outbox import sending

    started, held = perf_counter(), 0
    while rows := sending.claim(2_000):
        held += len(rows)
    print(f"claims: {held:,} of {count:,} rows without mail in {perf_counter() - started:.1f} s", flush=True)


@dataclass
class Sent:
    mails: int
    seconds: float
    memory: str
    lags: list[float]

    @property
    def rate(self) -> float:
        return self.mails / self.seconds


def dispatch(world: World, workers: int) -> Sent:
    """Everything that is due, from the start of the workers to the end of the last one."""
    from careplans.models import OutboxMessage

    started = perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT) for _ in range(workers)]
    memory: list[list[int]] = [[] for _ in running]
    ended: list[float] = []
    watch = threading.Thread(target=look, args=(running, memory, ended))
    watch.start()
    lags = send_urgent(world, running)
    watch.join()
    peaks = [f"{points[len(points) // 10] // 1024} to {max(points) // 1024} MiB" for points in memory if points]
    return Sent(OutboxMessage.objects.filter(status="sent").count(), ended[0] - started, ", ".join(peaks), lags)


def send_urgent(world: World, running: list[subprocess.Popen]) -> list[float]:
    """One urgent reminder every two seconds while the backlog lasts; how long each waited."""
    from careplans.models import OutboxMessage

    generation = 2
    while any(worker.poll() is None for worker in running):
        fill(world, 1, urgent=True, generation=generation)
        generation += 1
        sleep(2)
    rows = OutboxMessage.objects.filter(is_urgent=True, status="sent")
    return [(row.sent_at - row.due_at).total_seconds() for row in rows]


def look(running: list[subprocess.Popen], memory: list[list[int]], ended: list[float]) -> None:
    """Resident memory in KiB, five times a second; and when the last one ended."""
    while any(worker.poll() is None for worker in running):
        for worker, points in zip(running, memory, strict=True):
            status = Path(f"/proc/{worker.pid}/status")
            if status.exists() and "VmRSS" in (text := status.read_text()):
                points.append(int(text.split("VmRSS:")[1].split()[0]))
        sleep(0.2)
    ended.append(perf_counter())


def spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "not measured"
    return f"p95 {quantiles(seconds, n=20)[-1]:.1f} s, longest {max(seconds):.1f} s ({len(seconds)})"


if __name__ == "__main__":
    main()
