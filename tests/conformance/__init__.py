"""Test suites of other projects, run on isokernel and on ipykernel itself: ``python -m tests.conformance``.

Nothing of them is kept here. `suites` says what there is, gets it and runs it; `plugin` is what pytest is given for it;
`samples` is what jupyter_kernel_test asks of a Python kernel, and `notebooks` who executes the demo's notebook.
"""
