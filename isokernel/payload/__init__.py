"""Values to parcels and back.

:func:`pack` turns the values of some names into parcels, :func:`unpack` opens them in another process. What libraries
know of their types they tell with :func:`register_reducer`.
"""

from .changes import Unchanged, atoms_watch, stream_watch, untouched
from .parcel import Packed, Parcel
from .parcels import Packing, pack, unpack
from .registry import Refuse, register_reducer
from .summary import Summary

__all__ = [
    "Packed", "Packing", "Parcel", "Refuse", "Summary", "Unchanged", "atoms_watch", "pack", "register_reducer",
    "stream_watch", "unpack", "untouched",
]  # fmt: skip
