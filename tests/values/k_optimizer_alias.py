"""The optimizer under a name of its own is still the model's."""

NAMES = ["model", "opt"]
MAKE = """
import keras
import numpy as np

def build():
    keras.utils.set_random_seed(1)
    opt = keras.optimizers.Adam(0.05)
    m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    m.compile(opt, "mse")
    m.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    return m, opt

model, opt = build()
twin, topt = build()
topt.learning_rate = 0.5
twin.train_on_batch(np.ones((4, 2)), np.zeros((4, 1)))
expect = twin.get_weights()
"""
CHECK = """
import numpy as np

facts = {"same": model.optimizer is opt, "iterations": int(opt.iterations) == 1}
opt.learning_rate = 0.5
model.train_on_batch(np.ones((4, 2)), np.zeros((4, 1)))
facts["rate acts on the model"] = all(
    np.array_equal(a, b) for a, b in zip(model.get_weights(), expect, strict=True)
)
facts["counts"] = int(opt.iterations) == 2
ok, evidence = all(facts.values()), str(facts)
"""
