"""A traced function and method go on with their traces: Python code runs once, and what it read then stays."""

NAMES = ["f", "module", "log", "scale"]
MAKE = """
import tensorflow as tf

log = []
scale = 2.0

@tf.function
def f(x, power=1):
    log.append("f")
    return {"y": scale * x ** power, "n": power}

class Line(tf.Module):
    def __init__(self):
        self.w = tf.Variable(3.0)

    @tf.function
    def __call__(self, x):
        log.append("line")
        return self.w * x

module = Line()
f(tf.constant(1.0)), f(tf.constant(1.0), power=3)
module(tf.constant([1.0, 2.0]))
"""
CHECK = """
import tempfile

import tensorflow as tf

before = list(log)
scale = 100.0
results = [float(f(tf.constant(3.0))["y"]), float(f(tf.constant(2.0), power=3)["y"]), f(tf.constant(1.0))["n"]]
module.w.assign(5.0)
with tf.GradientTape() as tape:
    y = tf.reduce_sum(module(tf.constant([1.0, 2.0])))
grad = float(tape.gradient(y, module.w))
facts = {
    "results": results == [6.0, 16.0, 1],
    "module": float(y) == 15.0 and grad == 3.0,
    "no trace": log == before == ["f", "f", "line"],
    "variables": [v is module.w for v in module.__call__.get_concrete_function(tf.constant([1.0, 2.0])).variables] == [True],
}
with tempfile.TemporaryDirectory() as folder:
    tf.saved_model.save(module, folder)
    facts["saved"] = tf.saved_model.load(folder)(tf.constant([2.0, 4.0])).numpy().tolist() == [10.0, 20.0]
f(tf.constant([1.0]))  # saving has traced the method once more, as it does in one process
facts["another shape"] = log[3:] == ["line", "f"]
ok, evidence = all(facts.values()), str(facts) + str(log)
"""
