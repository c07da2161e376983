"""A registered class is known to the registry over there, for save and load."""

NAMES = ["Scale", "value"]
MAKE = """
import keras

@keras.saving.register_keras_serializable(package="nb")
class Scale(keras.layers.Layer):
    def __init__(self, k=2.0, **kw):
        super().__init__(**kw)
        self.k = k

    def call(self, x):
        return x * self.k

    def get_config(self):
        return {**super().get_config(), "k": self.k}

value = keras.Sequential([keras.Input((2,)), Scale(3.0), keras.layers.Dense(1, kernel_initializer="ones")])
"""
CHECK = """
import os, tempfile
import keras, numpy as np

facts = {
    "predict": value.predict(np.ones((1, 2)), verbose=0).tolist() == [[6.0]],
    "class": type(value.layers[0]) is Scale,
    "registered": keras.saving.get_registered_object("nb>Scale") is Scale,
}
path = os.path.join(tempfile.mkdtemp(), "m.keras")
value.save(path)
facts["save and load"] = keras.models.load_model(path).predict(np.ones((1, 2)), verbose=0).tolist() == [[6.0]]
ok, evidence = all(facts.values()), str(facts)
"""
