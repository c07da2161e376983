"""Optimizers of eight kinds that were never used take the first step they would have taken."""

NAMES = ["value"]
MAKE = """
import keras
import numpy as np

O = keras.optimizers

def build():
    return {
        "sgd": O.SGD(0.1, momentum=0.9, nesterov=True),
        "adam": O.Adam(0.01, beta_1=0.8, amsgrad=True, clipvalue=0.5),
        "adamw": O.AdamW(0.02, weight_decay=0.1),
        "rms": O.RMSprop(0.03, centered=True),
        "lion": O.Lion(0.01),
        "ftrl": O.Ftrl(0.1),
        "ada": O.Adafactor(0.1),
        "named": O.Nadam(0.1, name="my_opt", global_clipnorm=2.0),
    }

def step(opt):
    v = keras.Variable(np.array([1.0, -2.0], "f4"))
    opt.apply([keras.ops.convert_to_tensor(np.array([3.0, 0.2], "f4"))], [v])
    return v.numpy()

value = build()
expect = {k: step(o) for k, o in build().items()}
"""
CHECK = """
import keras, numpy as np

facts = {}
for k, opt in value.items():
    v = keras.Variable(np.array([1.0, -2.0], "f4"))
    opt.apply([keras.ops.convert_to_tensor(np.array([3.0, 0.2], "f4"))], [v])
    facts[k] = np.array_equal(v.numpy(), expect[k]) and int(opt.iterations) == 1
facts["name"] = value["named"].name == "my_opt" and value["named"].global_clipnorm == 2.0
value["sgd"].learning_rate = 0.5
facts["rate can be set"] = float(value["sgd"].learning_rate) == 0.5
ok, evidence = all(facts.values()), str(facts)
"""
