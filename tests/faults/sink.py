"""A mail relay that can be told to misbehave, in a process of its own: python -m tests.faults.sink FOLDER SMTP HTTP

FOLDER holds what it is told (`mode.json`, read at every mail) and what it leaves behind:

    journal.jsonl   every mail it accepted, written and flushed before it answers 250
    mail.log        the same as Postfix would write it
    HTTP            GET /<message-id> answers 200 when it accepted that mail and 404 when it did not

Modes (`kind`): ok; refuse (one mail in three, every class of code in turn, at each phase); hang (at each phase in turn);
drop (accepted, and the line is cut before 250, for one mail in `every`). `delay` is the time every mail takes.
"""

import asyncio
import email
import itertools
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

REFUSALS = [421, 450, 451, 452, 454, 500, 501, 503, 550, 552, 553, 554]
PHASES = ["MAIL", "RCPT", "DATA", "dot"]
# The end of the text that came is the one place where a mail that hangs may have been taken or not.
HANGS = ["MAIL", "RCPT", "DATA", "dot", "taken"]
FOR_EVER = 3600


class Relay(SMTP):
    """aiosmtpd's server, with a word before the DATA command is answered."""

    async def smtp_DATA(self, arg):
        trouble = await self.event_handler.trouble_at("DATA", self)
        if trouble:
            await self.push(trouble)
            return
        await super().smtp_DATA(arg)


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.accepted = set()
        journal = folder / "journal.jsonl"
        if journal.exists():
            self.accepted = {json.loads(line)["id"] for line in journal.read_text().splitlines()}
        self.journal = journal.open("a")
        self.log = (folder / "mail.log").open("a")
        if not self.log.tell():
            # A log that has been kept for a while: who asks it wants to know how far it looks back.
            long_ago = time.strftime("%b %e %H:%M:%S", time.localtime(time.time() - 3 * 86400))
            self.log.write(f"{long_ago} relay postfix/master[1]: daemon started\n")
            self.log.flush()
        self.numbers = itertools.count(len(self.accepted))
        self.mails, self.refusals, self.hangs = 0, itertools.cycle(REFUSALS), itertools.cycle(HANGS)
        self.phases = itertools.cycle(PHASES)

    def mode(self):
        return json.loads((self.folder / "mode.json").read_text())

    async def trouble_at(self, phase, server):
        """The refusal to answer at this phase of the current mail, if any; or no answer at all."""
        trouble = getattr(server, "trouble", None)
        if trouble == ("hang", phase):
            await asyncio.sleep(FOR_EVER)
        if trouble and trouble[0] == "refuse" and trouble[1] == phase:
            return f"{trouble[2]} refused by the harness"
        return ""

    def _draw(self, mode):
        """What happens to the mail that begins now."""
        self.mails += 1
        kind, every = mode["kind"], mode.get("every", 3)
        if kind == "ok" or self.mails % every:
            return None
        if kind == "refuse":
            codes = mode.get("codes")
            return (
                "refuse",
                next(self.phases),
                codes[self.mails // every % len(codes)] if codes else next(self.refusals),
            )
        return (kind, next(self.hangs)) if kind == "hang" else (kind, "dot")

    async def handle_MAIL(self, server, session, envelope, address, options):
        mode = self.mode()
        server.trouble = self._draw(mode)
        await asyncio.sleep(mode.get("delay", 0))
        refusal = await self.trouble_at("MAIL", server)
        if refusal:
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = await self.trouble_at("RCPT", server)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        refusal = await self.trouble_at("dot", server)
        if refusal:
            return refusal
        self._accept(envelope)
        if server.trouble == ("hang", "taken"):
            await asyncio.sleep(FOR_EVER)
        if server.trouble == ("drop", "dot"):
            server.transport.abort()
        return "250 OK"

    def _accept(self, envelope):
        message = email.message_from_bytes(envelope.content)
        number, message_id = next(self.numbers), str(message["Message-ID"])
        stamp, queue = time.strftime("%b %e %H:%M:%S"), f"{number + 0x4A0000:X}"
        self.log.write(f"{stamp} relay postfix/cleanup[1]: {queue}: message-id={message_id}\n")
        self.log.write(
            f"{stamp} relay postfix/qmgr[2]: {queue}: from=<consilium@localhost>, size=1, nrcpt=1 (queue active)\n"
        )
        self.log.flush()
        to = envelope.rcpt_tos[0]
        self.journal.write(json.dumps({"n": number, "id": message_id, "to": to, "at": time.time()}) + "\n")
        self.journal.flush()
        self.accepted.add(message_id)


def look_up(handler):
    class LookUp(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if f"<{unquote(self.path[1:])}>" in handler.accepted else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    return LookUp


class SinkController(Controller):
    def factory(self):
        return Relay(self.handler, hostname="relay")


def main(folder, smtp_port, http_port):
    handler = Handler(Path(folder))
    controller = SinkController(handler, hostname="127.0.0.1", port=smtp_port)
    # The line is opened for use only once the look-up answers too.
    server = ThreadingHTTPServer(("127.0.0.1", http_port), look_up(handler))
    controller.start()
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
