"""A Checkpoint restores what it saved into the variable that crosses beside it."""

NAMES = ["value", "v", "path"]
MAKE = """
import os, tempfile
import tensorflow as tf

v = tf.Variable([1.0, 2.0])
value = tf.train.Checkpoint(v=v, step=tf.Variable(7, dtype=tf.int64))
folder = tempfile.mkdtemp()
path = value.save(os.path.join(folder, "ck"))
v.assign([9.0, 9.0])
"""
CHECK = """
import os

facts = {"count": int(value.save_counter) == 1, "linked": value.v is v and v.numpy().tolist() == [9, 9]}
status = value.restore(path)
status.assert_consumed()
facts["restored"] = v.numpy().tolist() == [1, 2] and int(value.step) == 7
again = value.save(os.path.join(os.path.dirname(path), "ck"))
facts["saves on"] = again.endswith("ck-2")
ok, evidence = all(facts.values()), str(facts)
"""
