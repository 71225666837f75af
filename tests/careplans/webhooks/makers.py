"""A webhook of the tests, and the program at the other end of it."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import connection
from django.utils import timezone

from careplans.models import Webhook
from careplans.services.cases import change_case
from careplans.webhooks import sending
from careplans.webhooks.registering import register_webhook

# An address of the open internet that no test ever asks.
OPEN = "https://93.184.215.14/hook"
NOUNS = ["cases", "plans", "follow-ups"]


def make_webhook(board, *, by, url=OPEN, name="Warehouse", nouns=NOUNS):
    return register_webhook(board, by=by, name=name, url=url, nouns=nouns)[0]


def title(case, ana, text):
    """Something of which a program is told."""
    case.refresh_from_db()
    change_case(case, by=ana, expected_version=case.version, title=text)


def due_now():
    Webhook.objects.filter(status="on").update(due_at=timezone.now() - timedelta(seconds=1))


def rounds(count=4):
    for _ in range(count):
        due_now()
        sending.send_webhooks()


class Program:
    """Takes what arrives, and answers as it is told: a status, a redirect, a drip, or nothing at all. What can be called is
    called before it answers 200: somebody else does something while a delivery is under way."""

    def __init__(self):
        self.taken, self.behaves = [], [200]

    @property
    def numbers(self):
        return [one["sequence"] for one in self.bodies]

    @property
    def bodies(self):
        return [json.loads(body) for _, body in self.taken]

    def next_behaviour(self):
        return self.behaves.pop(0) if len(self.behaves) > 1 else self.behaves[0]


@contextmanager
def running():
    program = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            program.taken.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            behaviour = program.next_behaviour()
            if callable(behaviour):
                try:
                    behaviour = behaviour() or 200
                finally:
                    connection.close()
            if behaviour == "dies":
                self.connection.close()
            elif behaviour == "hangs":
                time.sleep(3)
            elif behaviour == "drips":
                for _ in range(30):
                    self.wfile.write(b"H")
                    self.wfile.flush()
                    time.sleep(0.1)
            elif behaviour == "redirects":
                self.send_response(307)
                self.send_header("Location", program.elsewhere)
                self.end_headers()
            elif behaviour == "huge":
                self.send_response(200)
                self.send_header("Content-Length", str(10**9))
                self.end_headers()
                while True:
                    self.wfile.write(b"x" * 2**20)
            elif behaviour == "huge header":
                self.send_response(200)
                self.send_header("X-Much", "x" * 2**20)
                self.end_headers()
            elif behaviour == "half":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"half")
                self.connection.close()
            else:
                self.send_response(behaviour)
                self.end_headers()

        def log_message(self, *args):
            pass

        def handle(self):
            with suppress(OSError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    program.url = f"http://127.0.0.1:{server.server_port}/hook"
    program.elsewhere = program.url + "/elsewhere"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield program
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silent(address, port):
    """Listens there and takes nobody: its queue is full, so that whoever connects waits."""
    with socket.socket() as listens:
        listens.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listens.bind((address, port))
        listens.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((address, port))
        try:
            yield
        finally:
            for one in waiting:
                one.close()


def is_signed(headers, body, secret):
    """As a receiver checks it, written from the specification alone."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    named = {name.lower(): value for name, value in headers.items()}
    signed = f"{named['webhook-id']}.{named['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in named["webhook-signature"].split(" ")
