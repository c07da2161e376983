"""EarlyStopping and ReduceLROnPlateau after a fit, on the model that crosses beside them."""

NAMES = ["value", "model"]
MAKE = """
import keras
import numpy as np

keras.utils.set_random_seed(1)
X = np.ones((8, 2), "f4")
y = np.zeros((8, 1), "f4")
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.SGD(5.0), "mse")
value = {
    "es": keras.callbacks.EarlyStopping(monitor="loss", patience=2, restore_best_weights=True),
    "rl": keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, factor=0.5),
}
model.fit(X, y, epochs=6, callbacks=list(value.values()), verbose=0)
es = value["es"]
expect = {
    "es": (float(es.best), es.wait, es.stopped_epoch, es.best_epoch),
    "best": es.best_weights,
    "lr": float(model.optimizer.learning_rate),
    "rl": (float(value["rl"].best), value["rl"].wait),
}
"""
CHECK = """
import numpy as np

es, rl = value["es"], value["rl"]
facts = {
    "state": (float(es.best), es.wait, es.stopped_epoch, es.best_epoch) == expect["es"]
    and es.stopped_epoch > 0,
    "best weights": all(np.array_equal(a, b) for a, b in zip(es.best_weights, expect["best"], strict=True)),
    "model": es.model is model,
    "rate": float(model.optimizer.learning_rate) == expect["lr"],
    "plateau": (float(rl.best), rl.wait) == expect["rl"],
}
h = model.fit(np.ones((8, 2)), np.zeros((8, 1)), epochs=9, callbacks=[es], verbose=0)
facts["works again"] = 1 <= len(h.history["loss"]) <= 9
ok, evidence = all(facts.values()), str(facts)
"""
