"""Prints as JSON what Python's csv and json and pyarrow read in three files: CSV, JSON, Parquet."""

import csv
import json
import sys

import pyarrow.parquet


def plain(value):
    """The value as JSON can hold it without loss."""
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.reader(file))
with open(sys.argv[2], newline="\n", encoding="utf-8") as file:
    objects = [json.loads(line) for line in file]
table = pyarrow.parquet.read_table(sys.argv[3])
columns = [column.to_pylist() for column in table.columns]
json.dump(
    {
        "csv": rows,
        "json": objects,
        "parquet": [[plain(value) for value in row] for row in zip(*columns)],
        "schema": [str(field.type) for field in table.schema],
    },
    sys.stdout,
)
