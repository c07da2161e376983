"""Values to parcels and back.

:func:`pack` turns the values of some names into parcels, :func:`unpack` opens them in another process. What libraries
know of their types they tell with :func:`register_reducer`.
"""

from .changes import untouched
from .parcel import Parcel, Summary
from .parcels import Packing, pack, unpack
from .registry import Refuse, register_reducer

__all__ = ["Packing", "Parcel", "Refuse", "Summary", "pack", "register_reducer", "unpack", "untouched"]
