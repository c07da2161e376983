"""An optimizer of the notebook with slots of its own, in a model that trained with it."""

NAMES = ["model", "Sign"]
MAKE = """
import keras
import numpy as np

class Sign(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.1, decay=0.5, **options):
        super().__init__(learning_rate=learning_rate, **options)
        self.decay, self.notes = decay, {"kind": "sign"}

    def build(self, variables):
        super().build(variables)
        self.moments = [self.add_variable_from_reference(v, name="m") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        m = self.moments[self._get_variable_index(variable)]
        self.assign(m, m * self.decay + gradient)
        self.assign_sub(variable, learning_rate * keras.ops.sign(m))

X = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    m.compile(Sign(0.01), "mse")
    m.fit(X, X[:, :2], verbose=0)
    return m

model, twin = build(), build()
twin.train_on_batch(X, X[:, :2])
expect = {"X": X, "w": twin.get_weights(), "m": [np.array(v) for v in model.optimizer.moments]}
"""
CHECK = """
import numpy as np

opt, X = model.optimizer, expect["X"]
facts = {
    "class": isinstance(opt, Sign) and opt.decay == 0.5 and opt.notes["kind"] == "sign",
    "slots": all(np.array_equal(np.array(a), b) for a, b in zip(opt.moments, expect["m"], strict=True)),
}
model.train_on_batch(X, X[:, :2])
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(model.get_weights(), expect["w"], strict=True))
facts["counts"] = int(opt.iterations) == 2
ok, evidence = all(facts.values()), str(facts)
"""
