"""An optimizer that keeps averages of the weights and gathers gradients over several steps."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(12, 3)).astype("f4")

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    opt = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2)
    m.compile(opt, "mse")
    m.fit(X, X[:, :2], batch_size=4, shuffle=False, verbose=0)
    return m

value, twin = build(), build()
for _ in range(2):
    twin.train_on_batch(X, X[:, :2])
averages = [np.array(v) for v in twin.optimizer._model_variables_moving_average]
expect = {"X": X, "w": twin.get_weights(), "a": averages}
"""
CHECK = """
import numpy as np

for _ in range(2):
    value.train_on_batch(expect["X"], expect["X"][:, :2])
same = lambda found, told: all(np.array_equal(np.array(a), b) for a, b in zip(found, told, strict=True))
facts = {
    "weights": same(value.get_weights(), expect["w"]),
    "averages": same(value.optimizer._model_variables_moving_average, expect["a"]),
    "counts": int(value.optimizer._iterations) == 5,
}
ok, evidence = all(facts.values()), str(facts)
"""
