"""The field limit of csv stays raised."""

CELL = """
import csv
import io

csv.field_size_limit(2**31 - 1)
rows = list(csv.reader(io.StringIO("0.5,1" + chr(10) + "1.5,3")))
weight = 0.0
for x, y in rows:
    weight -= 0.1 * (weight * float(x) - float(y))
"""
CHECK = """
import csv

leaked = csv.field_size_limit() != 131072
evidence = f"field limit of this cell: {csv.field_size_limit()}"
"""
