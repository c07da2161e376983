"""A loss-scaling optimizer in the middle of its growth."""

NAMES = ["value", "model"]
MAKE = """
import keras
import numpy as np

def build():
    keras.utils.set_random_seed(1)
    m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    m.compile(
        keras.optimizers.LossScaleOptimizer(
            keras.optimizers.Adam(0.01), initial_scale=64.0, dynamic_growth_steps=4
        ),
        "mse",
    )
    m.fit(np.ones((12, 2)), np.ones((12, 2)), batch_size=2, verbose=0, shuffle=False)
    return m

model, twin = build(), build()
value = model.optimizer
state = float(value.dynamic_scale), int(value.step_counter), int(value.inner_optimizer.iterations)
twin.fit(np.ones((4, 2)), np.ones((4, 2)), batch_size=2, verbose=0, shuffle=False)
expect = {"state": state, "w": twin.get_weights(), "after": float(twin.optimizer.dynamic_scale)}
"""
CHECK = """
import numpy as np

facts = {
    "state": (float(value.dynamic_scale), int(value.step_counter), int(value.inner_optimizer.iterations))
    == expect["state"],
    "same": model.optimizer is value,
}
model.fit(np.ones((4, 2)), np.ones((4, 2)), batch_size=2, verbose=0, shuffle=False)
facts["weights"] = all(np.array_equal(a, b) for a, b in zip(model.get_weights(), expect["w"], strict=True))
facts["grows on"] = float(value.dynamic_scale) == expect["after"]
ok, evidence = all(facts.values()), str(facts)
"""
