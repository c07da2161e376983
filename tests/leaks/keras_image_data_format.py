"""channels_first, once set, is the default of all later layers."""

CELL = """
import keras
import numpy as np

keras.config.set_image_data_format("channels_first")
images = np.ones((8, 3, 16, 16), "float32")
model = keras.Sequential([keras.Input((3, 16, 16)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(images, np.ones((8, 1)), epochs=1, verbose=0)
"""
CHECK = """
import keras

layer = keras.layers.Conv2D(4, 3)
leaked = layer.data_format != "channels_last"
evidence = f"a plain Conv2D is now {layer.data_format}"
"""
