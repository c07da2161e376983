"""Values to parcels and back.

:func:`pack` turns the values of some names into parcels, :func:`unpack` opens them in another process. What libraries
know of their types they tell with :func:`register_reducer`.
"""

from .changes import ATOMS, Unchanged, array_watch, atoms_watch, stream_watch, untouched
from .classes import held
from .functions import cell_contents
from .importing import Import, importable
from .opening import Landings
from .parcel import Packed, Parcel
from .parcels import Packing, pack, unpack
from .pickler import HANDLE
from .registry import Refuse, register_reducer
from .summary import Summary

__all__ = [
    "ATOMS", "HANDLE", "Import", "Landings", "Packed", "Packing", "Parcel", "Refuse", "Summary", "Unchanged",
    "array_watch", "atoms_watch", "cell_contents", "held", "importable", "pack", "register_reducer", "stream_watch",
    "unpack", "untouched",
]  # fmt: skip
