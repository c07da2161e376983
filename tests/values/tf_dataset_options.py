"""A dataset that is shuffled anew each time, with options, and one over files that are still there."""

NAMES = ["value"]
MAKE = r"""
import tempfile
import tensorflow as tf

with tempfile.NamedTemporaryFile("w", delete=False, suffix=".txt") as file:
    file.write("a\nb\nc\n")
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
options.threading.private_threadpool_size = 2

def build():
    return tf.data.Dataset.range(12).shuffle(12, seed=4).cache().batch(4).with_options(options)

value = {
    "shuffled": build(),
    "lines": tf.data.TextLineDataset(file.name),
    "choice": tf.data.Dataset.sample_from_datasets([build(), build()], [0.5, 0.5], seed=2),
    "grouped": tf.data.Dataset.range(5).padded_batch(2).map(lambda x: {"x": x}),
}
expect = [b.numpy().tolist() for b in build()]
"""
CHECK = """
import tensorflow as tf

first, second = [[b.numpy().tolist() for b in value["shuffled"]] for _ in range(2)]
facts = {
    "shuffled": first == expect and second == first,
    "options": value["shuffled"].options().threading.private_threadpool_size == 2,
    "files": [t.numpy() for t in value["lines"]] == [b"a", b"b", b"c"],
    "choice": sorted(int(x) for b in value["choice"] for x in b) == sorted([*range(12)] * 2),
    "grouped": [b["x"].numpy().tolist() for b in value["grouped"]] == [[0, 1], [2, 3], [4]],
}
ok, evidence = all(facts.values()), str(facts)
"""
