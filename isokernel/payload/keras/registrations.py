"""Classes by the names that Keras has for them.

Those registered with ``keras.saving.register_keras_serializable``, or put into ``get_custom_objects()``, stay so,
functions too; without it a receiver could use a carried class but not load what it saves.
"""

from __future__ import annotations

from keras.src.saving import object_registration
from keras.src.trainers.compile_utils import CompileLoss

from ..registrations import Entry, register_table


def register() -> None:
    """Have classes and functions looked at on their way."""
    register_table(entries)
    CompileLoss.Loss.__qualname__ = "CompileLoss.Loss"  # a namedtuple that says it is where nothing is


def entries(obj: object) -> list[Entry]:
    """The names under which Keras knows `obj`."""
    objects, names = object_registration.GLOBAL_CUSTOM_OBJECTS, object_registration.GLOBAL_CUSTOM_NAMES
    if not objects or type(obj).__hash__ is None:
        return []
    registered = names.get(obj)
    return [(enter, (name, name == registered)) for name, known in objects.items() if known is obj]


def enter(obj: object, name: str, registered: bool) -> None:
    """Know `obj` here under the name it had, in place of what had the name."""
    replaced = object_registration.GLOBAL_CUSTOM_OBJECTS.get(name)
    if replaced is not None and replaced is not obj:
        object_registration.GLOBAL_CUSTOM_NAMES.pop(replaced, None)
    object_registration.GLOBAL_CUSTOM_OBJECTS[name] = obj
    if registered:
        object_registration.GLOBAL_CUSTOM_NAMES[obj] = name
