"""What a cell makes sure of while it runs: ``isokernel.publish(model=model)``.

Published values are in ``isokernel.last_run().partial`` if the cell fails in any way, also by the death of its process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras.callbacks import Callback

_hand_over: Callable[[dict[str, Any]], None] | None = None


def connect(hand_over: Callable[[dict[str, Any]], None]) -> None:
    """For the process of a cell: where published values go."""
    global _hand_over
    _hand_over = hand_over


def publish(**values: Any) -> None:
    """Keep these values for the notebook, whatever becomes of the cell; of each name the latest.

    If the cell fails, is stopped or dies, they are in ``isokernel.last_run().partial``: ``%keep model`` takes one. In
    code that is not in an isolated cell this does nothing.

    Raises
    ------
    UnpackableOutput
        If one of them can't be carried.
    """
    if _hand_over is not None:
        _hand_over(values)


def publish_each_epoch(name: str = "model", every: int = 1) -> Callback:
    """A Keras callback that publishes the model that is trained, with its optimizer, at the end of an epoch.

    ``model.fit(X, y, callbacks=[isokernel.publish_each_epoch("model")])``

    Parameters
    ----------
    name : str
        The name that it is kept under.
    every : int
        Epochs from one time to the next: packing 100 MB takes some 0.1 s.
    """
    from keras.callbacks import Callback

    class PublishEachEpoch(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if (epoch + 1) % every == 0:
                publish(**{name: self.model})

    return PublishEachEpoch()
