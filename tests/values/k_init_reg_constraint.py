"""Initializers, regularizers and constraints of the notebook, on a layer and beside it."""

NAMES = ["value", "model"]
MAKE = """
import keras
import numpy as np

class Ramp(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return keras.ops.reshape(keras.ops.arange(int(np.prod(shape)), dtype="float32"), shape) / 10

def twos(shape, dtype=None):
    return keras.ops.ones(shape, dtype) * 2

class Pull(keras.regularizers.Regularizer):
    def __init__(self, k):
        self.k = k

    def __call__(self, w):
        return self.k * keras.ops.sum(keras.ops.abs(w))

class Cap(keras.constraints.Constraint):
    def __call__(self, w):
        return keras.ops.clip(w, -0.3, 0.3)

value = {
    "init": Ramp(),
    "fn": twos,
    "reg": Pull(0.5),
    "cap": Cap(),
    "l2": keras.regularizers.L1L2(0.1, 0.2),
    "ortho": keras.initializers.Orthogonal(seed=4),
}
model = keras.Sequential(
    [
        keras.Input((3,)),
        keras.layers.Dense(
            2,
            kernel_initializer=value["init"],
            bias_initializer=twos,
            kernel_regularizer=value["reg"],
            kernel_constraint=value["cap"],
            activity_regularizer=lambda a: keras.ops.sum(a) * 0.0,
        ),
    ]
)
model.compile(keras.optimizers.SGD(0.0), "mse")
expect = {"ortho": np.array(value["ortho"]((3, 3))), "pen": float(sum(model.losses))}
"""
CHECK = """
import numpy as np

facts = {
    "initializer": np.array(value["init"]((2, 2))).tolist() == np.array([[0, 0.1], [0.2, 0.3]], "f4").tolist(),
    "function": float(value["fn"]((1,))[0]) == 2.0,
    "seeded": np.array_equal(np.array(value["ortho"]((3, 3))), expect["ortho"]),
    "penalty": float(sum(model.losses)) == expect["pen"] > 0,
    "same objects": model.layers[0].kernel_regularizer is value["reg"]
    and model.layers[0].kernel_constraint is value["cap"],
}
model.train_on_batch(np.ones((2, 3)), np.ones((2, 2)))
facts["constraint acts"] = float(np.abs(model.layers[0].kernel.numpy()).max()) <= 0.3000001
facts["l2"] = abs(float(value["l2"](np.ones(2, "f4"))) - 0.6) < 1e-6
ok, evidence = all(facts.values()), str(facts)
"""
