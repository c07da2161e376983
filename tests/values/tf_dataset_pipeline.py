"""Cache, seeded shuffle, repeat, batch, prefetch, options: the same order."""

NAMES = ["value"]
MAKE = """
import tensorflow as tf

def build():
    opts = tf.data.Options()
    opts.deterministic = True
    return (
        tf.data.Dataset.range(20)
        .cache()
        .shuffle(8, seed=3, reshuffle_each_iteration=False)
        .repeat(2)
        .batch(6, drop_remainder=True)
        .prefetch(tf.data.AUTOTUNE)
        .with_options(opts)
    )

value = build()
expect = [b.numpy().tolist() for b in build()]
"""
CHECK = """
got = [b.numpy().tolist() for b in value]
facts = {
    "same order": got == expect,
    "again": [b.numpy().tolist() for b in value] == expect,
    "cardinality": int(value.cardinality()) == 6,
    "options": value.options().deterministic is True,
}
ok = all(facts.values())
evidence = str(facts) + str(got[:1])
"""
