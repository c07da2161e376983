"""A CheckpointManager goes on counting and clearing."""

NAMES = ["value", "ck", "v"]
MAKE = """
import tempfile
import tensorflow as tf

v = tf.Variable(1.0)
ck = tf.train.Checkpoint(v=v)
value = tf.train.CheckpointManager(ck, tempfile.mkdtemp(), max_to_keep=2)
value.save()
v.assign(2.0)
value.save()
v.assign(50.0)
"""
CHECK = """
import os

facts = {
    "latest": value.latest_checkpoint.endswith("ckpt-2") and len(value.checkpoints) == 2,
    "same ck": value.checkpoint is ck,
}
ck.restore(value.latest_checkpoint)
facts["restore"] = float(v) == 2.0
facts["saves on"] = value.save().endswith("ckpt-3")
kept = [os.path.basename(p) for p in value.checkpoints]
facts["keeps two"] = kept == ["ckpt-2", "ckpt-3"]
facts["clears"] = not os.path.exists(os.path.join(value.directory, "ckpt-1.index"))
ok, evidence = all(facts.values()), str(facts)
"""
