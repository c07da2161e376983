"""Work that recurses deeper than Python allows, on a stack that is large enough for it."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable
from functools import cache, partial

STACK = 1 << 29  # address space, not memory: pages are taken as they are reached
DEEPEST = STACK // 4096  # a level of pickle with a reducer in Python takes 1 to 2 KiB of it


def deeply(work: Callable[[], object]) -> object:
    """What `work` returns, called in a thread with room for about 100,000 levels.

    Raises
    ------
    RecursionError
        If that is not enough either.
    """
    done: list = []

    def run() -> None:
        try:
            done.append((work(), None))
        except BaseException as error:  # noqa: BLE001 (carried to the caller's thread as it is)
            done.append((None, error))

    # Both are settings of the whole process: other threads may only get more room from them than they had.
    size, limit = threading.stack_size(STACK), sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, DEEPEST))
        thread = threading.Thread(target=run, name="isokernel-deep", daemon=True)  # an interrupt doesn't wait for it
        thread.start()
        threading.stack_size(size)
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    result, error = done[0]
    if error is not None:
        raise error
    return result


_dumps = pickle.dumps  # as it was when this was imported


@cache
def is_pickle_limited() -> bool:
    """Whether pickle in C goes less deep than :func:`deeply` lets it.

    In Python 3.12 and 3.13 it has a limit of its own, which no setting and no larger stack moves.
    """
    nested: list = []
    for _ in range(DEEPEST // 2):
        nested = [nested]
    try:
        deeply(partial(_dumps, nested))
    except RecursionError:
        return True
    return False
