"""Learning-rate schedules, one of the notebook inside an optimizer that was used."""

NAMES = ["value", "Warm"]
MAKE = """
import keras
import numpy as np

S = keras.optimizers.schedules

class Warm(S.LearningRateSchedule):
    def __init__(self, peak, steps):
        self.peak, self.steps = peak, steps

    def __call__(self, step):
        return self.peak * keras.ops.minimum(1.0, (keras.ops.cast(step, "float32") + 1) / self.steps)

value = {
    "exp": S.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    "cos": S.CosineDecay(0.1, 20, warmup_target=0.3, warmup_steps=5),
    "pieces": S.PiecewiseConstantDecay([3, 6], [1.0, 0.5, 0.1]),
    "warm": Warm(0.2, 4),
}
opt = keras.optimizers.SGD(value["warm"])
v = keras.Variable(np.zeros(2, "f4"))
for _ in range(2):
    opt.apply([keras.ops.ones((2,))], [v])
value["opt"], value["v"] = opt, v
expect = {k: [float(value[k](i)) for i in (0, 4, 11)] for k in ("exp", "cos", "pieces", "warm")}
"""
CHECK = """
import keras, numpy as np

facts = {k: [float(value[k](i)) for i in (0, 4, 11)] == expect[k] for k in expect}
facts["class"] = isinstance(value["warm"], Warm)
facts["rate now"] = abs(float(value["opt"].learning_rate) - 0.15) < 1e-6
value["opt"].apply([keras.ops.ones((2,))], [value["v"]])
facts["step"] = np.allclose(value["v"].numpy(), -(0.05 + 0.1 + 0.15)) and int(value["opt"].iterations) == 3
ok, evidence = all(facts.values()), str(facts)
"""
