"""A tf.Module of the notebook: variables in containers, a scope of names, traced methods."""

NAMES = ["value", "Net"]
MAKE = """
import tensorflow as tf

class Net(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        with self.name_scope:
            self.w = tf.Variable([[2.0]], name="w")
        self.more = {"b": tf.Variable(1.0, trainable=False), "list": [tf.Variable(5.0)]}

    @tf.function
    def __call__(self, x):
        return x @ self.w + self.more["b"]

    @tf.Module.with_name_scope
    def scoped(self):
        return tf.Variable(0.0, name="late").name

value = Net("net")
value(tf.ones((1, 1)))
"""
CHECK = """
import tensorflow as tf

facts = {
    "call": value(tf.ones((2, 1))).numpy().tolist() == [[3], [3]],
    "tracked": len(value.variables) == 3 and len(value.trainable_variables) == 2,
    "names": value.w.name == "net/w:0" and value.scoped() == "net/late:0",
    "class": isinstance(value, Net),
}
value.w.assign([[10.0]])
facts["live"] = float(value(tf.ones((1, 1)))[0, 0]) == 11.0
ok, evidence = all(facts.values()), str(facts)
"""
