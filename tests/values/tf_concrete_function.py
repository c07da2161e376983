"""A concrete function with a variable that crosses beside it."""

NAMES = ["value", "v"]
MAKE = """
import tensorflow as tf

v = tf.Variable(2.0)

@tf.function
def f(x, scale=3.0):
    return {"y": x * v * scale, "pair": (x, v + 0.0)}

value = f.get_concrete_function(tf.TensorSpec([None], tf.float32))
"""
CHECK = """
import tensorflow as tf

out = value(tf.constant([1.0, 2.0]))
facts = {"output": out["y"].numpy().tolist() == [6, 12] and float(out["pair"][1]) == 2.0}
v.assign(5.0)
facts["captured shared"] = value(tf.constant([1.0]))["y"].numpy().tolist() == [15]
facts["signature"] = value.structured_input_signature[0][0].shape.as_list() == [None]
facts["variables"] = len(value.variables) == 1 and value.variables[0] is v
ok, evidence = all(facts.values()), str(facts)
"""
