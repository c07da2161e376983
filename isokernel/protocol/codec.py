"""Messages as frames and back, every field checked by its type."""

from __future__ import annotations

from dataclasses import fields
from json import dumps, loads
from typing import Any

from ..errors import ProtocolError
from .messages import (
    BY_KIND,
    COMM_MESSAGES,
    STATUSES,
    CommMessage,
    Failure,
    Frame,
    Message,
    Outcome,
    Refusal,
    Shipment,
)


def encode(message: Message) -> Frame:
    """A message as a frame. Descriptors stay the caller's to close."""
    header: dict[str, Any] = {"kind": message.kind}
    buffers: list[bytes | memoryview] = []
    fds: list[int] = []
    for item in fields(message):
        value = getattr(message, item.name)
        if item.name == "shipments":
            header["shipments"] = [[s.facts, len(s.fds)] for s in value]
            buffers.extend(s.data for s in value)
            for shipment in value:
                fds.extend(shipment.fds)
        elif item.name == "buffers":
            buffers.extend(value)
        elif item.name == "refusals":
            header["refusals"] = [[r.name, r.path, r.type_name, r.reason] for r in value]
        elif isinstance(value, Failure):
            header[item.name] = [value.ename, value.evalue, value.traceback, value.shown]
        else:
            header[item.name] = value
    # What a display holds is what Jupyter's own messages may: bytes of an image, a date.
    # A lone surrogate in a source or a message is legal in JSON's ASCII escapes and in nothing else on the way.
    return Frame(dumps(header, ensure_ascii=True, allow_nan=True, default=_plain).encode(), tuple(buffers), tuple(fds))


def _plain(value: Any) -> Any:
    """What JSON has for a value that it doesn't know, as Jupyter says it."""
    # Not above: a kernel's template is begun before anything of Jupyter's is imported, and that takes longest.
    from jupyter_client.jsonutil import json_default

    return json_default(value)


def decode(frame: Frame) -> Message:
    """A frame as a message.

    Raises
    ------
    ProtocolError
        If it isn't one: the frame's descriptors are then the caller's to close.
    """
    try:
        header = loads(bytes(frame.header))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header that isn't JSON: {error}") from None
    kind = header.get("kind") if isinstance(header, dict) else None
    cls = BY_KIND.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise ProtocolError("a message of an unknown kind")
    values: dict[str, Any] = {}
    try:
        for item in fields(cls):
            if item.name == "shipments":
                values["shipments"] = _shipments(header["shipments"], frame)
            elif item.name == "buffers":
                values["buffers"] = frame.buffers
            elif item.name == "refusals":
                values["refusals"] = tuple(Refusal(*map(_text, row)) for row in header["refusals"])
            elif item.name == "failure":
                values["failure"] = _failure(header["failure"])
            else:
                values[item.name] = _typed(header[item.name], item.type, cls, item.name)
        if "shipments" not in values and frame.fds:
            raise ValueError("descriptors that belong to nothing")
        if cls is Outcome and len(values["roles"]) != len(values["shipments"]):
            raise ValueError("roles and shipments differ in number")
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProtocolError(f"a malformed {cls.kind!r}: {type(error).__name__}: {error}") from None
    return cls(**values)


_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "int | None": (int, type(None)),
    "str | None": (str, type(None)),
    "dict[str, Any]": (dict,),
    "list[int]": (list,),
    "list[str]": (list,),
    "list[list[Any]]": (list,),
    "list[dict[str, Any]]": (list,),
}
_ITEMS: dict[str, type] = {"list[int]": int, "list[str]": str, "list[list[Any]]": list, "list[dict[str, Any]]": dict}


def _typed(value: Any, annotation: Any, cls: type, name: str) -> Any:
    if not isinstance(value, _TYPES[annotation]) or (isinstance(value, bool) and annotation != "bool"):
        raise TypeError(f"{name} is a {type(value).__name__}")
    item = _ITEMS.get(annotation)
    if item is not None and not all(isinstance(v, item) for v in value):
        raise TypeError(f"{name} holds something else than {item.__name__}")
    if cls is Outcome and name == "status" and value not in STATUSES:
        raise ValueError(f"status {value!r}")
    if cls is CommMessage and name == "msg_type" and value not in COMM_MESSAGES:
        raise ValueError(f"a comm message {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return value


def _failure(value: Any) -> Failure | None:
    if value is None:
        return None
    ename, evalue, traceback, shown = value
    if not isinstance(shown, bool):
        raise TypeError(f"{type(shown).__name__} where yes or no belongs")
    return Failure(_text(ename), _text(evalue), [_text(line) for line in traceback], shown)


def _shipments(rows: Any, frame: Frame) -> tuple[Shipment, ...]:
    if len(rows) != len(frame.buffers):
        raise ValueError("shipments and buffers differ in number")
    if sum(count for _, count in rows) != len(frame.fds) or any(count < 0 for _, count in rows):
        raise ValueError("shipments and descriptors differ in number")
    fds = iter(frame.fds)
    found = []
    for (facts, count), data in zip(rows, frame.buffers, strict=True):
        if not isinstance(facts, dict) or not isinstance(count, int):
            raise TypeError("a shipment's facts")
        found.append(Shipment(facts, data, tuple(next(fds) for _ in range(count))))
    return tuple(found)
