"""A learning rate that a callback lowered is the next run's to start with."""

INPUTS = ["model"]
OUTPUTS = ["start_rate"]
SETUP = """
import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.1), "mse")
"""
CELL = """
import keras
import numpy as np

start_rate = float(model.optimizer.learning_rate)
decay = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
model.fit(np.ones((16, 4)), np.ones((16, 1)), epochs=3, verbose=0, callbacks=[decay])
"""
CHECK = """
first, second = (run["outputs"]["start_rate"] for run in runs)
leaked = abs(first - second) > 1e-6
evidence = f"learning rate at the start: {first:.4f}, then {second:.4f}"
"""
