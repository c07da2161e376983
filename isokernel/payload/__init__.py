"""Values to parcels and back.

:func:`pack` turns the values of some names into parcels, :func:`unpack` opens them in another process. What libraries
know of their types they tell with :func:`register_reducer`.
"""

from .changes import ATOMS, Unchanged, array_imprint, atoms_watch, imprint, reads_inside, stream_watch, untouched
from .classes import held, silence_destructors
from .constants import goes_by_name
from .functions import importable as is_importable
from .functions import made_at_runtime
from .importing import IMPORT, Import, importable
from .opening import Landings
from .parcel import Packed, Parcel
from .parcels import Packing, pack, unpack
from .pickler import HANDLE
from .python import proxied
from .registry import Refuse, register_reducer
from .sharing import changeable, is_fixed
from .summary import Summary

__all__ = [
    "ATOMS", "HANDLE", "IMPORT", "Import", "Landings", "Packed", "Packing", "Parcel", "Refuse", "Summary", "Unchanged",
    "array_imprint", "atoms_watch", "changeable", "goes_by_name", "held", "importable", "imprint", "is_fixed",
    "is_importable", "made_at_runtime", "pack", "proxied", "reads_inside", "register_reducer", "silence_destructors",
    "stream_watch", "unpack", "untouched",
]  # fmt: skip
