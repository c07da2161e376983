"""Variables, and the lists and dicts with which a layer watches what is put into it.

A Tracker knows what it has seen by ``id()``; the ids are taken again from the stores when it arrives. Containers are
filled behind their own methods, which would track each item a second time.
"""

from __future__ import annotations

from collections import OrderedDict

from keras.src.backend import Variable
from keras.src.utils.tracking import TrackedDict, TrackedList, TrackedOrderedDict, TrackedSet, Tracker

CONTAINERS = (TrackedList, TrackedDict, TrackedOrderedDict, TrackedSet)

ATOMS = (str, bool, int, float, type(None), tuple)


def reduce_variable(variable: Variable) -> tuple:
    """A variable by its attributes; its value is an object of the backend, with reducers of its own.

    Value and names come before what may lead back to the variable (regularizer, constraint), so that whoever meets it
    half-made, such as an optimizer that looks up the key of its value, finds them.
    """
    own = dict(vars(variable))
    first = {name: own.pop(name) for name in list(own) if type(own[name]) in ATOMS}
    return make_variable, (type(variable), own.pop("_value", None), first), own, None, None, set_own


def make_variable(kind: type, value: object, attributes: dict) -> Variable:
    """A variable that holds `value`, with no initializer called and no new name given."""
    variable = kind.__new__(kind)
    vars(variable)["_value"] = value
    vars(variable).update(attributes)
    return variable


def reduce_tracker(tracker: Tracker) -> tuple:
    """What a tracker watches for and has found; not the ids of it."""
    own = dict(vars(tracker))
    del own["stored_ids"]
    return make_empty, (type(tracker),), own, None, None, set_tracker


def make_empty(kind: type) -> object:
    """An instance of `kind` that nothing was done to."""
    return kind.__new__(kind)


def set_own(obj: object, attributes: dict) -> None:
    """Set an object's attributes, past any ``__setattr__``."""
    if attributes:
        vars(obj).update(attributes)


def set_tracker(tracker: Tracker, attributes: dict) -> None:
    """Fill a tracker, and note the ids that its finds have here."""
    vars(tracker).update(attributes)
    tracker.stored_ids = {name: set(map(id, store)) for name, (_, store) in tracker.config.items()}


def reduce_container(container: object) -> tuple:
    """A tracked list, dict or set: its items as they are, and its tracker."""
    items = list(container.items()) if isinstance(container, dict) else list(container)
    return make_empty, (type(container),), (dict(vars(container)), items), None, None, set_container


def set_container(container: object, state: tuple[dict, list]) -> None:
    """Fill a tracked container without telling its tracker, which knows."""
    attributes, items = state
    if isinstance(container, dict):
        kind = OrderedDict if isinstance(container, OrderedDict) else dict  # which has an order of its own to keep
        for key, value in items:
            kind.__setitem__(container, key, value)
    elif isinstance(container, set):
        set.update(container, items)
    else:
        list.extend(container, items)
    vars(container).update(attributes)
