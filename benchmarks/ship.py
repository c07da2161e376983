"""What does it cost to bring a value into a fresh process, and back?

An array of 1 GiB, by each way there is (see :mod:`.transports`) and through the real kernel, beside ``numpy.copy``, the
least that any of them must do; a result that is passed on packed; ten thousand small values.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import numpy as np

from isokernel.handles import Handle
from isokernel.payload import pack

from . import peer as peers
from .harness import Bench, Samples, Series, Way, interleaved, stopwatch
from .kernels import Kernel, started
from .machine import version
from .peer import Peer, touch
from .report import Answer, Goal, duration, ratio, size, timings
from .transports import TRANSPORTS, send_parcel

COPY, PIPE, OURS = "numpy.copy", "multiprocess Pipe", "isokernel"
AGAIN = "numpy.copyto, pages there"  # the copy alone, without what a system takes to find memory for it
SMALL = 10_000
SMALL_VALUES = "[i, i / 7, f'value {i}', [i, i + 1], {'i': i}]"
PAUSE = 0.1  # seconds in which a standby gets ready: the cell before held a core of its own


def measure(bench: Bench) -> Answer:
    """Answer the question of this module."""
    nbytes, rounds = (16 << 20, 2) if bench.quick else (1 << 30, 7)
    answer = Answer(f"ship: what it costs to bring {size(nbytes)} of float32 into a fresh process, and back")
    answer.facts["nbytes"] = nbytes
    ways = {n: t for n, t in TRANSPORTS.items() if n != "joblib memmap" or version("joblib")}
    if len(ways) < len(TRANSPORTS):
        answer.notes.append("without joblib: it isn't installed here")
    with peers.started() as peer:
        bench.progress("ship: another process")
        between_processes(answer, bench, peer, list(ways), nbytes, rounds)
        handles(answer, bench, peer, nbytes)
        small(answer, bench, peer)
    with started(preload=["numpy"]) as kernel:
        bench.progress("ship: a kernel")
        through_the_kernel(answer, bench, kernel, nbytes, rounds)
    return answer


def between_processes(answer: Answer, bench: Bench, peer: Peer, names: list[str], nbytes: int, rounds: int) -> None:
    """The array, there and back by each transport."""
    array = np.arange(nbytes // 4, dtype="float32")
    peer.make(array.size)

    def copy() -> Samples:
        with stopwatch() as watch:
            found = array.copy()
        yield COPY, watch.seconds
        with stopwatch() as watch:
            np.copyto(found, array)
        yield AGAIN, watch.seconds
        del found

    ways = [Way(copy)] + [Way(lambda name=name: there_and_back(peer, name, array)) for name in names]
    series = interleaved(ways, rounds, progress=bench.rounds("ship: transports"))
    gc.collect()
    for what in (" in", " in, all pages read", " back", " back, all pages read"):
        found = {n: series[n] for n in (COPY, AGAIN)} | {n: series[n + what] for n in names}
        answer.tables.append(timings(f"{size(nbytes)} between two processes,{what}", found, COPY))
    for way in (" in", " back"):
        ours, pipe = series[OURS + way], series[PIPE + way]
        answer.goals.append(Goal(f"pack and unpack,{way} / numpy.copy", ours.over(series[COPY]), 1.5, "x"))
        answer.goals.append(Goal(f"multiprocess Pipe,{way} / pack and unpack", pipe.over(ours), 8, "x", True))
    answer.series |= series


def there_and_back(peer: Peer, name: str, array: np.ndarray) -> Samples:
    """One transport: seconds until the array is there, and until each of its pages has been read, both ways."""
    transport = TRANSPORTS[name]()
    begun = time.perf_counter()
    peer.take(name)
    transport.send(peer.road, array)
    peer.wait()
    yield f"{name} in", time.perf_counter() - begun
    peer.wait()
    yield f"{name} in, all pages read", time.perf_counter() - begun
    transport.done()
    peer.done()
    begun = time.perf_counter()
    peer.give(name)
    found = transport.receive(peer.road)
    yield f"{name} back", time.perf_counter() - begun
    touch(found)
    yield f"{name} back, all pages read", time.perf_counter() - begun
    del found
    transport.done()
    peer.done()


def handles(answer: Answer, bench: Bench, peer: Peer, nbytes: int) -> None:
    """A packed result goes on unopened: pack it again, send it, have it opened there."""
    sizes = [nbytes >> 10, nbytes >> 5, nbytes]
    held = []
    for each in sizes:
        (parcel,) = pack({"x": np.zeros(each // 4, "float32")}, namespace={}).parcels
        held.append((f"handle of {size(each)}", Handle(parcel, "x", "1")))

    def pass_on(name: str, handle: Handle) -> Samples:
        begun = time.perf_counter()
        peer.open()
        (parcel,) = pack({"x": handle}, namespace={}).parcels
        send_parcel(peer.road, parcel)
        peer.wait()
        yield name, time.perf_counter() - begun

    ways = [Way(lambda name=name, handle=handle: pass_on(name, handle)) for name, handle in held]
    series = interleaved(ways, 5 if bench.quick else 50, progress=bench.rounds("ship: handles"))
    first, *_, last = series
    answer.tables.append(timings("A packed result, passed on to another process and opened there", series, first))
    answer.goals.append(Goal(f"a handle of {size(nbytes)}, passed on", series[last].median * 1e3, 2, "ms"))
    answer.series |= series


def small(answer: Answer, bench: Bench, peer: Peer) -> None:
    """Ten thousand small values as inputs: packed, sent, opened."""
    kinds = {
        "10,000 integers": {f"v{i}": i for i in range(SMALL)},
        "10,000 texts, lists and dicts": {f"v{i}": [f"value {i}", [i, i + 1], {"i": i}][i % 3] for i in range(SMALL)},
        "10,000 small arrays": {f"v{i}": np.full(8, i) for i in range(SMALL)},
    }

    def ship(name: str, values: dict[str, object]) -> Samples:
        begun = time.perf_counter()
        peer.open()
        (parcel,) = pack(values, namespace=values, together=True).parcels
        send_parcel(peer.road, parcel)
        peer.wait()
        yield name, time.perf_counter() - begun

    ways = [Way(lambda name=name, values=values: ship(name, values)) for name, values in kinds.items()]
    series = interleaved(ways, 2 if bench.quick else 15, progress=bench.rounds("ship: small values"))
    first = next(iter(series))
    answer.tables.append(timings("Many small inputs, packed, sent and opened", series, first))
    for name, each in series.items():
        answer.goals.append(Goal(name, each.median * 1e3, 100, "ms"))
    answer.series |= series


def through_the_kernel(answer: Answer, bench: Bench, kernel: Kernel, nbytes: int, rounds: int) -> None:
    """The same through real cells: what a cell with the array takes more than one without it."""
    names = ",".join(f"v{i}" for i in range(SMALL))
    kernel.seconds(f"import numpy\nbig = numpy.arange({nbytes // 4}, dtype='float32')")
    kernel.seconds(f"for i in range({SMALL}): globals()[f'v{{i}}'] = {SMALL_VALUES}[i % 5]")
    copy, nothing, into, both, many = (
        "numpy.copy in the kernel", "no-op", "-i big", "-i big -o big2", f"-i with {SMALL:,} small values",
    )  # fmt: skip

    def cell(name: str, code: str) -> Callable[[], Samples]:
        def turn() -> Samples:
            time.sleep(PAUSE)
            yield name, kernel.seconds(code)

        return turn

    cells = {
        copy: "_copied = big.copy()",
        nothing: "%%isolated\npass",
        into: "%%isolated -i big\npass",
        both: "%%isolated -i big -o big2\nbig2 = big\nbig2[0] = 1",  # written to, so that it is a value of its own
        many: f"%%isolated -i {names}\npass",
    }
    ways = [Way(cell(name, code)) for name, code in cells.items()]
    # The copy and the last result are freed between the turns: freeing is no part of the next one's cost.
    ways.insert(1, Way(cell("free", "del _copied")))
    ways.append(Way(cell("free", "del big2")))
    series = interleaved(ways, rounds, progress=bench.rounds("ship: cells"))
    del series["free"]
    answer.tables.append(timings(f"Cells with {size(nbytes)}, from request to idle", series, copy))
    shipped_in = series[into].minus(series[nothing])
    shipped_back = series[both].minus(series[into])
    for what, each in (("in", shipped_in), ("back", shipped_back)):
        goal = Goal(f"{size(nbytes)} {what} through the kernel / numpy.copy", each.over(series[copy]), 1.5, "x")
        answer.goals.append(goal)
        answer.notes.append(_told(what, each, series[copy]))
    small_ones = series[many].minus(series[nothing])
    answer.goals.append(Goal(f"{SMALL:,} small inputs of a cell", small_ones.median * 1e3, 100, "ms"))
    extra = {"in, through the kernel": shipped_in, "back, through the kernel": shipped_back}
    answer.series |= series | extra | {"small inputs, through the kernel": small_ones}


def _told(what: str, series: Series, copy: Series) -> str:
    return f"through the kernel, {what}: {duration(series.median)}, {ratio(series.over(copy))} numpy.copy"
