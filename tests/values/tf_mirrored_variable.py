"""A mirrored variable and its strategy."""

NAMES = ["value", "strategy"]
MAKE = """
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy(["CPU:0"])
with strategy.scope():
    value = tf.Variable(1.0, name="mirrored", aggregation=tf.VariableAggregation.SUM)
value.assign(4.0)
"""
CHECK = """
import tensorflow as tf

facts = {
    "value": float(value.read_value()) == 4.0,
    "strategy": getattr(value, "distribute_strategy", None) is strategy,
}
strategy.run(lambda: value.assign_add(1.0))
facts["updated"] = float(value.read_value()) == 5.0
ok, evidence = all(facts.values()), str(facts)
"""
