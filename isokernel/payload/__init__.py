"""Values to parcels and back."""

from .registry import Refuse, register_reducer

__all__ = ["Refuse", "register_reducer"]
