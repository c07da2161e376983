"""A layer over an exported model."""

NAMES = ["value"]
MAKE = """
import tempfile
import keras
import numpy as np

folder = tempfile.mkdtemp()
m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
m.export(folder, verbose=False)
value = keras.Sequential([keras.layers.TFSMLayer(folder, call_endpoint="serve")])
expect = np.array(value(np.ones((1, 2), "f4")))
"""
CHECK = """
import numpy as np

got = np.array(value(np.ones((1, 2), "f4")))
ok = np.array_equal(got, expect) and got.tolist() == [[2.0]]
evidence = str(got)
"""
