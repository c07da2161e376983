"""Caching functions, which start with an empty cache."""

NAMES = ["fib", "value"]
MAKE = """
import functools

@functools.lru_cache(maxsize=64, typed=True)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

class Net:
    @functools.cache
    def dim(self, k):
        return [k]

value = Net()
fib(10)
"""
CHECK = """
facts = {"result": fib(60) == 1548008755920, "limits": fib.cache_parameters() == {"maxsize": 64, "typed": True}}
fib.cache_clear()
fib(20)
facts["caches"] = fib.cache_info().misses == 21 and fib.cache_info().hits == 18
facts["wrapped"] = fib.__wrapped__.__name__ == "fib"
facts["method"] = value.dim(3) is value.dim(3)
ok, evidence = all(facts.values()), str(facts)
"""
