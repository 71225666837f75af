"""Has everything that the token opens written as Parquet, fetches it, and asks it in SQL with DuckDB.

What was written within the last hours is not written again: say --new to have it as it is now.

pip install duckdb
python parquet_in_duckdb.py
python parquet_in_duckdb.py "SELECT status, count(*) FROM steps GROUP BY 1 ORDER BY 1"
python parquet_in_duckdb.py --new
"""

import hashlib
import sys
import time
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from consilium import Refused, ask, read

FRESH = timedelta(hours=4)
# By month of the release, how many plans, and from how many steps each on average.
QUESTION = """
    SELECT strftime(p.released_at, '%Y-%m') AS month, count(DISTINCT p.id) AS plans, count(s.id) AS steps
    FROM plans p LEFT JOIN steps s ON s.plan = p.id
    WHERE p.released_at IS NOT NULL AND p.status <> 'entered_in_error'
    GROUP BY 1 ORDER BY 1
"""


def found_dataset() -> Any:
    """The newest that is there and not older than a few hours; None where there is none."""
    for job in read("exports/?page_size=50")["results"]:
        is_wanted = (job["what"], job["form"], job["filters"], job["state"]) == ("everything", "dataset", {}, "done")
        if is_wanted and job["file"] and datetime.now(UTC) - datetime.fromisoformat(job["finished_at"]) < FRESH:
            print(f"Taking what was written at {job['finished_at']}; --new writes it again.", file=sys.stderr)
            return job
    return None


def fetch_dataset(folder: Path, *, again: bool = False) -> Path:
    """Take what is there, or ask for it and look again until it is made; fetch it, and compare the sum that the server gave."""
    job = (None if again else found_dataset()) or read("exports/", {"what": "everything", "form": "dataset"})
    while job["state"] in ("queued", "running"):
        print(f"{job['rows']} of {job['estimate']} rows", file=sys.stderr)
        time.sleep(2)
        job = read(f"exports/{job['id']}/")
    if job["state"] != "done":
        raise Refused(f"The export ended as {job['state']}: {job['reason']}")
    file, digest = folder / "dataset.zip", hashlib.sha256()
    with ask(job["file"], accept="*/*") as answer, file.open("wb") as kept:
        while block := answer.read(1 << 20):
            digest.update(block)
            kept.write(block)
    if digest.hexdigest() != job["sha256"]:
        raise Refused("What arrived is not what was made. Run this again.")
    return file


def open_dataset(file: Path, folder: Path) -> duckdb.DuckDBPyConnection:
    """Each list is a table by its name in the address, with `_` for `-`."""
    database = duckdb.connect()
    with zipfile.ZipFile(file) as dataset:
        for name in dataset.namelist():
            if name.endswith(".parquet"):
                table = Path(name).stem.replace("-", "_")
                database.read_parquet(dataset.extract(name, folder)).create_view(table)
    return database


def main(arguments: Sequence[str]) -> None:
    questions = [one for one in arguments if one != "--new"]
    with TemporaryDirectory() as name:
        database = open_dataset(fetch_dataset(Path(name), again="--new" in arguments), Path(name))
        found: Any = database.sql(questions[0] if questions else QUESTION)
        print(",".join(found.columns))
        for row in found.fetchall():
            print(",".join("" if value is None else str(value) for value in row))


if __name__ == "__main__":
    main(sys.argv[1:])
