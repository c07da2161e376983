"""The declaration's line: options, items, and how they are written.

Items after ``-i`` and ``-o`` are separated by blanks or commas that stand outside brackets and strings. Python's own
tokenizer finds those, because quotes belong to the expression: ``-i title='a, b' -i f=(lambda x: x + 1)``.
"""

from __future__ import annotations

import io
import keyword
import re
import shlex
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from ..errors import BadOption
from ..quiet import quiet
from . import options
from .options import EXAMPLES, OPTIONS

_BY_FLAG = {flag: option.flags[0] for option in OPTIONS for flag in option.flags}
FLAGS = tuple(_BY_FLAG)

# Any word may follow "# %% isolated" in a title of a script's cell; only options make it a declaration.
_COMMENT = re.compile(r"#[ \t]*%%[ \t]+(isolated|prelude)(?:[ \t]+(--?[A-Za-z].*))?[ \t\r]*(?:\n|\Z)")
_HEAD = re.compile(r"\s*(?:%%\w+|#[ \t]*%%[ \t]+isolated)")
_PLAIN_NAME = re.compile(r"[\s,]*([^\W\d]\w*)(?=[\s,]|\Z)")
_ASSIGNMENT = re.compile(r"(\w+)=(?!=)(.*)", re.DOTALL)


class Input(NamedTuple):
    """A name that goes in, with the notebook's value, or with that of `expression`."""

    name: str
    expression: str | None = None

    def __str__(self) -> str:
        return self.name if self.expression is None else f"{self.name}={self.expression}"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a cell is given, what it leaves, and how its process is started.

    Attributes
    ----------
    inputs : tuple of Input
        In the order written, each name once.
    outputs : tuple of str
        Names, each once.
    cold : bool
        Start a fresh interpreter.
    env : tuple of (str, str)
        Environment variables of the run.
    seed : int or None
        0 to 2**32 - 1.
    pdb : bool
        Open the debugger on an uncaught exception.
    linger : float
        Seconds that the process stays for its widgets.
    gpus : str
        Which GPUs, as ``2`` or ``none``; '' for what the cell seems to need.
    packed : bool
        Leave the results packed.
    timeout : float
        Seconds that the cell may take; 0 for what is configured.
    memory : str
        What it may hold, as ``8G``; '' for what is configured.
    keep_children : bool
        Let the processes that it starts live on.
    auto : bool
        Beside what is declared, whatever the cell reads goes in, and whatever it leaves comes back.
    """

    inputs: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    cold: bool = False
    env: tuple[tuple[str, str], ...] = ()
    seed: int | None = None
    packed: bool = False
    auto: bool = False
    pdb: bool = False
    linger: float = 0.0
    gpus: str = ""
    timeout: float = 0.0
    memory: str = ""
    keep_children: bool = False

    def line(self) -> str:
        """The declaration as a comment: ``# %% isolated -i X,y -o model``."""
        return f"# %% isolated {self._options()}".rstrip()

    def shown(self) -> str:
        """The same for people: without the values of variables, for one may be a password, and notebooks are shared."""
        return hidden(self.line())

    def magic(self) -> str:
        """The declaration as a magic: ``%%isolated -i X,y -o model``."""
        return f"%%isolated {self._options()}".rstrip()

    def _options(self) -> str:
        words = []
        for plain, group in groupby(self.inputs, lambda item: item.expression is None):
            if plain:
                words.append("-i " + ",".join(item.name for item in group))
            else:
                words += (f"-i {item}" for item in group)
        if self.outputs:
            words.append("-o " + ",".join(self.outputs))
        if self.auto:
            words.append("--auto")
        if self.cold:
            words.append("--cold")
        words += (
            f"--env {name}={value if value and _plain(value) else shlex.quote(value)}" for name, value in self.env
        )
        if self.seed is not None:
            words.append(f"--seed {self.seed}")
        if self.gpus:
            words.append(f"--gpus {self.gpus}")
        if self.timeout:
            words.append(f"--timeout {self.timeout:g}s")
        if self.memory:
            words.append(f"--memory {self.memory}")
        if self.keep_children:
            words.append("--keep-children")
        if self.pdb:
            words.append("--pdb")
        if self.linger:
            words.append(f"--linger {self.linger:g}s")
        if self.packed:
            words.append("--packed")
        return " ".join(words)


