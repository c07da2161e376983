"""What was set on a model by hand, objects shared with other names among it."""

NAMES = ["value", "extra"]
MAKE = """
import keras
import numpy as np

class Info:
    pass

extra = np.arange(3)
value = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
value.run_id = "r7"
value.stats = {"mean": extra, "seen": [1, 2]}
value.prepare = lambda x: x - value.stats["mean"]
value.info = Info()
value.info.tag = "t"
"""
CHECK = """
import numpy as np

facts = {
    "str": value.run_id == "r7",
    "array shared": value.stats["mean"] is extra,
    "list": list(value.stats["seen"]) == [1, 2],
    "object": value.info.tag == "t",
    "function": value.predict(value.prepare(np.array([[1.0, 2.0, 3.0]])), verbose=0).tolist() == [[3.0]],
}
ok, evidence = all(facts.values()), str(facts)
"""
