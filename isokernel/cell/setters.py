"""Calls of a cell that set something for the whole process: seeds, policies, devices, trackers.

Found by what names stand for, in the statements that the cell executes itself; functions that it only defines aren't
looked into. Which setters there are is a table; the rest of the world sets what it likes unseen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..quiet import quiet
from .meanings import Framework, Module, Notebook


@dataclass(frozen=True, slots=True)
class Setter:
    """One statement that sets something for the process.

    Attributes
    ----------
    name : str
        What is called, by its full name: ``'tf.random.set_seed'``, ``'keras.utils.set_random_seed'``.
    written : str
        The same as the cell has it.
    statement : str
        The whole statement of the cell that does it, on its lines.
    plain : bool
        Whether the statement does nothing else.
    carried : bool
        Whether undeclared cells are given what it sets.
    """

    name: str
    written: str
    statement: str
    plain: bool
    carried: bool


def _table(*rows: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{row})" for row in rows))


_WITHIN = r"(?:\w+\.)*"
CARRIED = _table(
    rf"tf\.{_WITHIN}(?:set_seed|set_random_seed)",
    rf"tf\.{_WITHIN}config\.{_WITHIN}(?:set|enable|disable)_\w+",
    rf"tf\.{_WITHIN}run_functions_eagerly",
    rf"tf\.{_WITHIN}(?:disable_eager_execution|enable_op_determinism|set_log_device_placement|enable_debug_mode)",
    rf"tf\.{_WITHIN}autograph\.set_verbosity",
    rf"tf\.{_WITHIN}(?:get_logger\(\)\.setLevel|logging\.set_verbosity)",
    rf"keras\.{_WITHIN}(?:set_random_seed|set_global_policy|set_dtype_policy|set_policy)",
    rf"keras\.{_WITHIN}set_(?:floatx|epsilon|image_data_format)",
    rf"keras\.{_WITHIN}(?:enable|disable)_(?:interactive_logging|traceback_filtering)",
    r"numpy\.random\.seed|random\.seed|numpy\.set_printoptions|numpy\.seterr|sklearn\.set_config",
    rf"matplotlib\.{_WITHIN}(?:rc|rcdefaults|style\.use|rcParams|rcParams\.update)",
    r"seaborn\.set(?:_theme|_style|_context|_palette)?",
    r"logging\.basicConfig|logging\.getLogger\(\)\.addHandler|tf\.get_logger\(\)\.addHandler",
    rf"pandas\.(?:set_option|options\.{_WITHIN}\w+)",
)
OTHERS = _table(
    rf"tf\.{_WITHIN}(?:disable|enable)_(?:v2_\w+|control_flow_v2|resource_variables|check_numerics|\w+_equality)",
    rf"tf\.{_WITHIN}dump\.enable_\w+",
    rf"keras\.{_WITHIN}(?:enable|disable)_(?:unsafe_deserialization|flash_attention)",
    rf"keras\.{_WITHIN}(?:set_distribution|set_max_epochs|set_max_steps_per_epoch)",
    rf"mlflow\.{_WITHIN}(?:autolog|start_run)|wandb\.(?:init|login)|comet_ml\.(?:init|start|Experiment)",
)
TRACKERS = _table(rf"mlflow\.{_WITHIN}(?:autolog|start_run)|wandb\.init|comet_ml\.(?:start|Experiment)")
"""These report what is trained; one that was started elsewhere than the training hears nothing of it."""
RESUMED = {"mlflow.start_run": "mlflow.start_run(run_id=…)", "wandb.init": "wandb.init(id=…, resume='allow')"}
"""What is begun by a call, ends with its process, and goes on by another call."""

_WORD = re.compile(
    r"seed|set_|enable|disable|eagerly|rc\b|rcParams|style|seaborn|sns|options|logging|Level|mlflow|wandb|comet"
)
_LEGACY = re.compile(r"^(?:tensorflow|tf)\.(?:compat\.v[12]\.|_api\.v[12]\.|python\.)?")


def setters(source: str, notebook: Notebook) -> tuple[Setter, ...]:
    """The setters among the statements that `source`, which is Python, executes itself; each name once.

    Parameters
    ----------
    source : str
    notebook : Notebook
        Knows what names stand for before the cell.
    """
    if not _WORD.search(source):
        return ()
    try:
        with quiet():
            tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    names = _Names(notebook)
    found: dict[str, Setter] = {}
    for statement in tree.body:
        plain = _is_plain(statement, names)
        for node in _executed(statement):
            names.learn(node)
            path = names.set_by(node)
            if path is None or not (CARRIED.fullmatch(path) or OTHERS.fullmatch(path)):
                continue
            text = ast.get_source_segment(source, statement) or ""
            written = ast.unparse(_set(node))
            found.setdefault(path, Setter(path, written, text, plain, CARRIED.fullmatch(path) is not None))
    return tuple(found.values())


def _executed(statement: ast.stmt) -> Iterator[ast.AST]:
    """All nodes of a statement, in order, but for the bodies of functions and classes."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            todo[:0] = ast.iter_child_nodes(node)


