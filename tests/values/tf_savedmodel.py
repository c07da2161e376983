"""A loaded SavedModel, changed since, whose folder is gone."""

NAMES = ["value"]
MAKE = """
import tempfile
import tensorflow as tf

class M(tf.Module):
    def __init__(self):
        self.v = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def __call__(self, x):
        return x * self.v

with tempfile.TemporaryDirectory() as d:
    m = M()
    tf.saved_model.save(m, d, signatures=m.__call__)
    value = tf.saved_model.load(d)
value.v.assign(10.0)
"""
CHECK = """
import tensorflow as tf

facts = {
    "call": value(tf.constant([1.0, 2.0])).numpy().tolist() == [10, 20],
    "signature": list(value.signatures) == ["serving_default"]
    and list(value.signatures["serving_default"](x=tf.constant([1.0])).values())[0].numpy().tolist() == [10],
}
value.v.assign(3.0)
facts["variable live"] = value(tf.constant([1.0])).numpy().tolist() == [3]
ok, evidence = all(facts.values()), str(facts)
"""
