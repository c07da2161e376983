"""A closure over a variable that crosses beside it."""

NAMES = ["w", "step"]
MAKE = """
import tensorflow as tf

w = tf.Variable(1.0)

def make_step(var):
    def step(d):
        var.assign_add(d)
        return float(var)

    return step

step = make_step(w)
"""
CHECK = """
got = [step(2.0), float(w)]
w.assign(10.0)
got.append(step(1.0))
ok = got == [3.0, 3.0, 11.0]
evidence = str(got)
"""
