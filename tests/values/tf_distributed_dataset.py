"""Datasets that a strategy distributes, from a dataset and from a function."""

NAMES = ["strategy", "spread", "made"]
MAKE = """
import tensorflow as tf

strategy = tf.distribute.MirroredStrategy(["CPU:0"])
spread = strategy.experimental_distribute_dataset(tf.data.Dataset.range(4).batch(2))
made = strategy.distribute_datasets_from_function(lambda context: tf.data.Dataset.range(3).batch(3))
"""
CHECK = """
batches = [batch.numpy().tolist() for batch in spread]
(whole,) = [batch.numpy().tolist() for batch in made]
doubled = [strategy.run(lambda x: x * 2, (batch,)).numpy().tolist() for batch in spread]
facts = {
    "spread": batches == [[0, 1], [2, 3]],
    "made": whole == [0, 1, 2],
    "run": doubled == [[0, 2], [4, 6]],
}
ok, evidence = all(facts.values()), str(facts)
"""
