"""Metrics in the middle of an epoch: one of the notebook with variables and attributes, and built-in ones."""

NAMES = ["Largest", "value"]
MAKE = """
import keras
import numpy as np

class Largest(keras.metrics.Metric):
    def __init__(self, floor, **options):
        super().__init__(**options)
        self.floor, self.calls = floor, []
        self.top = self.add_weight(name="top", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.calls.append("u")
        self.top.assign(keras.ops.maximum(self.top, keras.ops.max(y_pred - y_true)))

    def result(self):
        return keras.ops.maximum(self.top, self.floor)

t, p = np.array([[0.0], [1.0]], "f4"), np.array([[0.7], [0.4]], "f4")
mean = keras.metrics.MeanMetricWrapper(lambda t, p: p - t)
value = [Largest(0.1, name="big"), keras.metrics.AUC(num_thresholds=5), mean]
for metric in value:
    metric.update_state(t, p)
expect = [float(metric.result()) for metric in value]
"""
CHECK = """
import numpy as np

facts = {
    "results": [float(m.result()) for m in value] == expect,
    "class": isinstance(value[0], Largest) and value[0].name == "big" and value[0].floor == 0.1,
    "attributes": list(value[0].calls) == ["u"],
}
value[0].update_state(np.zeros((1, 1), "f4"), np.full((1, 1), 5.0, "f4"))
facts["updates"] = float(value[0].result()) == 5.0
for metric in value:
    metric.reset_state()
facts["resets"] = float(value[0].result()) == np.float32(0.1)
ok, evidence = all(facts.values()), str(facts)
"""
