"""A text layer that was adapted, with a function of the notebook that cleans the text; one with n-grams."""

NAMES = ["value"]
MAKE = """
import keras
import tensorflow as tf

MARK = "!"

def clean(text):
    return tf.strings.regex_replace(tf.strings.lower(text), MARK, "")

L = keras.layers
value = {
    "own": L.TextVectorization(standardize=clean, output_sequence_length=3),
    "grams": L.TextVectorization(ngrams=2, output_mode="tf_idf", max_tokens=6),
}
for layer in value.values():
    layer.adapt(["A b!", "a c", "a b"])
expect = {k: (layer(["A c!", "zz b"]).numpy(), layer.get_vocabulary()) for k, layer in value.items()}
"""
CHECK = """
import keras
import numpy as np
import tensorflow as tf

facts = {
    k: np.array_equal(layer(["A c!", "zz b"]).numpy(), expect[k][0]) and layer.get_vocabulary() == expect[k][1]
    for k, layer in value.items()
}
model = keras.Sequential([keras.Input((1,), dtype="string"), value["own"], keras.layers.Embedding(9, 2)])
facts["in a model"] = model(tf.constant([["a b"]])).shape == (1, 3, 2)
ok, evidence = all(facts.values()), str(facts)
"""
