"""What may train and what may not, layer by layer."""

NAMES = ["value", "base"]
MAKE = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
base = keras.Sequential(
    [keras.Input((3,)), keras.layers.Dense(4, name="a"), keras.layers.Dense(4, name="b")], name="base"
)
base.trainable = False
base.get_layer("b").trainable = True
base.trainable = True
base.get_layer("a").trainable = False
value = keras.Sequential([keras.Input((3,)), base, keras.layers.Dense(1, name="head")])
value.compile("sgd", "mse")
value.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
expect = [w.copy() for w in value.get_weights()]
"""
CHECK = """
import numpy as np

facts = {
    "same base": value.layers[0] is base,
    "flags": not base.get_layer("a").trainable and base.get_layer("b").trainable,
    "counts": len(value.trainable_weights) == 4 and len(value.non_trainable_weights) == 2,
}
value.train_on_batch(np.ones((2, 3)), np.zeros((2, 1)))
moved = [not np.array_equal(a, b) for a, b in zip(value.get_weights(), expect, strict=True)]
by_path = {w.path.split("/", 1)[-1]: m for w, m in zip(value.weights, moved)}
facts["moved"] = sum(moved) == 4 and np.array_equal(
    base.get_layer("a").kernel.numpy(), expect[0] if expect[0].shape == (3, 4) else expect[-2]
)
ok = all(facts.values())
evidence = str(facts) + str(by_path)
"""
