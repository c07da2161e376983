"""The step of a run between packing and a process: it is given its GPUs, or waits for them and says for whom.

Where there is no GPU this is nothing. Where the folder of the locks can't be used, that is said once, and runs go on
without: that nobody can lock a GPU is no reason not to work.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Sequence

from IPython.core.interactiveshell import InteractiveShell

from .custody import Custody
from .declaration import Declaration
from .demand import Demand, Demands
from .devices import Device, Folder, Lease, Request, Unusable, Waiting, chosen, share
from .errors import BadOption
from .frontend import CaptureFrontend, KernelFrontend, Line, say
from .handles import size
from .origin import Wait
from .payload import Parcel
from .session import Session

GIVE_UP = "An interrupt ends the wait; --gpus none runs the cell without a GPU"

_judges: weakref.WeakKeyDictionary[Session, tuple[list[str], Demands]] = weakref.WeakKeyDictionary()


async def leased(
    custody: Custody,
    shell: InteractiveShell,
    sources: Iterable[str],
    parcels: Iterable[Parcel],
    declaration: Declaration,
    frontend: KernelFrontend | CaptureFrontend,
    wait: Wait,
) -> Lease:
    """The GPUs that a run needs; a lease of nothing, which changes nothing, where it needs none.

    Parameters
    ----------
    custody : Custody
        Which it belongs to.
    shell : InteractiveShell
    sources : iterable of str
        What it will execute: preludes, and the cell.
    parcels : iterable of Parcel
        What it is given.
    declaration : Declaration
    frontend : KernelFrontend or CaptureFrontend
        Where to say for whom it waits.
    wait : callable

    Raises
    ------
    BadOption
        It asks for what the notebook may not use.
    KeyboardInterrupt
        While it waited.
    """
    session, settings = custody.session, custody.session.settings
    given = session.devices.given({**os.environ, **dict(declaration.env)})
    if not given:
        if declaration.gpus not in ("", "all", "none"):
            _once(session, frontend, f"there is no GPU for this notebook, so --gpus {declaration.gpus} changes nothing")
        return Lease.of_nothing()
    if settings.lease == "off" and not declaration.gpus:
        return Lease.of_nothing()
    demand = _judge(session, shell).of(sources, parcels, option=declaration.gpus, trait=settings.gpus)
    if demand.wanted is None:
        return Lease.of_nothing()
    devices, count = _those(given, demand)
    if not count:
        custody.lease = Lease(())
        return custody.lease
    try:
        await _take(custody, shell, devices, count, frontend, wait)
    except Unusable as error:
        _once(session, frontend, f"GPUs can't be leased, so other notebooks may use them at the same time ({error})")
        custody.leave_queue()
        custody.lease = share(None, devices, count, session.devices.usage)
    for device, usage in custody.lease.used:
        pids = ", ".join(map(str, usage.pids[:3]))
        who = f"process {pids}" if len(usage.pids) == 1 else f"processes {pids}" if pids else "somebody"
        of = f"{size(usage.used)} of {device.label}"
        say(frontend, f"{who} outside of isokernel uses {of}, which this cell has now")
    return custody.lease


async def _take(
    custody: Custody,
    shell: InteractiveShell,
    devices: Sequence[Device],
    count: int,
    frontend: KernelFrontend | CaptureFrontend,
    wait: Wait,
) -> None:
    session = custody.session
    if session.settings.lease != "exclusive":
        folder = Folder() if session.settings.lease == "shared" else None
        with custody.shield():
            custody.lease = share(folder, devices, count, session.devices.usage)
        return
    with custody.shield():
        request = custody.request = Request(Folder(), devices, count, session.devices.usage)
        if (lease := request.attempt()) is not None:
            custody.lease, custody.request = lease, None
    if custody.request is None:
        return
    line = Line(shell, frontend)
    if session.lingering and not session.running and request.waiting().ours:
        session.let_all_go()
        say(frontend, "what stayed for the widgets of another cell ends now, because this cell needs its GPU")
    granted = custody.ask_for_lease(lambda waiting: line.show(_told(waiting), changing=True))
    try:
        await wait(granted)
    finally:
        line.remove()
    custody.take_lease()


def _told(waiting: Waiting) -> str:
    """As in ``waiting for GPU 0, held by train.ipynb (pid 4242) since 14:03``."""
    labels = [device.label for device, _ in waiting.devices]
    if len(labels) == 1:
        (_, held), *_ = waiting.devices
        what = f"{labels[0]}, held by {held}" if held else labels[0]
    else:
        who = ", ".join(f"{one.label} (held by {held})" if held else one.label for one, held in waiting.devices)
        what = f"{waiting.count} of {who}" if waiting.count < len(labels) else who
    ahead = f"; {waiting.before} other{'s' * (waiting.before > 1)} waited before" if waiting.before else ""
    return f"waiting for {what}{ahead}. {GIVE_UP}"


def _those(given: Sequence[Device], demand: Demand) -> tuple[Sequence[Device], int]:
    """The devices that will do, and how many of them are wanted."""
    wanted, has = demand.wanted, ", ".join(device.label for device in given)
    magic = "%%isolated" if demand.asked.startswith("--") else "%config"
    refusal = BadOption(demand.asked, reason=f"this notebook may use {has}", magic=magic)
    if wanted.names:
        found = chosen(given, wanted.names)
        if found is None:
            raise refusal
        return found, len(found)
    if wanted.count is None:  # a process can use one MIG device
        return given, 1 if any(device.slice for device in given) else len(given)
    if wanted.count > len(given):
        raise refusal
    return given, wanted.count


def _once(session: Session, frontend: KernelFrontend | CaptureFrontend, text: str) -> None:
    if text not in session.echoed:
        session.echoed.add(text)
        say(frontend, text)


def _judge(session: Session, shell: InteractiveShell) -> Demands:
    frameworks = list(session.settings.frameworks)
    known = _judges.get(session)
    if known is None or known[0] != frameworks:
        known = _judges[session] = frameworks, Demands(shell.transform_cell, shell.user_ns, frameworks)
    return known[1]
