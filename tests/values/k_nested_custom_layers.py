"""Layers of the notebook in lists and dicts of others, with state, and no get_config."""

NAMES = ["value", "Outer"]
MAKE = """
import keras
import numpy as np

class Inner(keras.layers.Layer):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), initializer="ones", name="w")
        self.count = self.add_weight(
            shape=(), initializer="zeros", trainable=False, dtype="int32", name="count"
        )

    def call(self, x):
        self.count.assign_add(1)
        return x * self.w * self.k

class Outer(keras.layers.Layer):
    def __init__(self):
        super().__init__(name="outer")
        self.parts = [Inner(1.0), Inner(2.0)]
        self.by_name = {"last": Inner(3.0), "drop": keras.layers.Dense(2, kernel_initializer="ones")}
        self.info = {"tags": ["x"], "fn": lambda v: v + 1}

    def call(self, x):
        for p in self.parts:
            x = p(x)
        return self.by_name["drop"](self.by_name["last"](self.info["fn"](x)))

value = keras.Sequential([keras.Input((3,)), Outer()])
value(np.ones((2, 3)))
value.layers[0].parts[0].w.assign([1.0, 2.0, 3.0])
expect = {
    "p": value.predict(np.ones((2, 3)), verbose=0),
    "count": int(value.layers[0].parts[0].count),
    "paths": [v.path for v in value.variables],
}
"""
CHECK = """
import numpy as np

o = value.layers[0]
facts = {
    "count kept": int(o.parts[0].count) == expect["count"],
    "predict": np.array_equal(value.predict(np.ones((2, 3)), verbose=0), expect["p"]),
    "counts on": int(o.parts[0].count) == expect["count"] + 1,
    "class": isinstance(o, Outer),
    "paths": [v.path for v in value.variables] == expect["paths"],
    "dict": o.info["tags"] == ["x"] and o.by_name["last"].k == 3.0,
}
ok, evidence = all(facts.values()), str(facts)
"""
