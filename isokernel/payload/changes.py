"""Whether a value that was opened here is certainly as it arrived.

Large arrays are opened from a private mapping: a page that somebody wrote to was copied by the system, and is no page
of the file any more, which ``/proc/self/pagemap`` tells without privileges (Documentation/admin-guide/mm/pagemap.rst:
bit 63 present, 62 swapped, 61 page of a file or shared). A gigabyte is 262,144 pages and two megabytes to read, where
comparing it would take as long as shipping it. Doubt counts as changed.
"""

from __future__ import annotations

import mmap
import sys
from array import array

ATOMS = (int, float, complex, bool, str, bytes, type(None))
LARGE = 1 << 20  # bytes below which packing again costs less than a thought
PRESENT, SWAPPED, OF_A_FILE = 1 << 63, 1 << 62, 1 << 61


def untouched(value: object) -> bool:
    """Whether `value` can't have changed: an atom, or a large array in a mapping that nobody wrote to."""
    if type(value) in ATOMS:
        return True
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not numpy.ndarray or value.nbytes < LARGE or value.dtype.hasobject:
        return False
    if not (value.flags.c_contiguous or value.flags.f_contiguous):
        return False
    return not written(value.__array_interface__["data"][0], value.nbytes)


def written(address: int, length: int) -> bool:
    """Whether a page of this memory is something else than an untouched page of a mapped file."""
    first, last = address // mmap.PAGESIZE, (address + length - 1) // mmap.PAGESIZE
    entries = array("Q")
    try:
        with open("/proc/self/pagemap", "rb") as pagemap:
            pagemap.seek(first * 8)
            entries.frombytes(pagemap.read((last - first + 1) * 8))
    except OSError:
        return True
    return len(entries) != last - first + 1 or any(e & (PRESENT | SWAPPED) and not e & OF_A_FILE for e in entries)
