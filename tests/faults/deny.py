"""Run a program in which the system refuses some calls: ``python deny.py memfd_create,pidfd_open program ...``.

A filter of seccomp(2), as a container's; Linux on x86-64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

NUMBERS = {"memfd_create": 319, "pidfd_open": 434, "pidfd_send_signal": 424, "prctl": 157, "setpgid": 109}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # bpf(4): BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def deny(names: list[str]) -> None:
    """Have these calls fail with EPERM, here and below."""
    rows = [struct.pack("HBBI", LOAD, 0, 0, 0)]  # the call's number
    for name in names:
        rows.append(struct.pack("HBBI", EQUAL, 0, 1, NUMBERS[name]))
        rows.append(struct.pack("HBBI", RETURN, 0, 0, ERRNO | errno.EPERM))
    rows.append(struct.pack("HBBI", RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(rows))
    libc = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(rows), ctypes.addressof(code))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    deny(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
