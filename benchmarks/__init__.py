"""What isolation costs, measured beside what it replaces: ``python -m benchmarks``.

One module to a question (:data:`QUESTIONS`), each with a function ``measure(bench) -> Answer``. They share

    harness   interleaved rounds and what is computed of them
    report    tables, goals, text and JSON
    machine   the facts without which a figure says nothing
    kernels   real kernels, and the seconds that a client waits for a cell
    limited   a share of the processors, for some kernels
    task      the training cell that several of them run
    fits      lines and powers through points
    plots     pictures of what is kept as JSON
    summary   README's table of it

Apart from these stands ``beginnings``: ``python -m benchmarks.beginnings``, for the first minute of a notebook.

A figure is a median of interleaved rounds, and a goal is a ratio or a difference of two figures of one run: what else
the machine did at that moment is in both.
"""

QUESTIONS = ("start", "alternatives", "ship", "train", "notebook", "growth", "memory", "values", "gpu")
"""Modules of this package, in the order in which they are asked."""
