"""Decorated functions with their counters, signatures and originals."""

NAMES = ["value", "timed"]
MAKE = '''
import functools

def timed(times):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*a, **k):
            inner.calls += 1
            return [fn(*a, **k)] * times

        inner.calls = 0
        return inner

    return deco

@timed(2)
@timed(times=1)
def value(x: int, *, y: "float" = 2.0) -> list:
    """Adds."""
    return x + y

value(1)
'''
CHECK = """
import inspect

facts = {
    "result": value(1, y=3) == [[4], [4]],
    "calls": value.calls == 2 and value.__wrapped__.calls == 2,
    "doc": value.__doc__ == "Adds.",
    "name": value.__name__ == "value",
    "signature": str(inspect.signature(value)) == "(x: int, *, y: 'float' = 2.0) -> list",
    "unwrap": inspect.unwrap(value)(1) == 3.0,
}

@timed(3)
def again():
    return 1

facts["new use"] = again() == [1, 1, 1]
ok, evidence = all(facts.values()), str(facts)
"""
