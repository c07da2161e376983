"""Layers with low-rank adapters: the kernel stays frozen, the adapters train on."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.array([[1, 2], [3, 0]])

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Embedding(4, 6), keras.layers.Dense(3)])
    m.layers[0].enable_lora(2)
    m.layers[1].enable_lora(2)
    m.compile("adam", "mse")
    m.fit(X, np.ones((2, 2, 3)), verbose=0)
    return m

value, twin = build(), build()
p = value.predict(X, verbose=0)
twin.train_on_batch(X, np.zeros((2, 2, 3)))
expect = {"p": p, "w": twin.get_weights(), "frozen": np.array(value.layers[1]._kernel)}
"""
CHECK = """
import numpy as np

X, dense = np.array([[1, 2], [3, 0]]), value.layers[1]
facts = {
    "predict": np.array_equal(value.predict(X, verbose=0), expect["p"]),
    "enabled": dense.lora_enabled and dense.lora_rank == 2 and len(dense.trainable_weights) == 3,
}
value.train_on_batch(X, np.zeros((2, 2, 3)))
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), expect["w"], strict=True))
facts["frozen"] = np.array_equal(np.array(dense._kernel), expect["frozen"])
ok, evidence = all(facts.values()), str(facts)
"""
