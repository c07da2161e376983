"""A random generator in the middle of its stream, under two names."""

NAMES = ["value", "twice"]
MAKE = """
import tensorflow as tf

def start():
    g = tf.random.Generator.from_seed(5)
    g.normal([3])
    g.uniform([2])
    return g

value = start()
twice = [value]
t = start()
expect = [t.normal([4]).numpy(), t.uniform([2]).numpy(), t.split(2)[1].normal([2]).numpy()]
"""
CHECK = """
import numpy as np

got = [value.normal([4]).numpy(), twice[0].uniform([2]).numpy(), value.split(2)[1].normal([2]).numpy()]
facts = {
    "stream": all(np.array_equal(a, b) for a, b in zip(got, expect)),
    "shared": twice[0] is value,
    "algorithm": int(value.algorithm) == 1,
}
ok, evidence = all(facts.values()), str(facts)
"""
