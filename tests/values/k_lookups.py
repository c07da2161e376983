"""Lookups and other categorical layers, adapted, given a vocabulary, or neither."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

L = keras.layers
value = {
    "str": L.StringLookup(num_oov_indices=2),
    "inv": L.StringLookup(vocabulary=["x", "y"], invert=True),
    "int": L.IntegerLookup(vocabulary=[12, 36], output_mode="multi_hot"),
    "hash": L.Hashing(5, salt=3),
    "disc": L.Discretization(num_bins=3),
    "cat": L.CategoryEncoding(4, output_mode="one_hot"),
    "bins": L.Discretization(bin_boundaries=[0.0, 1.0]),
    "later": L.StringLookup(),
}
value["str"].adapt(["b", "a", "b"])
value["disc"].adapt(np.arange(9.0))
samples = {
    "str": ["b", "q"],
    "inv": [1, 2],
    "int": [36, 99],
    "hash": ["a", "b"],
    "disc": [0.0, 8.0],
    "cat": [1, 3],
    "bins": [-1.0, 5.0],
}
import tensorflow as tf

expect = {k: (s, np.array(value[k](tf.constant(s)))) for k, s in samples.items()}
"""
CHECK = """
import numpy as np, tensorflow as tf

facts = {k: np.array_equal(np.array(value[k](tf.constant(s))), r) for k, (s, r) in expect.items()}
value["later"].adapt(["k", "k", "m"])
facts["adapt later"] = value["later"].get_vocabulary() == ["[UNK]", "k", "m"]
ok, evidence = all(facts.values()), str(facts)
"""
