"""Classes and a function alone: the model is built where they arrive."""

NAMES = ["Net", "Block", "helper"]
MAKE = """
import keras
import tensorflow as tf

WIDTH = 4

def helper(x):
    return tf.nn.relu(x) + 1

class Block(keras.layers.Layer):
    def __init__(self, n, **kw):
        super().__init__(**kw)
        self.n = n

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.n), initializer="ones", name="w")
        super().build(shape)

    def call(self, x):
        return helper(x @ self.w)

    def get_config(self):
        return {**super().get_config(), "n": self.n}

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.b = Block(WIDTH)

    def call(self, x):
        return self.b(x)
"""
CHECK = """
import keras, numpy as np

net = Net()
net.compile("sgd", "mse")
h = net.fit(np.ones((4, 2)), np.ones((4, 4)), epochs=2, verbose=0)
seq = keras.Sequential([keras.Input((2,)), Block(3)])
twin = keras.models.clone_model(seq)
facts = {
    "trains": h.history["loss"][1] < h.history["loss"][0],
    "block": isinstance(net.b, Block),
    "clone": isinstance(twin.layers[0], Block) and twin.layers[0].n == 3,
    "value": seq.predict(np.ones((1, 2)), verbose=0).tolist() == [[3.0, 3.0, 3.0]],
}
ok, evidence = all(facts.values()), str(facts)
"""
