"""A model with a held lock among its attributes is refused."""

EXPECT = "refused"
REFUSAL = ["value", "guard", "lock"]
NAMES = ["value"]
MAKE = """
import threading
import keras
import numpy as np

class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = keras.layers.Dense(1)
        self.guard = threading.Lock()

    def call(self, x):
        return self.d(x)

value = Net()
value.guard.acquire()
value(np.ones((1, 2)))
"""
CHECK = ""
