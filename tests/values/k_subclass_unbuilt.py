"""A subclassed model that was never called is built where it arrives."""

NAMES = ["value", "Net"]
MAKE = """
import keras
import numpy as np

class Net(keras.Model):
    def __init__(self, sizes):
        super().__init__(name="mine")
        self.blocks = [
            keras.layers.Dense(n, kernel_initializer=keras.initializers.GlorotUniform(n)) for n in sizes
        ]

    def call(self, x, training=False):
        for b in self.blocks:
            x = b(x)
        return x * 2 if training else x

value = Net([3, 2])
value.compile("sgd", "mse")
X = np.ones((4, 5), "f4")
expect = {"X": X, "p": Net([3, 2])(X).numpy()}
"""
CHECK = """
import numpy as np

X = expect["X"]
facts = {
    "unbuilt": not value.blocks[0].built,
    "class": isinstance(value, Net),
    "name": value.name == "mine",
    "call": np.array_equal(value(X).numpy(), expect["p"]),
    "training arg": np.allclose(value(X, training=True).numpy(), expect["p"] * 2),
    "tracked": len(value.trainable_variables) == 4,
}
value.fit(X, expect["p"], verbose=0)
facts["trains"] = int(value.optimizer.iterations) == 1
ok, evidence = all(facts.values()), str(facts)
"""
