"""A training cell is a function: fresh process, declared inputs, declared outputs."""

__version__ = "0.1.0"
