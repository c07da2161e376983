"""What happens in a worker before its cell: the place, the settings, the preludes, the inputs, in this order.

Preludes come before inputs, because to open a model is to start TensorFlow, and some settings have to come first. What
opening draws of the random streams is given back.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import time
from collections.abc import Set
from contextlib import suppress
from dataclasses import replace
from typing import Any

from IPython.utils.capture import capture_output

from .. import carried, payload, registered
from ..protocol import NamesReply, Start
from . import randomness, template
from .importing import imported
from .shell import WorkerCompiler, WorkerKernel, configure, remember


class Preparation:
    """Makes a worker's process that of one cell.

    Parameters
    ----------
    kernel : WorkerKernel
    loop : asyncio.AbstractEventLoop
    start : Start

    Attributes
    ----------
    given : dict
        The cell's inputs, by name, which are in the namespace.
    context : contextvars.Context
        What the cell is to run in: numpy keeps its print options in one.
    outside : Outside
        What the notebook has left in its process beside its names, which is set here.
    error : BaseException or None
        With which a prelude ended; it has been shown. The cell is not to run.
    """

    def __init__(self, kernel: WorkerKernel, loop: asyncio.AbstractEventLoop, start: Start) -> None:
        self._kernel, self._loop, self._start = kernel, loop, start
        self._namespace = kernel.shell.user_ns
        self._prepared = False
        self.given: dict[str, Any] = {}
        self._beside: dict[str, Any] = {}
        self.context = contextvars.copy_context()
        self.outside = carried.Outside()
        self.error: BaseException | None = None

    def run(self) -> None:
        """Prepare, as far as it goes; raises what types of inputs raise as they are opened."""
        start = self._start
        self._place()
        if start.observe:
            self.outside.attributes.watch_imports()
        WorkerCompiler.host_pid, WorkerCompiler.cells = start.host_pid, start.cells
        configure(self._kernel, start)
        arrived = {role: [] for role in start.roles}
        for role, shipment in zip(start.roles, start.shipments, strict=True):
            if role != "lease":  # whose descriptors only have to be open as long as the process lives
                arrived[role].append(payload.Parcel.from_wire(shipment.facts, shipment.data, shipment.fds))
        state: dict[str, Any] = {}
        for parcel in arrived.get("settings", ()):
            state |= payload.unpack([parcel], namespace={})["settings"]
        for parcel in arrived.get("registered", ()):
            registered.give(self._kernel.shell, payload.unpack([parcel], namespace=self._namespace))
        carried.give(state)
        self.context = contextvars.copy_context()
        for number, (name, source, imports) in enumerate(start.preludes):
            self._open(arrived.get(f"prelude {number}", ()), imports)
            self._run_prelude(name, source)
            if self.error is not None:
                return
        if start.seed is not None:
            randomness.seed_with(start.seed)
        if start.imports or "value" in arrived:
            with carried.kept_streams():
                self.given = self._open(arrived.get("value", ()), start.imports)
        remember(self._kernel.shell, self.given)
        if start.observe:
            self.outside.attributes.note(start.stores["targets"], start.stores["imports"], self._namespace)
            self.outside.give(self._kernel.shell, self._beside)
        self._prepared = True

    def lend(self, reply: NamesReply, without: Set[str]) -> dict[str, Any]:
        """Open what the notebook lends a running cell; bind it where the cell has no such name, nor is `without`."""
        parcels = [payload.Parcel.from_wire(s.facts, s.data, s.fds) for s in reply.shipments]
        with carried.kept_streams():
            opened = self._open(parcels, reply.imports, without | dict.keys(self._namespace))
        remember(self._kernel.shell, opened)
        return opened

    def _place(self) -> None:
        start = self._start
        os.chdir(start.cwd)
        sys.argv[:] = start.argv
        sys.path[:] = start.path + [p for p in template.ADDED_PATHS if p not in start.path]
        for name, value in start.environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if "TZ" in start.environment:
            time.tzset()

    def _open(self, parcels: Any, imports: list[list[Any]], without: Set[str] = frozenset()) -> dict[str, Any]:
        for parcel in parcels:
            self._import_for(parcel, without)
        for name, module, qualname in imports:
            if name is None:  # a submodule, which need not be there for what this cell does
                with suppress(ImportError):
                    imported(module, qualname)
            elif name not in without:
                self._namespace[name] = imported(module, qualname)
        opened = payload.unpack(list(parcels), namespace=self._namespace, adopt=True, renew=not self._prepared)
        payload.held[:] = [cls for cls in payload.held if not any(cls is value for value in opened.values())]
        opened = {name: value for name, value in opened.items() if name not in without}
        named = {name: value for name, value in opened.items() if not carried.is_key(name)}
        self._beside = {name: value for name, value in opened.items() if carried.is_key(name)}
        self._namespace.update(named)
        return named

    def _import_for(self, parcel: payload.Parcel, without: Set[str]) -> None:
        # What functions that are bound to this namespace read of modules; what the cell declares comes later and wins.
        for inner in parcel.inner:
            self._import_for(inner, without)
        for name, target in parcel.imports.items():
            if name not in without:
                self._namespace[name] = imported(*target.partition(":")[::2])

    def _run_prelude(self, name: str, source: str) -> None:
        shell = self._kernel.shell
        # Its output was shown when it was defined; once more below every cell is nobody's wish.
        with capture_output():
            run = shell.run_cell_async(source, silent=True, transformed_cell=shell.transform_cell(source))
            result = self._loop.run_until_complete(self._loop.create_task(run, context=self.context))
        self.error = result.error_before_exec or result.error_in_exec
        session = self._kernel.session
        if self.error is not None and session.failure is not None:
            told = f"This is the prelude {name!r}; the cell itself has not begun. %prelude lists the preludes."
            session.failure = replace(session.failure, traceback=[*session.failure.traceback, told])
