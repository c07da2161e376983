"""What a worker is told with its cell."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from os import getcwd
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from . import carried, registered
from .cell.stores import stores
from .conclusion import execution_count
from .devices import Lease
from .frontend import CaptureFrontend, KernelFrontend, say
from .inputs import Lender, import_rows
from .launch import Process
from .payload import Import, Parcel, pack
from .preludes import Prelude
from .protocol import Shipment, Start
from .session import Session
from .settings import differing
from .spec import Spec


def orders(
    session: Session,
    shell: InteractiveShell,
    spec: Spec,
    frontend: KernelFrontend | CaptureFrontend,
    process: Process,
    parcels: tuple[Parcel, ...],
    imports: dict[str, Import],
    preludes: tuple[Prelude, ...],
    lease: Lease,
    run: str,
    *,
    lender: Lender | None = None,
) -> tuple[Start, tuple[Parcel, ...]]:
    """The message that begins a run; its descriptors are those of the lease and of the parcels, which are given, too.

    They must live until it is sent.
    """
    roles = ["value"] * len(parcels)
    for number, prelude in enumerate(preludes):
        parcels = (*parcels, *prelude.parcels)
        roles += [f"prelude {number}"] * len(prelude.parcels)
    formats = registered.formatters(shell)
    packing = pack(formats, namespace=shell.user_ns)  # each with what it reads: no cell declares that
    _say_once(session, frontend, [refusal.name for refusal in packing.refusals])
    roles += ["registered"] * len(packing.parcels)
    parcels = (*parcels, *packing.parcels)
    if spec.declaration.auto:
        state = pack({"settings": carried.take(carried.OF_THE_NOTEBOOK)}, namespace={}).parcels
        own = {key: value for key, value in registered.set_here(shell).items() if key not in formats}
        magics = pack(own, namespace=shell.user_ns, together=True, everywhere=True).parcels
        roles += ["settings"] * (len(state) + len(session.framework)) + ["registered"] * len(magics)
        parcels = (*parcels, *state, *session.framework, *magics)
    settings = differing(shell)
    if spec.declaration.pdb:
        settings.setdefault("InteractiveShell", {})["pdb"] = True
    if not frontend.allow_stdin and settings.get("InteractiveShell", {}).pop("pdb", False):
        say(frontend, "no debugger will open, because this frontend can't ask for input")
    environment = _since(process.environment)
    environment.update(spec.declaration.env)
    environment.update(lease.environment)
    shipments = tuple(Shipment(*parcel.wire()) for parcel in parcels)
    if lease.fds:  # it holds its devices itself, too
        roles.append("lease")
        shipments += (Shipment({}, b"", lease.fds),)
    start = Start(
        run=run,
        source=spec.source,
        outputs=list(spec.declaration.outputs),
        imports=import_rows(session, imports, parcels),
        count=execution_count(shell),
        parent=frontend.header,
        metadata=frontend.metadata,
        cwd=_directory(),
        path=[str(p) for p in sys.path],
        argv=[str(word) for word in sys.argv],
        stores=_stores(session, shell, spec) if spec.declaration.auto else {},
        history=_history(shell) if spec.declaration.auto and ASKS.search(spec.source) else [],
        environment=environment,
        settings=settings,
        host_pid=os.getpid(),
        cells=dict(shell.compile._filename_map),
        observe=spec.declaration.auto,
        lends=bool(lender),
        names=lender.few() if lender is not None else [],
        deletes=bool(spec.cell.deletes or spec.cell.open_ended),
        allow_stdin=frontend.allow_stdin,
        linger=spec.declaration.linger,
        keep_children=spec.declaration.keep_children,
        seed=spec.declaration.seed,
        preludes=[[prelude.name, prelude.source, import_rows(session, prelude.imports, ())] for prelude in preludes],
        roles=roles,
        shipments=shipments,
    )
    return start, parcels


ASKS = re.compile(
    r"\bIn\b|\b_i(?:h|i*|\d+)\b|macro|hist|recall|rerun|pastebin|%(?:save|edit|notebook|logstart)|get_ipython"
)
"""What asks for the text of earlier cells."""


def _stores(session: Session, shell: InteractiveShell, spec: Spec) -> dict[str, Any]:
    found, attributes = stores(spec.python), session.outside.attributes
    attributes.note(found.targets, found.imports, shell.user_ns)
    return {"targets": attributes.targets, "imports": found.imports}


def _history(shell: InteractiveShell) -> list[list[str]]:
    manager = shell.history_manager
    return [list(each) for each in zip(manager.input_hist_parsed, manager.input_hist_raw)][: execution_count(shell)]


def _since(before: Mapping[str, str] | None) -> dict[str, str | None]:
    """What has changed in the environment since the process began; None removes a variable."""
    if before is None:
        return {}
    changed: dict[str, str | None] = {k: v for k, v in os.environ.items() if before.get(k) != v}
    changed.update({k: None for k in before if k not in os.environ})
    return changed


def _directory() -> str:
    try:
        return getcwd()
    except FileNotFoundError:  # deleted; but one can go there
        return f"/proc/{os.getpid()}/cwd"


def _say_once(session: Session, frontend: KernelFrontend | CaptureFrontend, formatters: list[str]) -> None:
    """Name formatters that can't be carried: '<format> <module> <name of the type>'."""
    for formatter in formatters:
        if formatter not in session.echoed:
            session.echoed.add(formatter)
            kind, _, of = formatter.partition(" ")
            say(frontend, f"the {kind} formatter for {of.rpartition(' ')[2]} can't be carried into isolated cells")
