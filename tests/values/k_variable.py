"""Keras variables of several dtypes, one of them in a list as well."""

NAMES = ["value", "group"]
MAKE = """
import keras
import numpy as np

value = keras.Variable(np.array([1.0, 2.0], "f4"), trainable=False, name="ratio")
group = [
    value,
    keras.Variable(3, dtype="int64", name="n"),
    keras.Variable(keras.initializers.Ones(), shape=(2, 2), dtype="bfloat16"),
]
"""
CHECK = """
import keras, numpy as np

facts = {
    "name": value.name == "ratio" and value.path == "ratio",
    "trainable": value.trainable is False,
    "dtype": group[1].dtype == "int64" and group[2].dtype == "bfloat16",
    "shared": group[0] is value,
}
value.assign_add([1.0, 1.0])
facts["write"] = np.array(group[0]).tolist() == [2, 3]
facts["ops"] = float(keras.ops.sum(value * 2)) == 10.0
ok, evidence = all(facts.values()), str(facts)
"""
