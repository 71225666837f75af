"""A worker in a process of its own, on the database of the tests, that dies by SIGKILL where it is told to.

`python -m tests.careplans.exports.worker DATABASE FOLDER DEATH`: DEATH is `never`; `behind N`: behind the N-th write to the disk,
before the row knows of it; `before N`: before it; `making`: when the file is whole, before the row knows. `naive` in front of it:
as one would write it first, which appends where the file ends.
"""

import os
import signal
import sys

import django


def main(database, folder, *death):
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
    django.setup()
    from django.conf import settings
    from django.db import connection

    from careplans.exports import files, work

    connection.settings_dict["NAME"] = database
    settings.DATA_DIR = folder
    work.CHUNK = 3
    if death[0] == "naive":
        files.append = naive
        death = death[1:]
    patch(files, death)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while work.work_exports():
        pass


def naive(path, position, lines):
    with path.open("ab") as handle:
        handle.write(lines)
    return path.stat().st_size


def patch(files, death):
    kind, at = death[0], int(death[1]) if len(death) > 1 else 1
    append, digest, count = files.append, files.digest, 0

    def counted(*given):
        nonlocal count
        count += 1
        if kind == "before" and count == at:
            die()
        end = append(*given)
        if kind == "behind" and count == at:
            die()
        return end

    files.append = counted
    if kind == "making":
        files.digest = lambda path: (digest(path), die())


def die():
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
