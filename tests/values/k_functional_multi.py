"""Named inputs and outputs, each output with its loss, weight and metrics."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

rng = np.random.default_rng(0)
A, B = rng.normal(size=(16, 3)).astype("f4"), rng.integers(0, 5, (16, 2))
Y = {"score": A.sum(1, keepdims=True), "cls": (A[:, :1] > 0).astype("f4")}

def build():
    keras.utils.set_random_seed(2)
    a, b = keras.Input((3,), name="a"), keras.Input((2,), dtype="int32", name="b")
    h = keras.layers.Concatenate()(
        [keras.layers.Dense(4)(a), keras.layers.Flatten()(keras.layers.Embedding(5, 2)(b))]
    )
    m = keras.Model(
        {"a": a, "b": b},
        {
            "score": keras.layers.Dense(1, name="score")(h),
            "cls": keras.layers.Dense(1, "sigmoid", name="cls")(h),
        },
    )
    m.compile(
        "rmsprop",
        loss={"score": "mse", "cls": "binary_crossentropy"},
        loss_weights={"score": 2.0, "cls": 0.5},
        metrics={"cls": ["accuracy"]},
    )
    m.fit({"a": A, "b": B}, Y, epochs=1, batch_size=8, shuffle=False, verbose=0)
    return m

value, twin = build(), build()
expect = {"A": A, "B": B, "Y": Y, "p": value.predict({"a": A, "b": B}, verbose=0)}
twin.train_on_batch({"a": A, "b": B}, Y)
expect["next"] = twin.get_weights()
expect["eval"] = twin.evaluate({"a": A, "b": B}, Y, verbose=0, return_dict=True)
"""
CHECK = """
import numpy as np

e = expect
x = {"a": e["A"], "b": e["B"]}
p = value.predict(x, verbose=0)
facts = {"predict": set(p) == {"score", "cls"} and all(np.array_equal(p[k], e["p"][k]) for k in p)}
value.train_on_batch(x, e["Y"])
facts["next step"] = all(np.array_equal(a, b) for a, b in zip(value.get_weights(), e["next"], strict=True))
facts["evaluate"] = value.evaluate(x, e["Y"], verbose=0, return_dict=True) == e["eval"]
ok, evidence = all(facts.values()), str(facts)
"""
