"""A dataset that maps an adapted text layer."""

NAMES = ["value", "layer"]
MAKE = """
import keras
import tensorflow as tf

layer = keras.layers.TextVectorization(output_sequence_length=3)
layer.adapt(["a b", "a c"])
value = (
    tf.data.Dataset.from_tensor_slices((["a b", "c zz"], [0.0, 1.0])).map(lambda s, y: (layer(s), y)).batch(2)
)
expect = [x.numpy() for x, y in value][0]
"""
CHECK = """
import numpy as np, keras

got = [x.numpy() for x, y in value][0]
m = keras.Sequential([keras.layers.Embedding(10, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
m.compile("sgd", "mse")
h = m.fit(value, epochs=1, verbose=0)
facts = {
    "elements": np.array_equal(got, expect),
    "fit": len(h.history["loss"]) == 1,
    "layer": np.array_equal(layer(["a b", "c zz"]), expect),
}
ok, evidence = all(facts.values()), str(facts)
"""
