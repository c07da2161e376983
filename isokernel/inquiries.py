"""Completion and inspection of what the notebook has by name only: framework modules, and results that are packed.

A process that holds the frameworks is asked, which runs no cell and opens no device; it is kept for the next question.
Where none can be had, or it takes too long, ipykernel's own answer has to do.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from .handles import Handle
from .payload import HANDLE, Parcel
from .protocol import Answer, Inquiry, Shipment
from .references import Reference
from .relay import Relay
from .session import Session

LARGEST = 256 << 20  # bytes of a packed result that is opened to be asked
_TAIL = 4000  # characters before the cursor that are looked at
_TRAILER = r"(?:\.\w+|\[[^\[\]]*\]|\([^()]*\))*"
_PART = re.compile(rf"([^\W\d]\w*){_TRAILER}(?:\.\w*|\[['\"]?[\w ]*)\Z")
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+([^\W\d]\w*)[\w., \t()]*\Z", re.MULTILINE)
_CALLEE = re.compile(rf"([^\W\d]\w*){_TRAILER}\Z")
_WORD = re.compile(r"[^\W\d]\w*")
_CLOSING = {")": "(", "]": "[", "}": "{"}


def subject(code: str, cursor: int) -> str | None:
    """The name of whose part is being written at the cursor: ``tf`` of ``tf.keras.De``, ``h`` of ``h.history['lo``."""
    found = _PART.search(code[max(0, cursor - _TAIL) : cursor])
    return found[1] if found else None


def module(code: str, cursor: int) -> str | None:
    """The top-level module in the import that is being written at the cursor."""
    found = _IMPORT.search(code[max(0, cursor - _TAIL) : cursor])
    return found[1] if found else None


def called_around(code: str, cursor: int) -> str | None:
    """The name of what is called by the brackets around the cursor: ``tf`` of ``tf.keras.layers.Dense(4, un``."""
    text, depth = code[max(0, cursor - _TAIL) : cursor], []
    for position in range(len(text) - 1, -1, -1):
        char = text[position]
        if char in _CLOSING:
            depth.append(_CLOSING[char])
        elif char in "([{":
            if depth and depth[-1] == char:
                depth.pop()
            elif depth or char != "(":
                return None
            else:
                found = _CALLEE.search(text[:position].rstrip())
                return found[1] if found else None
    return None


def is_elsewhere(name: str | None, namespace: Mapping[str, Any]) -> bool:
    """Whether only another process knows what `name` is."""
    return name is not None and type(namespace.get(name)) in (Reference, Handle)


def with_arguments(own: dict[str, Any], elsewhere: dict[str, Any] | None) -> dict[str, Any]:
    """The kernel's own matches, with the names of arguments that the called function takes before them."""
    names = [match for match in (elsewhere or own)["matches"] if match.endswith("=") and match not in own["matches"]]
    if not names or (own["matches"] and elsewhere["cursor_start"] != own["cursor_start"]):
        return own
    types = "_jupyter_types_experimental"
    told = [each for each in elsewhere.get("metadata", {}).get(types, []) if each.get("text") in names]
    metadata = {**own["metadata"], types: [*told, *own["metadata"].get(types, [])]}
    return {**elsewhere, "matches": [*names, *own["matches"]], "metadata": metadata}


class Inquirer:
    """Asks a worker that has no cell, and keeps it.

    Parameters
    ----------
    session : Session
    namespace : dict
        The notebook's.
    """

    def __init__(self, session: Session, namespace: Mapping[str, Any]) -> None:
        self._session, self._namespace = session, namespace
        self._asked: Future[Relay] | None = None
        self._template: int | None = None  # that it is a copy of
        self._told: dict[str, int] = {}  # parcels that it has, by name

    def ask(self, what: str, code: str, cursor: int, **options: Any) -> Future[Answer | None]:
        """Ask about `code`, of which it is told what the names stand for; None if there is nobody to ask."""
        answer: Future[Answer | None] = Future()
        if not self._session.settings.warm or not self._session.standbys.report:
            answer.set_result(None)  # to import a framework takes longer than anybody waits
            return answer
        self._renew()
        inquiry, parcels = self._inquiry(what, code, cursor, options)

        def told(done: Future[Answer | None]) -> None:
            parcels.clear()  # their descriptors were needed until now
            answer.set_result(done.result())

        def made(taken: Future[Relay]) -> None:
            if taken.exception() is not None:
                answer.set_result(None)
            else:
                taken.result().inquire(inquiry).add_done_callback(told)

        self._asked.add_done_callback(made)
        return answer

    def _renew(self) -> None:
        asked, template = self._asked, self._session.standbys.template.pid
        if asked is not None and asked.done():
            gone = asked.exception() is not None or asked.result().gone.done()
            if not gone and self._template == template:
                return
            if not gone:
                self._session.call(asked.result().kill, "")
        elif asked is not None:
            return
        self._asked, self._template, self._told = self._session.standbys.take(cold=False), template, {}
        self._session.warm_soon()

    def _inquiry(self, what: str, code: str, cursor: int, options: dict[str, Any]) -> tuple[Inquiry, list[Parcel]]:
        imports, parcels = [], {}
        for name in dict.fromkeys(_WORD.findall(code)):
            value = self._namespace.get(name)
            if type(value) is Reference:
                target = value.__isokernel_import__
                imports.append([name, target.module, target.qualname])
            elif type(value) is Handle and value.nbytes <= LARGEST:
                parcel = getattr(value, HANDLE)[0]
                if self._told.get(name) != id(parcel):
                    self._told[name] = id(parcel)
                    parcels[id(parcel)] = parcel
        path = [str(entry) for entry in sys.path]
        shipments = tuple(Shipment(*parcel.wire()) for parcel in parcels.values())
        return Inquiry(what, code, cursor, options, imports, os.getcwd(), path, shipments), list(parcels.values())
