"""One line on a Keras object, for a result that is still packed."""

from __future__ import annotations

import keras
from keras.src.backend import KerasTensor


def summarise(obj: object) -> str | None:
    """What a reader wants to know of `obj` before it is opened; None if its type says it all."""
    if isinstance(obj, keras.Model):
        layers = f"{type(obj).__name__}, {_count(len(obj.layers), 'layer')}"
        return f"{layers}, {_parameters(obj)}"
    if isinstance(obj, keras.Layer):
        return f"{type(obj).__name__} {obj.name!r}, {_parameters(obj)}"
    if isinstance(obj, keras.optimizers.Optimizer):
        steps = int(obj._iterations.numpy()) if hasattr(obj._iterations, "numpy") else int(obj._iterations)
        return f"{type(obj).__name__}, {_count(steps, 'step')}"
    if isinstance(obj, (keras.Variable, KerasTensor)):
        return f"shape {tuple(obj.shape)}, {obj.dtype}"
    if isinstance(obj, keras.callbacks.History):
        return f"{_count(len(obj.epoch), 'epoch')}: {', '.join(obj.history)}"
    return None


def _parameters(layer: keras.Layer) -> str:
    if not layer.built:
        return "not built"
    return _count(layer.count_params(), "parameter")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
