"""Variables with all their options, one in a list as well."""

NAMES = ["value", "group"]
MAKE = """
import tensorflow as tf

value = tf.Variable([1.0, 2.0], name="weights", trainable=False)
group = [
    value,
    tf.Variable([[1, 2]], shape=tf.TensorShape([None, 2]), name="grow"),
    tf.Variable("s", name="text"),
    tf.Variable(1.0, dtype=tf.bfloat16, aggregation=tf.VariableAggregation.MEAN),
]
"""
CHECK = """
import tensorflow as tf

facts = {
    "name": value.name == "weights:0",
    "trainable": value.trainable is False and group[1].trainable is True,
    "shared": group[0] is value,
}
value.assign_add([1.0, 1.0])
facts["write seen"] = group[0].numpy().tolist() == [2.0, 3.0]
facts["free shape"] = group[1].shape.as_list() == [None, 2]
if facts["free shape"]:
    group[1].assign([[1, 2], [3, 4], [5, 6]])
    facts["grows"] = group[1].numpy().shape == (3, 2)
facts["text"] = group[2].numpy() == b"s"
facts["bf16"] = group[3].dtype == tf.bfloat16 and group[3].aggregation == tf.VariableAggregation.MEAN
with tf.GradientTape() as t:
    t.watch(value)
    y = value * value
facts["gradient"] = t.gradient(y, value).numpy().tolist() == [4.0, 6.0]
ok, evidence = all(facts.values()), str(facts)
"""
