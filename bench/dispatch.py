"""Time the dispatch of due reminders into an SMTP sink, beside what the same sink takes from a plain client.

    python -m bench.dispatch --reminders 100000

Starts a private PostgreSQL (as script/test does; --durable keeps its fsync on) and a sink of its own, and prints: the sink's
raw limit over one kept-open connection, claims without mail, reminders per second with one worker and with two, the
workers' memory, and how long urgent reminders waited behind the backlog.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parent.parent
SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Handler:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: SMTP(Handler(), hostname="sink", loop=loop), "127.0.0.1", int(sys.argv[1]))
    await asyncio.Event().wait()
asyncio.run(main())
"""
WORKER = """
import django; django.setup()
from careplans import delivery
while delivery.deliver_due().worked:
    pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reminders", type=int, default=100_000)
    parser.add_argument("--raw", type=int, default=4_000, help="mails of the plain client")
    parser.add_argument("--lanes", type=int, default=4)
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
            children.start("sink", [sys.executable, "-c", SINK, str(sink)], env=os.environ)
            environment(folder, port, sink, options.lanes)
            run(options, sink)
        finally:
            children.stop()


def environment(folder: str, database: int, sink: int, lanes: int) -> None:
    os.environ.update({
        "SECRET_KEY": "bench", "ALLOWED_HOSTS": "localhost", "HTTPS": "0", "DATA_DIR": folder, "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"postgres://consilium@127.0.0.1:{database}/postgres", "EMAIL_URL": f"smtp://127.0.0.1:{sink}",
        "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT), "REMINDER_LANES": str(lanes),
    })  # fmt: skip


def run(options: argparse.Namespace, sink: int) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, check=True)
    import django

    django.setup()
    people = make_world()
    fill(people, 200)
    raw = max(raw_limit(sink, options.raw) for _ in range(2))
    print(f"the sink takes {raw:.0f} mails a second over one kept-open connection", flush=True)
    empty()
    fill(people, options.reminders)
    claims(options.reminders)
    for workers in (1, 2):
        empty()
        fill(people, options.reminders)
        dispatch(people, options.reminders, workers, raw)


def make_world() -> tuple[object, object]:
    """One follow-up and the person it is for; every reminder is a generation of its own."""
    from django.utils import timezone

    from accounts.models import Board, Membership, User
    from careplans.services.cases import open_case
    from careplans.services.followups import add_follow_up
    from careplans.services.patients import add_patient

    board = Board.objects.create(name="Measured board", lead_days=0)
    ana = User.objects.create_user("ana@bench.example", "Ana Coordinator")
    Membership.objects.create(user=ana, board=board, role="coordinator", discipline="coordination")
    day = timezone.localdate()
    patient = add_patient(
        board, by=ana, record_number="SYN-1", family_name="Bench", given_name="Synthetic", is_synthetic=True,
        birth_date=day.replace(year=1960), sex="female",
    )  # fmt: skip
    case = open_case(patient, by=ana, title="Synthetic", responsible=ana)
    return add_follow_up(case, by=ana, kind="markers", due_on=day, assignee=ana), ana


def fill(people: tuple[object, object], count: int, *, urgent: bool = False, first: int = 1_000) -> None:
    from django.utils import timezone

    from careplans.models import Delivery, Reminder

    follow_up, ana = people
    now = timezone.now()
    for start in range(first, first + count, 5_000):
        rows = Reminder.objects.bulk_create(
            Reminder(
                board=follow_up.board, case=follow_up.case, follow_up=follow_up, recipient=ana, kind="due", generation=number,
                local_day=now.date(), local_time=now.time(), zone="UTC", due_at=now,
            )
            for number in range(start, min(start + 5_000, first + count))
        )  # fmt: skip
        Delivery.objects.bulk_create(
            Delivery(
                reminder=row, channel="email", recipient=ana, due_at=now, is_urgent=urgent,
                dedupe_key=f"{row.pk}.{row.generation}.email.{ana.pk}",
            )
            for row in rows
        )  # fmt: skip
    from django.db import connection

    if count > 1:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE careplans_delivery")


def empty() -> None:
    from careplans.models import Delivery, Reminder

    Delivery.objects.all().delete()
    Reminder.objects.all().delete()


def raw_limit(port: int, count: int) -> float:
    """The same mail again and again over one connection, by the standard library's client."""
    import smtplib

    from careplans.messages import mail_for
    from careplans.models import Delivery

    text = mail_for(Delivery.objects.for_sending().first()).as_bytes()
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
    from careplans import delivery

    started, held = perf_counter(), 0
    while rows := delivery.claim(2_000):
        held += len(rows)
    print(f"claims: {held:,} of {count:,} rows without mail in {perf_counter() - started:.1f} s", flush=True)


def dispatch(people: tuple[object, object], count: int, workers: int, raw: float) -> None:
    from careplans.models import Delivery

    started = perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT) for _ in range(workers)]
    memory: list[list[int]] = [[] for _ in running]
    watch = threading.Thread(target=look, args=(running, memory))
    watch.start()
    lags = send_urgent(people, running)
    for worker in running:
        worker.wait()
    taken = perf_counter() - started
    watch.join()
    sent = Delivery.objects.filter(status="sent").count()
    rate = sent / taken
    peaks = ", ".join(
        f"{points[len(points) // 10] // 1024} to {max(points) // 1024} MiB" for points in memory if points
    )
    print(
        f"{workers} worker(s): {sent:,} sent in {taken:.0f} s = {rate:.0f} a second, {100 * rate / raw:.0f} % of the raw limit; "
        f"memory {peaks}; urgent behind the backlog: {spread(lags)}", flush=True,
    )  # fmt: skip


def send_urgent(people: tuple[object, object], running: list[subprocess.Popen]) -> list[float]:
    """One urgent reminder every two seconds while the backlog lasts; how long each waited."""
    from careplans.models import Delivery

    number = 10_000_000
    while any(worker.poll() is None for worker in running):
        fill(people, 1, urgent=True, first=number)
        number += 1
        sleep(2)
    rows = Delivery.objects.filter(is_urgent=True, status="sent")
    return [(row.sent_at - row.due_at).total_seconds() for row in rows]


def look(running: list[subprocess.Popen], memory: list[list[int]]) -> None:
    """Resident memory in KiB, once a second."""
    while any(worker.poll() is None for worker in running):
        for worker, points in zip(running, memory, strict=True):
            status = Path(f"/proc/{worker.pid}/status")
            if status.exists() and "VmRSS" in (text := status.read_text()):
                points.append(int(text.split("VmRSS:")[1].split()[0]))
        sleep(1)


def spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "not measured"
    return f"p95 {quantiles(seconds, n=20)[-1]:.1f} s, longest {max(seconds):.1f} s ({len(seconds)})"


if __name__ == "__main__":
    main()