def _set(node: ast.AST) -> ast.expr | None:
    """What a call calls, or an assignment assigns to, whole: ``rcParams`` of ``rcParams['font.size'] = 9``."""
    if isinstance(node, ast.Call):
        return node.func
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(target, ast.Subscript):
        return target.value
    return target if isinstance(target, ast.Attribute) else None


def _is_plain(statement: ast.stmt, names: _Names) -> bool:
    """Whether all that a statement does is to call setters, in whatever loops and conditions, or to tell of it."""
    if isinstance(statement, (ast.If, ast.For, ast.Try)):
        handlers = getattr(statement, "handlers", [])
        blocks = [*statement.body, *statement.orelse, *getattr(statement, "finalbody", [])]
        return all(_is_plain(each, names) for each in (*blocks, *(s for handler in handlers for s in handler.body)))
    if isinstance(statement, (ast.Pass, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        path = names.path(statement.value.func) or ""
        return path == "print" or _known(path)
    return isinstance(statement, ast.Assign) and _known(names.set_by(statement) or "")


def _known(path: str) -> bool:
    return CARRIED.fullmatch(path) is not None or OTHERS.fullmatch(path) is not None


class _Names:
    """What the cell's names stand for, as paths: ``'tf.random.set_seed'``."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook
        self._bound: dict[str, str] = {}

    def learn(self, node: ast.AST) -> None:
        """Take note of what an import binds."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._bound[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            self._bound.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})

    def set_by(self, node: ast.AST) -> str | None:
        """The path of what a call calls, or of what an assignment assigns to."""
        target = _set(node)
        return None if target is None else self.path(target)

    def path(self, node: ast.expr) -> str | None:
        """What an expression of names, dots and calls stands for; None for another."""
        found = self._path(node)
        return None if found is None else _said(found)

    def _path(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            if node.id in self._bound:
                return self._bound[node.id]
            meaning = self._notebook.meaning(node.id)
            if isinstance(meaning, (Framework, Module)):
                return meaning.path
            return node.id if node.id == "print" else None
        if isinstance(node, ast.Attribute):
            before = self._path(node.value)
            return before and f"{before}.{node.attr}"
        if isinstance(node, ast.Call):
            before = self._path(node.func)
            return before and f"{before}()"
        return None


def _said(path: str) -> str:
    """A path as users say it: ``tf.…``, ``keras.…``, without where it is implemented."""
    path = re.sub(r"^(?:tensorflow\.(?:_api\.v2\.v2\.|compat\.v[12]\.)?keras|tf_keras)(?=\.|$)", "keras", path)
    path = re.sub(r"^keras\.(?:src\.|_tf_keras\.keras\.|api\.)", "keras.", path)
    return _LEGACY.sub("tf.", path) if path.startswith("tensorflow") else path
