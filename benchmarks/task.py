"""The training cell that several questions run: data like scikit-learn's digits, a small Dense model, five epochs.

It is a body, so that each way to run it can wrap it as it must: it reads `x` and `y`, and leaves `losses` (a list) and
`weights` (arrays): what any two processes can hand each other.
"""

from __future__ import annotations

from dataclasses import dataclass

EPOCHS = 5

DATA = """import numpy as np
draw = np.random.default_rng(0)
x = draw.random((1797, 64), dtype="float32")
y = (x @ draw.random((64, 10), dtype="float32")).argmax(1)"""

KERAS = f"""import tensorflow as tf
tf.keras.utils.set_random_seed(0)
model = tf.keras.Sequential([
    tf.keras.layers.Input((64,)),
    tf.keras.layers.Dense(64, activation="relu"),
    tf.keras.layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
losses = model.fit(x, y, epochs={EPOCHS}, verbose=0).history["loss"]
weights = model.get_weights()
del model"""

NUMPY = f"""import numpy as np
weights, losses = [np.zeros((x.shape[1], 10), "float32")], []
for epoch in range({EPOCHS}):
    scores = np.exp(x @ weights[0])
    scores /= scores.sum(1, keepdims=True)
    losses.append(float(-np.log(scores[np.arange(len(y)), y]).mean()))
    scores[np.arange(len(y)), y] -= 1
    weights = [weights[0] - x.T @ scores / len(y)]"""

DECLARED = "%%isolated -i x,y -o losses,weights\n"


@dataclass(frozen=True, slots=True)
class Task:
    """A body, and the import that a fresh process must make before it."""

    body: str
    imports: str

    @property
    def isolated(self) -> str:
        """The body as an isolated cell."""
        return DECLARED + self.body


def task(tensorflow: bool) -> Task:
    """The training cell; without TensorFlow one of the same shape in numpy, to see that things work."""
    return Task(KERAS, "import tensorflow as tf") if tensorflow else Task(NUMPY, "import numpy as np")
