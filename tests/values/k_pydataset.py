"""A PyDataset of the notebook with its shuffled order and its count of epochs."""

NAMES = ["value", "Batches"]
MAKE = """
import keras
import numpy as np

class Batches(keras.utils.PyDataset):
    def __init__(self, n, **kw):
        super().__init__(**kw)
        self.order = np.random.default_rng(3).permutation(n)
        self.epochs = 0

    def __len__(self):
        return 3

    def __getitem__(self, i):
        part = self.order[i * 2 : (i + 1) * 2].astype("f4")[:, None]
        return part, part * 2

    def on_epoch_end(self):
        self.epochs += 1

value = Batches(6, workers=2, max_queue_size=4)
m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
m.compile("sgd", "mse")
m.fit(value, epochs=1, verbose=0)
expect = {"b": [value[i][0] for i in range(3)], "epochs": value.epochs}
"""
CHECK = """
import keras, numpy as np

facts = {
    "batches": all(np.array_equal(value[i][0], b) for i, b in enumerate(expect["b"])),
    "class": isinstance(value, Batches),
    "state": value.epochs == expect["epochs"] and value.workers == 2,
}
m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
m.compile("sgd", "mse")
facts["fit"] = len(m.fit(value, epochs=2, verbose=0).history["loss"]) == 2 and value.epochs > expect["epochs"]
ok, evidence = all(facts.values()), str(facts)
"""
