"""CPU milliseconds of the first request of a new worker: `python -m bench.first COOKIE`, started by pages.py.

The application is loaded first, as gunicorn's `--preload` does it once for all workers; then the process forks, as gunicorn does
for each, and the child answers one signed-in page.
"""

import os
import sys
import time
from io import BytesIO


def main() -> None:
    from config.wsgi import application

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
        "HTTP_COOKIE": sys.argv[1], "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    statuses: list[str] = []
    begun = time.process_time()
    body = application(environ, lambda status, headers, error=None: statuses.append(status))
    size = sum(len(part) for part in body)
    taken = (time.process_time() - begun) * 1000
    assert statuses[0].startswith("200") and size, statuses
    print(f"{taken:.1f}", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
