"""Values of the standard library: paths, times, numbers, bytes."""

NAMES = ["value"]
MAKE = r"""
import datetime, decimal, fractions, math, pathlib, uuid, zoneinfo

value = {
    "path": pathlib.Path("/data") / "runs",
    "pure": pathlib.PureWindowsPath("C:/x/y"),
    "when": datetime.datetime(2024, 3, 31, 1, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "delta": datetime.timedelta(days=1, microseconds=3),
    "dec": decimal.Decimal("1.10"),
    "frac": fractions.Fraction(22, 7),
    "id": uuid.UUID(int=7),
    "nan": float("nan"),
    "negzero": -0.0,
    "inf": float("-inf"),
    "big": 7**900,
    "c": complex(1, -0.0),
    "bytes": b"\x00\xff",
    "ba": bytearray(b"ab"),
    "fs": frozenset({1, 2}),
    "rng": range(3, 30, 4),
    "slice": slice(1, None, 2),
    "dots": ...,
    "ni": NotImplemented,
    "surrogate": "\ud800x",
}
expect = {"utc": value["when"].utcoffset().total_seconds()}
"""
CHECK = r"""
import math

facts = {
    "path": (value["path"] / "a").as_posix() == "/data/runs/a",
    "pure": value["pure"].drive == "C:",
    "when": value["when"].utcoffset().total_seconds() == expect["utc"] and value["when"].fold == 1,
    "dec": str(value["dec"] + 1) == "2.10",
    "frac": value["frac"].denominator == 7,
    "id": value["id"].int == 7,
    "nan": math.isnan(value["nan"]),
    "negzero": math.copysign(1, value["negzero"]) == -1 and math.copysign(1, value["c"].imag) == -1,
    "big": value["big"] == 7**900,
    "ba": type(value["ba"]) is bytearray,
    "rng": list(value["rng"])[-1] == 27,
    "slice": list(range(6))[value["slice"]] == [1, 3, 5],
    "single": value["dots"] is ... and value["ni"] is NotImplemented,
    "surrogate": value["surrogate"] == "\ud800x",
    "delta": value["delta"].microseconds == 3,
}
ok, evidence = all(facts.values()), str(facts)
"""
