"""Reads every list that the token opens into data frames of pandas, and answers a question with them.

    pip install pandas
    python everything_in_pandas.py

Which lists there are, and what each field is, the OpenAPI document says: a new list is read without a change here.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
from consilium import Refused, lines, read

# A code is a category. A day that may be known in part (2019-05), and a figure as a report gives it (<2), stay texts.
TYPES = {"integer": "Int64", "number": "Float64", "boolean": "boolean", "string": "string"}
# A step that an amendment took over stands in two plans, and in one of these alone.
IN_FORCE = ("active", "on_hold", "completed")
FORMATS = {"date": "datetime64[s]", "date-time": "datetime64[us, UTC]"}
Shape = dict[str, Any]


def read_everything() -> dict[str, pd.DataFrame]:
    """A data frame for each list, by its name in the address."""
    document = read("schema/?format=json")
    frames = {}
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/x-ndjson" not in content or "{" in path:
            continue
        page = resolved(content["application/json"]["schema"], document)
        try:
            frames[path.split("/")[3]] = to_frame(lines(path), page["properties"]["results"]["items"], document)
        except Refused as refusal:
            if refusal.status != 403:
                raise
            print(f"{path} is left out: your role or your token does not open it.", file=sys.stderr)
    return frames


def to_frame(rows: Iterable[dict[str, Any]], shape: Shape, document: Shape) -> pd.DataFrame:
    """A column for each field, each of its type; what is an object in a row is dotted columns (`proforma.grade`)."""
    frame = pd.json_normalize(list(rows), sep=".")
    for name, dtype in columns(shape, document):
        if name in frame:
            frame[name] = frame[name].astype(dtype)
    return frame


def columns(shape: Shape, document: Shape, before: str = "") -> Iterator[tuple[str, str]]:
    """Every field that is one value, and the type of its column."""
    for name, told in resolved(shape, document).get("properties", {}).items():
        found = resolved(told, document)
        kinds = found.get("type", "string")
        kind = next((one for one in kinds if one != "null"), "string") if isinstance(kinds, list) else kinds
        if kind == "object":
            yield from columns(found, document, f"{before}{name}.")
        elif kind in TYPES:
            yield before + name, "category" if "enum" in found else FORMATS.get(found.get("format", ""), TYPES[kind])


def resolved(shape: Shape, document: Shape) -> Shape:
    """The shape behind a reference, and behind one that may be empty or null as well."""
    for several in ("allOf", "oneOf", "anyOf"):
        if several in shape:
            shape = shape[several][0]
    if "$ref" in shape:
        shape = resolved(document["components"]["schemas"][shape["$ref"].rpartition("/")[2]], document)
    return shape


def main() -> None:
    frames = read_everything()
    for name, frame in frames.items():
        print(f"{name:18}{len(frame):8} rows {len(frame.columns):4} columns")
    # How far are the steps of the plans that are in force or were carried out, by modality?
    steps = frames["steps"]
    counted = steps[steps["plan_status"].isin(IN_FORCE)]
    print(pd.crosstab(counted["modality_code"].astype("string"), counted["status"].astype("string")).to_csv(), end="")


if __name__ == "__main__":
    main()
