"""One life: born, told a cell, run it, hand over what it left, gone.

:func:`forked` is where a copy of the template starts, :func:`main` where a fresh interpreter does; both are
:func:`live` a moment later. Nothing is cleaned up that the system takes back with the process.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from typing import Any, NoReturn

from .. import carried, hashing, publishing
from ..channel import Channel
from ..processes import MARK, adopt_orphans, kill_below
from ..protocol import (
    Finished,
    Hello,
    Inquiry,
    Message,
    Prepare,
    Prepared,
    Start,
    decode,
)
from . import leaving, randomness, template
from .answering import answer
from .life import Life
from .listener import Listener
from .readiness import start_framework
from .shell import attach, build, let_run_nested, rehearse
from .streams import Outbox, last_words

KEEP = "--keep-children keeps what a cell starts"
PARTING = 1.0  # seconds for the host to end a worker that is finished


def forked(ends: Any) -> NoReturn:
    """Begin as a fork of the template."""
    os.setpgid(0, 0)  # its own group: the kernel's interrupts reach it once, through the host
    from multiprocess import forkserver, resource_tracker

    # The template's server is the kernel's. With this held open, which came in its tracker's place, too, the template
    # would outlive the kernel while any worker runs; and the cell's own multiprocess must find nothing started.
    os.close(forkserver._forkserver._forkserver_alive_fd)
    os.close(resource_tracker._resource_tracker._fd)
    forkserver._forkserver.__init__()
    resource_tracker._resource_tracker._fd = None
    os.dup2(ends.stdout, 1)
    os.dup2(ends.stderr, 2)
    os.close(ends.stdout)
    os.close(ends.stderr)
    os.environ[MARK] = ends.mark
    leaving.forget_handlers()
    live(ends.socket)


def main() -> NoReturn:
    """Begin as a fresh interpreter, with the channel's descriptor as argument."""
    hashing.forget()
    fd, *written_to = map(int, sys.argv[1:])
    for other in written_to:
        os.close(other)  # they are 1 and 2 already
    sys.argv[1:] = []
    live(socket.socket(fileno=fd))


def live(sock: socket.socket) -> NoReturn:
    """One life, from the first message to the end of the process."""
    try:
        _live(sock)
    except BaseException:  # noqa: BLE001 (ours, not the cell's; sys.stderr is a queue that nobody will empty)
        last_words(traceback.format_exc())
        os._exit(70)  # EX_SOFTWARE


def _live(sock: socket.socket) -> NoReturn:
    # Until there is something to interrupt it waits; also for the threads that are started meanwhile, and for good.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    faulthandler.enable(2)
    adopt_orphans()
    leaving.volunteer()
    sock.set_inheritable(False)  # a program that the cell starts, or becomes, would hold it open
    channel = Channel(sock)
    outbox = Outbox(channel, _channel_lost)
    kernel = build()
    randomness.begin()
    carried.note_warnings()
    rehearse(kernel)
    attach(kernel, outbox)
    loop = asyncio.SelectorEventLoop()
    asyncio.set_event_loop(loop)
    let_run_nested(loop)
    listener = Listener(channel, outbox, kernel, end_of_host)
    leaving.reserve()
    gc.freeze()  # what is looked through when the cell has ended is the cell's
    outbox.put(Hello(os.getpid(), template.REPORT))
    while not isinstance(message := _next(channel), Start):
        if isinstance(message, Prepare):
            start_framework()
            outbox.put(Prepared())
        else:
            assert isinstance(message, Inquiry)
            outbox.put(answer(kernel, message))
    start = message
    listener.begin()
    life = Life(kernel, loop, start, outbox, listener.names)
    publishing.connect(life.publish)
    outcome = life.outcome()
    listener.ended = True
    outbox.send(outcome)  # what comes now may end the process
    signal.sigtimedwait({signal.SIGINT}, 0)  # one that the cell's end has overtaken
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if start.linger:
        listener.linger(start.linger)
    leaving.say_goodbye(life.let_go, keep=start.keep_children)
    leaving.release()
    kept = leaving.kept() if start.keep_children else []
    if not start.keep_children and leaving.has_children():
        if left := leaving.left_running():
            outbox.write("stderr", f"isokernel: ended {', '.join(left)}, which the cell had left running ({KEEP})\n")
        leaving.end_children()
    outbox.send(Finished(kept))
    # The host ends us in a moment, when it has replied; if it doesn't, we do.
    time.sleep(PARTING)
    os._exit(0)


def _next(channel: Channel) -> Message:
    frame = channel.receive()
    if frame is None:
        end_of_host()
    return decode(frame)


def end_of_host() -> NoReturn:
    """The host is gone: nobody is left to run for. Where it isn't, it is told that the cell has cut the connection."""
    last_words("isokernel: the connection to the notebook has ended\n")
    with suppress(OSError):  # no descriptor is left to look with
        kill_below(os.getpid())
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _channel_lost() -> NoReturn:
    # A host that is gone ends us by _listen. This is a cell that closed descriptors which it did not open.
    last_words("isokernel: the connection to the notebook was closed by code in the cell\n")
    os._exit(72)  # EX_OSFILE
