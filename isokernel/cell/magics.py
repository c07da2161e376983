"""What magics and shell lines do with the names of the notebook, as far as it is known.

IPython has turned them into calls: ``get_ipython().run_line_magic('time', 'fit()')``, ``.system('ls {folder}')``.
A magic that isn't known here may do anything.
"""

from __future__ import annotations

import ast
import re
import string
from dataclasses import dataclass

# Neither read nor bind names of the notebook, but for what IPython expands in their line.
_PLAIN = (
    # files, folders, the shell
    "cat cd conda cp dhist dirs ldir lf lk ll ls lx mamba man micromamba mkdir more mv pip popd pushd pwd rm rmdir"
    " sx system uv writefile file alias unalias rehashx bookmark ! !!"
    # settings
    " autoawait autocall autoindent automagic autoreload autosave colors config doctest_mode env gui load_ext"
    " logoff logon logstart logstate logstop matplotlib pdb pprint precision reload_ext set_env unload_ext xmode"
    " subshell tb tensorboard dotenv watermark"
    # what is shown
    " HTML SVG html javascript js latex markdown svg quickref magic lsmagic hist history notebook page"
    # other languages
    " bash cmd perl pypy python python2 python3 ruby script sh"
)
PLAIN = frozenset(_PLAIN.split())
ABOUT = frozenset({"pdef", "pdoc", "pfile", "pinfo", "pinfo2", "psearch", "psource"})  # of a name, if there is one
# Run Python in the notebook's namespace, and the options of theirs that take a value.
RUNS = {"time": "", "prun": "lsTD", "capture": ""}
TIMEIT_OPTIONS = "nrpv"

# Reach the namespace around the text of the cell.
_REACH = (
    "user_ns user_global_ns user_module user_ns_hidden push ex ev run_cell run_cell_async run_code run_ast_nodes"
    " run_line_magic run_cell_magic magic drop_by_id del_var reset safe_execfile safe_execfile_ipy"
    " enable_pylab"
)
_REACHES = frozenset(_REACH.split())
_DOLLAR = re.compile(r"(.*?)\$(\$?[\w\.]+)(?=([^']*'[^']*')*[^']*$)")  # IPython's own


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that a magic reads; nothing fails where it is absent if it isn't `needed`."""

    name: str
    needed: bool


@dataclass(frozen=True, slots=True)
class Code:
    """Python that a magic runs.

    `shift` is added to its line numbers to get the cell's. What `own` code binds is lost (``%timeit``).
    """

    source: str
    shift: int
    own: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What one call of ``get_ipython()`` does with names."""

    label: str
    names: tuple[Mention, ...] = ()
    binds: tuple[str, ...] = ()
    code: tuple[Code, ...] = ()
    open_ended: bool = False


def effect(node: ast.Call) -> Effect | None:
    """What this call does, or None if it isn't one of a magic or of the shell."""
    function = node.func
    if type(function) is not ast.Attribute or not is_shell(function.value):
        return None
    texts = [argument.value for argument in node.args if type(argument) is ast.Constant]
    literal = len(texts) == len(node.args) and not node.keywords and all(type(text) is str for text in texts)
    match function.attr, texts:
        case "system" | "getoutput", [command] if literal:
            return Effect("!", expanded(command))
        case "run_line_magic", [name, line] if literal:
            return _line_magic(name, line, node.lineno)
        case "run_cell_magic", [name, line, body] if literal:
            return _cell_magic(name, line, body, node.lineno)
    if function.attr in _REACHES:
        return Effect(f"get_ipython().{function.attr}", open_ended=True)
    return None


def reaches(node: ast.Attribute) -> bool:
    """Whether `node` takes the namespace out of the shell: ``get_ipython().user_ns``."""
    return node.attr in _REACHES and is_shell(node.value)


def is_shell(node: ast.expr) -> bool:
    """Whether `node` is ``get_ipython()``."""
    return type(node) is ast.Call and type(node.func) is ast.Name and node.func.id == "get_ipython"


def _line_magic(name: str, line: str, lineno: int) -> Effect:
    label = f"%{name}"
    if name == "timeit":
        return Effect(label, code=(Code(without_options(line, TIMEIT_OPTIONS), lineno - 1, own=True),))
    if name in ("time", "prun"):
        return Effect(label, code=(Code(without_options(line, RUNS[name]), lineno - 1),))
    if name == "aimport":
        modules = (word.strip().partition(".")[0] for word in line.split(","))
        return Effect(label, binds=tuple(word for word in modules if word.isidentifier()))
    if name in ABOUT:
        subject = re.match(r"\w+", line.strip().strip("?"))
        return Effect(label, (Mention(subject[0], needed=False),) if subject else ())
    return Effect(label, expanded(line), open_ended=name not in PLAIN)


def _cell_magic(name: str, line: str, body: str, lineno: int) -> Effect:
    label = f"%%{name}"
    if name == "timeit":
        setup = without_options(line, TIMEIT_OPTIONS)
        if setup:
            return Effect(label, code=(Code(f"{setup}\n{body}", lineno - 1, own=True),))
        return Effect(label, code=(Code(body, lineno, own=True),))
    if name == "capture":
        output = [word for word in line.split() if word.isidentifier()][:1]
        return Effect(label, binds=tuple(output), code=(Code(body, lineno),))
    if name in RUNS:
        return Effect(label, code=(Code(body, lineno),))
    if name in PLAIN:
        return Effect(label, expanded(line), binds=tuple(re.findall(r"--(?:out|err|proc)[ =]+([^\W\d]\w*)", line)))
    return Effect(label, open_ended=True)


def without_options(line: str, valued: str) -> str:
    """`line` after its leading options; the letters in `valued` are options that take a value.

    >>> without_options("-n 3 -q f(x)", "nr")
    'f(x)'
    """
    rest = line.strip()
    while found := re.match(r"-(-[\w-]+|\w[\w.]*)(\s+|$)", rest):
        rest = rest[found.end() :]
        if len(found[1]) == 1 and found[1] in valued:
            rest = rest.partition(" ")[2].lstrip()
    return rest


def expanded(text: str) -> tuple[Mention, ...]:
    """The names that IPython puts the values of into the text of a magic or of a shell line.

    As there: ``{expression}``, ``$name`` and ``$name.attribute`` outside single quotes, and nothing at all if any
    part of it isn't right (``awk '{print $1}'``).

    >>> [mention.name for mention in expanded("cp {folder}/a $target/b")]
    ['folder', 'target']
    """
    if "{" not in text and "$" not in text:
        return ()
    found: list[Mention] = []
    try:
        for literal, field, specification, _ in string.Formatter().parse(text):
            # A name after a dollar may be the shell's, and an absent one is left as it stands.
            words = (match[2] for match in _DOLLAR.finditer(literal))
            found += (Mention(word.partition(".")[0], needed=False) for word in words if word[0] != "$")
            if field is not None:
                tree = ast.parse(field.strip(), mode="eval")
                found += (Mention(node.id, needed=True) for node in ast.walk(tree) if isinstance(node, ast.Name))
            if specification:
                found += expanded(specification)
    except (ValueError, SyntaxError):
        return ()
    return tuple(mention for mention in dict.fromkeys(found) if mention.name.isidentifier())
