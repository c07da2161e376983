"""Functions, modules and classes of the libraries are theirs."""

NAMES = ["value"]
MAKE = """
import functools
import keras
import tensorflow as tf

value = {
    "relu": tf.nn.relu,
    "mean": tf.reduce_mean,
    "ops": keras.ops.softmax,
    "act": keras.activations.gelu,
    "loss": keras.losses.mean_squared_error,
    "p": functools.partial(tf.cast, dtype=tf.float16),
    "mod": tf.math,
    "k": keras.layers,
    "layer": keras.layers.Dense,
    "cls": tf.Module,
}
"""
CHECK = """
import keras, tensorflow as tf

facts = {
    "relu": value["relu"]([-1.0, 2.0]).numpy().tolist() == [0, 2],
    "mean": float(value["mean"]([1.0, 3.0])) == 2,
    "ops": float(value["ops"](tf.constant([0.0, 0.0]))[0]) == 0.5,
    "act": value["act"] is keras.activations.gelu,
    "loss": float(value["loss"]([1.0], [3.0])) == 4,
    "partial": value["p"](1).dtype == tf.float16,
    "module": value["mod"] is tf.math and value["k"] is keras.layers,
    "class": value["layer"] is keras.layers.Dense and value["cls"] is tf.Module,
}
ok, evidence = all(facts.values()), str(facts)
"""
