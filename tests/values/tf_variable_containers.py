"""Variables in dicts, lists and named tuples, and tensors of them, which are values."""

NAMES = ["value", "w"]
MAKE = """
import collections
import tensorflow as tf

Pair = collections.namedtuple("Pair", "a b")
w = tf.Variable([1.0, 2.0])
value = {"list": [w, tf.Variable(3)], "pair": Pair(w, {"deep": (w,)}), "tensor": w * 2, w.ref(): "by reference"}
"""
CHECK = """
w.assign_add([1.0, 1.0])
facts = {
    "one variable": value["list"][0] is w is value["pair"].a is value["pair"].b["deep"][0],
    "tensor": value["tensor"].numpy().tolist() == [2, 4],
    "reference": value[w.ref()] == "by reference",
    "other": int(value["list"][1]) == 3,
}
ok, evidence = all(facts.values()), str(facts)
"""
