"""A server as the README sets one up: the program alone in an empty folder, the README's own commands, and the Procfile."""

import os
import re
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

from tests.faults.processes import ROOT, Processes, free_port, make_postgresql, serve_postgresql, start_redis

HOST = "consilium.hospital.example"
LEFT_AT_HOME = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "var", "staticfiles", ".mypy_cache", ".*_cache", "*.sqlite3*"
)
# A new machine has these already, and the tests run in an environment of their own.
NOT_RUN = ("python3.11 -m venv", "pip install")
# What a shell has anyway; everything else comes from the README.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


def blocks(document, language):
    """The blocks of a document that begin with ``` and just this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / document).read_text(), re.DOTALL | re.MULTILINE)


def procfile():
    lines = [line.partition(": ") for line in (ROOT / "Procfile").read_text().splitlines() if not line.startswith("#")]
    return {name: command for name, _, command in lines}


class Server:
    def __init__(self, folder, *, vendor):
        self.folder, self.vendor, self.tree = folder, vendor, folder / "consilium"
        folder.chmod(0o711)
        self.processes = Processes(folder, listens=False)
        self.ports = {name: free_port() for name in ("postgresql", "redis", "smtp", "http", "web")}
        self.shell = {name: value for name, value in os.environ.items() if name in KEPT}
        self.shell["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{self.shell['PATH']}"
        self.env = self.shell

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.processes.stop()
            raise
        return self

    def __exit__(self, *_):
        self.processes.stop()

    def _build(self):
        """The program, the servers that a hospital has, and a relay that keeps what it gets."""
        shutil.copytree(ROOT, self.tree, ignore=LEFT_AT_HOME)
        start_redis(self.processes, self.folder, self.ports["redis"], self.shell)
        if self.vendor == "postgresql":
            make_postgresql(self.processes, self.folder / "postgresql", self.shell)
            serve_postgresql(self.processes, self.folder / "postgresql", self.ports["postgresql"], self.shell)
            self.shell |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.ports["postgresql"]), "PGUSER": "consilium"}
        (self.folder / "mode.json").write_text('{"kind": "ok"}')
        sink = [
            sys.executable,
            "-m",
            "tests.faults.sink",
            str(self.folder),
            str(self.ports["smtp"]),
            str(self.ports["http"]),
        ]
        self.processes.start("sink", sink, env=self.shell)

    def sql(self, block):
        """As the superuser of this cluster, who has the name that the role has in the document."""
        told = block.replace("ROLE consilium", "ROLE clinic").replace("OWNER consilium", "OWNER clinic")
        self._run(["psql", "--quiet", "-v", "ON_ERROR_STOP=1", "postgres"], input=told)

    def bash(self, block):
        """What it wrote; the environment that it leaves is that of the processes."""
        lines = "\n".join(line for line in block.splitlines() if not line.startswith(NOT_RUN))
        said = self._run(["bash", "-euo", "pipefail", "-c", f"{lines}\nenv -0 > {self.folder}/environment"])
        found = (self.folder / "environment").read_bytes().decode().rstrip("\0").split("\0")
        self.env = dict(entry.split("=", 1) for entry in found)
        return said

    def python(self, code):
        return self._run([sys.executable, "-c", code])

    def _run(self, argv, **how):
        done = subprocess.run(
            argv, cwd=self.tree, env=self.env, text=True, capture_output=True, timeout=400, check=False, **how
        )
        assert done.returncode == 0, f"{argv[:3]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self):
        for name, command in procfile().items():
            self.processes.keep(
                name,
                ["env", "-C", str(self.tree), "sh", "-c", f"exec {command}"],
                # As many as in the Containerfile.
                self.env | {"PORT": str(self.ports["web"]), "WEB_CONCURRENCY": "2"},
            )

    def pids_of(self, name):
        """Of the process, and of those that it forked."""
        first = self.processes._running[name].pid
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def stop(self):
        self.processes.dismiss(list(procfile()))

    def ended(self):
        """The processes that are not there any more, with what they said last."""
        running = self.processes._running
        return {
            name: (self.folder / "logs" / f"{name}.log").read_text()[-2000:]
            for name in procfile()
            if running[name].poll()
        }

    def inbox(self):
        journal = self.folder / "journal.jsonl"
        return journal.read_text().splitlines() if journal.exists() else []


class Browser:
    """Asks as the proxy of the document does, and keeps cookies."""

    def __init__(self, port):
        self.port, self.cookies = port, {}

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, **fields):
        from urllib.parse import urlencode

        return self._ask("POST", path, urlencode(fields | {"csrfmiddlewaretoken": self.cookies["csrftoken"]}))

    def follow(self, path, answer=None):
        """The page at the end of the redirects, and its address."""
        status, headers, text = answer or self.get(path)
        while status in (301, 302):
            path = re.sub(r"^https://[^/]+", "", headers["Location"])
            status, headers, text = self.get(path)
        return path, status, text

    def _ask(self, method, path, body=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "Referer": f"https://{HOST}/"}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text
