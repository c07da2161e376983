"""Segments: anonymous shared memory that holds what is too large to be copied twice.

A segment is written once by the process that packs (one copy, straight from the buffers), sealed, and mapped privately
by whoever opens it: pages are shared until somebody writes to them, and a write is seen by nobody else. It has no name
in any file system, so nothing is left of it when the last descriptor and the last mapping are gone.

Where the kernel has no memfd_create (macOS, or a sandbox that refuses it) the segment is a temporary file that was
unlinked when it was made: the same promises, but on a disk, in :func:`tempfile.gettempdir`.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import tempfile
import weakref
from collections.abc import Sequence

from ..errors import ProtocolError

LARGE = 64 << 10
"""Bytes from which a buffer gets pages of its own; below it a page fault costs more than the copy."""

PAGE = mmap.PAGESIZE
WRITE_AT_ONCE = 1 << 30  # Linux writes at most 0x7ffff000 bytes a call

try:
    import fcntl

    # Nobody can change the bytes, or take pages away from under a mapping (which would be a SIGBUS for its reader).
    SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
except (ImportError, AttributeError):
    SEALS = 0


class Segment:
    """One stretch of anonymous memory; its descriptor is closed when the last reference to it is dropped.

    Parameters
    ----------
    fd : int
        The descriptor, which belongs to the segment from now on.
    """

    __slots__ = ("__weakref__", "_closer", "fd")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._closer = weakref.finalize(self, os.close, fd)
        self._closer.atexit = False

    def __reduce__(self):
        raise TypeError("a segment travels as a descriptor")

    @property
    def size(self) -> int:
        """Bytes there are behind the descriptor."""
        return os.fstat(self.fd).st_size

    @classmethod
    def holding(cls, pieces: Sequence, offsets: Sequence[int], size: int) -> Segment:
        """A sealed segment of `size` bytes with each piece at its offset.

        Raises
        ------
        OSError
            If there is no memory or no descriptor left.
        """
        fd, sealable = anonymous()
        segment = cls(fd)
        os.truncate(fd, size)
        for piece, offset in zip(pieces, offsets):
            view = memoryview(piece).cast("B")
            while len(view):
                written = os.pwrite(fd, view[:WRITE_AT_ONCE], offset)
                view, offset = view[written:], offset + written
        if sealable and SEALS:
            fcntl.fcntl(fd, fcntl.F_ADD_SEALS, SEALS)
        return segment

    def map(self, size: int) -> memoryview:
        """The first `size` bytes, writable and private: what is written stays in this process.

        The pages live as long as anything that looks at them, and keep no descriptor: a notebook may hold thousands
        of arrays that came this way. (`mmap.mmap` keeps one each, before Python 3.13.)

        Raises
        ------
        ProtocolError
            If the segment is shorter than that.
        OSError
            If there is no address space for it.
        """
        if not 0 < size <= self.size:
            raise ProtocolError(f"a segment of {self.size} bytes was announced as one of {size}")
        address = _libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE, self.fd, 0)
        if address == ctypes.c_void_p(-1).value:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        pages = (ctypes.c_char * size).from_address(address)
        weakref.finalize(pages, _libc.munmap, address, size).atexit = False
        return memoryview(pages).cast("B")


_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
)  # fmt: skip
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)


def anonymous() -> tuple[int, bool]:
    """A descriptor of a new file without a name, and whether it can be sealed."""
    if SEALS and hasattr(os, "memfd_create"):
        try:
            return os.memfd_create("isokernel", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), True
        except PermissionError:
            pass  # a sandbox's filter
        except OSError as error:
            if error.errno not in (38, 22):  # ENOSYS, EINVAL: an old kernel
                raise
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno()), False


def aligned(size: int) -> int:
    """`size` rounded up to whole pages."""
    return -(-size // PAGE) * PAGE
