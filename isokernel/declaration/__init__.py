"""What a cell declares to be given and to leave, and the check of the cell against it.

    %%isolated -i X,y -i lr=0.01 -o model,history        or, as a comment in every other kernel,
    # %% isolated -i X,y -i lr=0.01 -o model,history

`grammar` reads and writes that line, `options` has its options, `evaluation` finds the values that go in, `checking`
compares the cell with all of it, and `inference` finds what a cell would have to declare that declares nothing. This is
done before anything is started. The notebook's namespace is never changed, and only the names that the cell reads are
looked up in it.
"""

from .checking import check, hint, is_own
from .evaluation import evaluate
from .grammar import Declaration, Input, comment_declaration, comment_magic, corrected, parse
from .inference import Inferred, infer, is_result, is_small, is_the_notebooks
from .options import OPTIONS, Option

__all__ = [
    "OPTIONS",
    "Declaration",
    "Inferred",
    "Input",
    "Option",
    "check",
    "comment_declaration",
    "comment_magic",
    "corrected",
    "evaluate",
    "hint",
    "infer",
    "is_own",
    "is_result",
    "is_small",
    "is_the_notebooks",
    "parse",
]
