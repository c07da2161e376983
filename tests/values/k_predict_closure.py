"""A closure, a partial and a bound method are all about the model that crosses."""

NAMES = ["predict", "value"]
MAKE = """
import functools
import keras
import numpy as np

value = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
value.compile("sgd", "mse")

def make(m):
    def run(x):
        return m.predict(np.asarray(x, "f4"), verbose=0).tolist()

    return run

predict = {
    "closure": make(value),
    "fit": functools.partial(value.fit, verbose=0, epochs=2),
    "bound": value.predict,
}
"""
CHECK = """
import numpy as np

facts = {"closure": predict["closure"]([[1, 2]]) == [[3.0]], "bound": predict["bound"].__self__ is value}
value.layers[0].kernel.assign([[2.0], [2.0]])
facts["sees change"] = predict["closure"]([[1, 2]]) == [[6.0]]
facts["fit"] = (
    len(predict["fit"](np.ones((2, 2)), np.ones((2, 1))).history["loss"]) == 2
    and int(value.optimizer.iterations) == 2
)
ok, evidence = all(facts.values()), str(facts)
"""
