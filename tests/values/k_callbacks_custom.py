"""Callbacks of the notebook write to the list that crosses beside them, also through a lambda."""

NAMES = ["log", "value", "model"]
MAKE = """
import keras
import numpy as np

log = []

class Recorder(keras.callbacks.Callback):
    def __init__(self, into):
        super().__init__()
        self.into, self.seen = into, 0

    def on_epoch_end(self, epoch, logs=None):
        self.seen += 1
        self.into.append(("epoch", epoch, sorted(logs)))

value = [
    Recorder(log),
    keras.callbacks.LambdaCallback(on_train_end=lambda logs: log.append("end")),
    keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
]
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(0.5), "mse")
model.fit(np.ones((2, 1)), np.ones((2, 1)), callbacks=value, verbose=0)
"""
CHECK = """
import numpy as np

facts = {"model": value[0].model is model, "recorded": log == [("epoch", 0, log[0][2]), "end"] and value[0].into is log}
model.fit(np.ones((2, 1)), np.ones((2, 1)), epochs=3, initial_epoch=2, callbacks=value, verbose=0)
facts["goes on"] = log[2][:2] == ("epoch", 2) and log[3] == "end" and value[0].seen == 2
facts["rate"] = float(model.optimizer.learning_rate) == 0.125
ok, evidence = all(facts.values()), str(facts)
"""
