"""Faults: what goes wrong in runs, around them, and in the place they run in; and what must hold afterwards.

    fault     one row: what is done, what is said
    cells     rows: code that does it to itself
    outside   rows: what is done to processes from outside
    places    rows: machines that lack something
    stage     a kernel, what was there before, what is there afterwards

``python -m tests.faults`` runs all and writes docs/faults.md.
"""
