"""What a cell declares to be given and to leave, and the check of the cell against it.

    %%isolated -i X,y -i lr=0.01 -o model,history        or, as a comment in every other kernel,
    # %% isolated -i X,y -i lr=0.01 -o model,history

`grammar` reads and writes that line, `evaluation` finds the values that go in, `importing` tells what can be imported
instead of carried, and `checking` compares the cell with all of it. This is done before anything is started. The
notebook's namespace is never changed, and only the names that the cell reads are looked up in it.
"""

from .checking import check, hint
from .evaluation import evaluate
from .grammar import OPTIONS, Declaration, Input, Option, comment_declaration, corrected, parse
from .importing import Import, importable

__all__ = [
    "OPTIONS",
    "Declaration",
    "Import",
    "Input",
    "Option",
    "check",
    "comment_declaration",
    "corrected",
    "evaluate",
    "hint",
    "importable",
    "parse",
]
