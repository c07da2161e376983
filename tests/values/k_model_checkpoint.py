"""A ModelCheckpoint remembers the best; loggers that were never used work."""

NAMES = ["value", "model", "path"]
MAKE = """
import os, tempfile
import keras
import numpy as np

keras.utils.set_random_seed(0)
path = os.path.join(tempfile.mkdtemp(), "best.weights.h5")
value = [
    keras.callbacks.ModelCheckpoint(path, monitor="loss", save_best_only=True, save_weights_only=True),
    keras.callbacks.CSVLogger(path + ".csv"),
    keras.callbacks.TensorBoard(path + ".tb"),
    keras.callbacks.TerminateOnNaN(),
    keras.callbacks.BackupAndRestore(path + ".bak"),
]
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, callbacks=value[:1], verbose=0)
expect = float(value[0].best)
"""
CHECK = """
import os, numpy as np

facts = {"best": float(value[0].best) == expect, "model": value[0].model is model}
before = os.path.getmtime(path)
os.unlink(path)
model.fit(np.ones((4, 2)), np.full((4, 1), 1e6), epochs=1, callbacks=[value[0], value[3]], verbose=0)
facts["worse is not saved"] = not os.path.exists(path)
model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=1, callbacks=[value[1]], verbose=0)
facts["csv"] = "loss" in open(path + ".csv").read()
ok, evidence = all(facts.values()), str(facts)
"""