def parse(line: str) -> Declaration:
    """The declaration that `line`, the text after ``%%isolated`` or ``# %% isolated``, spells.

    Raises
    ------
    BadOption
        An option that is unknown, or that can't take what follows it.
    """
    inputs: dict[str, Input] = {}
    outputs: dict[str, None] = {}
    env: dict[str, str] = {}
    seed, more = None, dict[str, Any]()
    for group in _groups(line):
        match _BY_FLAG[group.flag]:
            case "-i":
                for item in map(_input, group.texts):
                    if inputs.setdefault(item.name, item) != item:
                        raise BadOption(f"-i {item}", reason=f"{item.name} is given twice, with different values")
            case "-o":
                outputs.update((_output(text), None) for text in group.texts)
            case "--cold" | "--packed" | "--pdb" | "--auto" | "--keep-children" as flag:
                more[flag[2:].replace("-", "_")] = True
            case "--env":
                name, value = options.variable(group.texts[0])
                if env.setdefault(name, value) != value:
                    raise BadOption(f"--env {name}", reason=f"{name} is given twice, with different values")
            case "--seed":
                number = options.seed(group.texts[0])
                if seed not in (None, number):
                    raise BadOption(f"--seed {number}", reason="the seed is given twice, with different values")
                seed = number
            case "--linger" | "--timeout" as flag:
                more[flag[2:]] = options.duration(flag, group.texts[0])
            case "--memory":
                more["memory"] = options.memory(group.texts[0])
            case "--gpus":
                more["gpus"] = options.gpus(group.texts[0])
    return Declaration(tuple(inputs.values()), tuple(outputs), env=tuple(env.items()), seed=seed, **more)


def comment_declaration(source: str) -> str | None:
    """The options in the comment that begins `source`, or None if it begins with no declaration.

    ``# %% isolated`` must be the very first line, with nothing but options after it: ``# %% isolated thoughts`` is a
    title, ``# %%isolated -i X`` a magic that was commented out.
    """
    found = _COMMENT.match(source)
    return None if found is None or found[1] != "isolated" else (found[2] or "").rstrip()


def comment_magic(source: str) -> str | None:
    """The magic that the comment stands for which begins `source`: ``%%isolated -i X``, ``%%prelude``; or None."""
    found = _COMMENT.match(source)
    return None if found is None else f"%%{found[1]} {found[2] or ''}".rstrip()


def hidden(line: str) -> str:
    """`line`, a whole declaration in either form, with an ellipsis for each value of a variable."""
    head = _HEAD.match(line)
    start = head.end() if head else 0
    for group in reversed(list(_groups(line[start:]))):
        if _BY_FLAG[group.flag] == "--env":
            name = group.texts[0].partition("=")[0]
            line = f"{line[: start + group.start]}{name}={options.HIDDEN}{line[start + group.end :]}"
    return line


def corrected(line: str, names: tuple[str, ...]) -> str:
    """`line`, a whole declaration in either form, with `names` added to what goes in; as :func:`hidden` shows it."""
    line = hidden(line.rstrip())
    head = _HEAD.match(line)
    start = head.end() if head else 0
    for group in _groups(line[start:]):
        if _BY_FLAG[group.flag] == "-i" and all("=" not in text for text in group.texts):
            written = line[start + group.start : start + group.end]
            separator = " " if len(group.texts) > 1 and "," not in written else ","
            return line[: start + group.end] + "".join(separator + name for name in names) + line[start + group.end :]
    return f"{line[:start]} -i {','.join(names)}{line[start:]}"


@dataclass(frozen=True, slots=True)
class _Group:
    """A flag and what is given to it; `start` and `end` enclose that in the text."""

    flag: str
    texts: tuple[str, ...]
    start: int
    end: int


def _groups(text: str) -> Iterator[_Group]:
    position = 0
    while found := re.compile(r"\s*(\S+)").match(text, position):
        word, start = found[1], found.start(1)
        flag, joined, _ = word.partition("=") if word.startswith("--") else (word, "", "")
        if word[:2] in ("-i", "-o") and f"-{word.partition('=')[0]}" not in _BY_FLAG:
            flag = word[:2]
        if flag not in _BY_FLAG:
            raise BadOption(flag, FLAGS)
        position = start + len(flag) + len(joined)
        match _BY_FLAG[flag]:
            case "-i" | "-o" as kind:
                items = tuple(_items(text, position, flag))
                if not items:
                    example = "X,y" if kind == "-i" else "model"
                    raise BadOption(flag, reason=f"names are missing after it, as in {kind} {example}")
                yield _Group(flag, tuple(item for item, _, _ in items), items[0][1], position := items[-1][2])
                position = _after_commas(text, position)
            case "--auto" | "--cold" | "--packed" | "--pdb" | "--keep-children":
                if joined:
                    raise BadOption(flag, reason="takes no value")
                yield _Group(flag, (), position, position)
            case _:
                word, begin, position = _word(text, position, flag)
                yield _Group(flag, (word,), begin, position)


