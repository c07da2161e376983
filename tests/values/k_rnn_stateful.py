"""A stateful recurrent network in the middle of a sequence."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

X = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("f4")

def build():
    keras.utils.set_random_seed(1)
    L = keras.layers
    m = keras.Sequential([keras.Input(batch_shape=(2, None, 3)), L.LSTM(4, stateful=True), L.Dense(1)])
    m.predict(X, verbose=0)
    return m

value, twin = build(), build()
expect = {"X": X, "next": twin.predict(X, verbose=0), "state": [np.array(s) for s in value.layers[0].states]}
"""
CHECK = """
import numpy as np

X, lstm = expect["X"], value.layers[0]
facts = {"state": all(np.array_equal(np.array(s), e) for s, e in zip(lstm.states, expect["state"], strict=True))}
facts["goes on"] = np.array_equal(value.predict(X, verbose=0), expect["next"])
lstm.reset_states()
facts["resets"] = not any(np.array(s).any() for s in lstm.states)
ok, evidence = all(facts.values()), str(facts)
"""
