"""The values that go in."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from ..errors import MissingInput
from ..quiet import quiet
from .grammar import Declaration, Input

_ENOUGH = 2000  # names among which a similar one is looked for; comparing 100,000 takes a second


def evaluate(declaration: Declaration, namespace: dict[str, object]) -> dict[str, object]:
    """The value of each input, in the order declared.

    An expression sees the notebook's names and the inputs before it: ``-i lr=0.1 -i steps=int(1/lr)``. All plain
    names are looked up before any expression is evaluated.

    Raises
    ------
    MissingInput
        The notebook has no variable of that name.
    Exception
        Whatever an expression raises, with a note that says which one it was.
    """
    require(declaration, namespace)
    values: dict[str, object] = {}
    given: dict[str, object] = {}
    for item in declaration.inputs:
        if item.expression is None:
            values[item.name] = namespace[item.name]
        else:
            values[item.name] = given[item.name] = _value(item, given, namespace)
    return values


def require(declaration: Declaration, namespace: Mapping[str, object]) -> None:
    """Raise `MissingInput` for the first plain input that the notebook doesn't have."""
    for item in declaration.inputs:
        if item.expression is None and item.name not in namespace:
            raise MissingInput(item.name, similar(item.name, namespace))


def similar(name: str, namespace: Mapping[str, object]) -> tuple[str, ...]:
    """Public names of the notebook that `name` may have been meant for."""
    names = [known for known in list(namespace) if not known.startswith("_")]
    if len(names) > _ENOUGH:
        names = [known for known in names if known[:2].lower() == name[:2].lower()][:_ENOUGH]
    return tuple(names)


def _value(item: Input, given: dict[str, object], namespace: dict[str, object]) -> object:
    # As parameters of a function, not as eval()'s locals: those, a comprehension or a lambda inside the expression
    # would pass over, and find a variable of the notebook's instead.
    tree = ast.parse(item.expression, mode="eval")
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    seen = {name: value for name, value in given.items() if name in read}
    parameters = ast.arguments([], [ast.arg(name) for name in seen], None, [], [], None, [])
    function = ast.fix_missing_locations(ast.Expression(ast.Lambda(parameters, tree.body)))
    fresh = "__builtins__" not in namespace
    try:
        with quiet():
            code = compile(function, f"<-i {item}>", "eval", dont_inherit=True)
        made = eval(code, namespace)
    finally:
        if fresh:
            namespace.pop("__builtins__", None)
    try:
        return made(*seen.values())
    except Exception as error:
        error.add_note(f"This was raised by -i {item}; nothing was started.")
        raise