def _items(text: str, position: int, flag: str) -> Iterator[tuple[str, int, int]]:
    """Items with where they start and end, until the next option."""
    # Plain names, while there are only such: the tokenizer needs ten times as long for them.
    while found := _PLAIN_NAME.match(text, position):
        yield found[1], found.start(1), found.end(1)
        position = found.end(1)
    offset = position + len(text[position:]) - len(text[position:].lstrip())
    rest = text[offset:]
    depth, begin, end = 0, None, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(rest).readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER) or not token.string.strip():
                continue
            at = token.start[1]
            if begin is not None and not depth and (at > end or token.string == ","):
                yield rest[begin:end], offset + begin, offset + end
                begin = None
            if token.string == "," and not depth:
                continue
            if begin is None:
                if rest[at] == "-":
                    return
                begin = at
            depth += _nesting(token)
            end = token.end[1]
    except (tokenize.TokenError, SyntaxError):
        depth = 1
    if begin is not None:
        if depth > 0:
            raise BadOption(f"{flag} {rest[begin:]}", reason="a bracket or a quote isn't closed")
        yield rest[begin:end], offset + begin, offset + end


def _nesting(token: tokenize.TokenInfo) -> int:
    if token.type == tokenize.OP:
        return (token.string in "([{") - (token.string in ")]}")
    kind = tokenize.tok_name[token.type]  # an f-string is many tokens from 3.12 on
    return kind.endswith("STRING_START") - kind.endswith("STRING_END")


def _after_commas(text: str, position: int) -> int:
    return re.compile(r"[\s,]*").match(text, position).end()


def _word(text: str, position: int, flag: str) -> tuple[str, int, int]:
    """The next word, with quotes taken off wherever they stand in it."""
    found = re.compile(r"""\s*((?:'[^']*'|"[^"]*"|[^\s'"])+)""").match(text, position)
    if found is None:
        if text[position:].strip():
            raise BadOption(flag, reason="a quote isn't closed")
        raise BadOption(flag, reason=f"a value is missing after it, as in {flag} {EXAMPLES[flag]}")
    if found.end() < len(text) and text[found.end()] in "'\"":
        raise BadOption(flag, reason="a quote isn't closed")
    word = re.sub(r"""'([^']*)'|"([^"]*)\"""", lambda quoted: quoted[1] or quoted[2] or "", found[1])
    return word, found.start(1), found.end()


def _plain(value: str) -> bool:
    return not re.search(r"[\s'\"]", value)


def _input(text: str) -> Input:
    if _is_name(text):
        return Input(text)
    found = _ASSIGNMENT.fullmatch(text)
    if found is None:
        if text == "=" or text.startswith("="):
            raise BadOption(f"-i {text}", reason="write name=expression without blanks around the =")
        if re.match(r"[^\W\d]\w*", text) and _compiles(text):
            raise BadOption(f"-i {text}", reason=f"only names go in; give it one, as in -i name={text}")
        raise BadOption(f"-i {text}", reason=f"{text} isn't a name")
    name, expression = found.groups()
    if not _is_name(name):
        raise BadOption(f"-i {text}", reason=f"{name} isn't a name")
    if not expression:
        raise BadOption(f"-i {text}", reason="write name=expression without blanks around the =")
    if not _compiles(expression):
        reason = f"{expression} isn't a Python expression; one with blanks in it goes into parentheses"
        raise BadOption(f"-i {text}", reason=reason)
    return Input(name, expression)


def _output(text: str) -> str:
    if not _is_name(text):
        raise BadOption(f"-o {text}", reason=f"{text} isn't a name")
    return text


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


def _compiles(expression: str) -> bool:
    with quiet():
        try:
            compile(expression, "<-i>", "eval", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
