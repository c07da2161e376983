"""A train step of an earlier cell has made its variables once, and raises for a new optimizer (tensorflow#34983)."""

INPUTS = ["train_step"]
SETUP = """
import tensorflow as tf

@tf.function
def train_step(model, optimizer, x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    return loss
"""
CELL = """
import tensorflow as tf

model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam(0.01)
for _ in range(3):
    loss = train_step(model, optimizer, tf.ones((8, 4)), tf.ones((8, 1)))
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {str(first)[:60]}; second run: {str(second)[-110:]}"
"""
