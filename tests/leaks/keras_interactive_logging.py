"""Progress bars that a cell switched off stay off."""

CELL = """
import keras
import numpy as np

keras.config.disable_interactive_logging()
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1)
"""
CHECK = """
import contextlib
import io

import keras
import numpy as np

shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    other.compile("sgd", "mse")
    other.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=1)
leaked = "loss" not in shown.getvalue()
evidence = f"fit() printed {len(shown.getvalue())} characters"
"""
