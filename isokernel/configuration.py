"""What can be configured, and what it does: the traits of ``IsoKernel``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from traitlets import Bool, Bunch, Enum, Float, HasTraits, List, TraitError, Unicode, validate

from .cgroup import parse_memory
from .devices import parse_gpus
from .launch.template import PRELOADED

AUTO = "auto"


class Names(List):
    """A list that may be given as its one item."""

    def validate(self, obj: Any, value: Any) -> Any:
        return super().validate(obj, [value] if isinstance(value, str) else value)


@dataclass(frozen=True, slots=True)
class Preload:
    """What the warm process is to import, as :attr:`Settings.preload` says it.

    ``named`` modules; and what is ``learned``, if it is, but for packages ``apart``.
    """

    named: tuple[str, ...]
    learns: bool
    apart: frozenset[str]

    @classmethod
    def of(cls, names: Sequence[str]) -> Preload:
        """As the setting has it."""
        apart = frozenset(name[1:] for name in names if name.startswith("-"))
        learns = AUTO in names
        given = [*(PRELOADED if learns else ()), *(name for name in names if name != AUTO and name[:1] != "-")]
        return cls(tuple(dict.fromkeys(name for name in given if name not in apart)), learns, apart)


class Settings(HasTraits):
    """Traits of ``IsoKernel``, in a config file, on the kernel's command line or by ``%config IsoKernel.…``."""

    warm = Bool(True, help="Keep a process with the frameworks imported, from which cells start at once.").tag(
        config=True
    )
    idle = Float(
        1800.0,
        min=0.0,
        help="Seconds without an isolated cell after which the warm process ends, and its memory is free.",
    ).tag(config=True)
    preload = Names(
        Unicode(),
        [AUTO],
        help="Modules that the warm process imports, where they are installed; read when the kernel starts. 'auto' is "
        "TensorFlow, Keras, and what cells have imported in two runs or more, but for packages that are named as "
        "'-package'.",
    ).tag(config=True)
    frameworks = List(
        Unicode(),
        ["tensorflow", "keras"],
        help="Top-level modules that make a cell a training cell, and that the notebook itself doesn't import.",
    ).tag(config=True)
    grace = Float(10.0, min=0.0, help="Seconds that an interrupted cell has before it is killed.").tag(config=True)
    exit_grace = Float(
        60.0,
        min=0.0,
        help="Seconds that a cell's exit handlers (of trackers, of pools) have before they are cut off.",
    ).tag(config=True)
    timeout = Float(0.0, min=0.0, help="Seconds that an isolated cell may take; 0 is no limit.").tag(config=True)
    memory = Unicode(
        "",
        help="Memory that an isolated cell may use, with all that it starts: 8G, or 80% of what the machine, or its "
        "container, has; '' is no limit.",
    ).tag(config=True)
    lease = Enum(
        ["exclusive", "shared", "off"],
        "exclusive",
        help="How a cell has the GPUs that it uses: for itself, and waits until they are free; together with others, "
        "without waiting, as those have memory left; or as it finds them.",
    ).tag(config=True)
    gpus = Unicode(
        "",
        help="GPUs of a cell that uses any: a number (2), these (0,3 or device=3), all or none; '' is one, and all for "
        "a cell that trains on many.",
    ).tag(config=True)
    allow_load = Bool(
        False, help="Let results that need a framework be opened in the notebook's own process, which imports it there."
    ).tag(config=True)

    echo = Enum(
        ["first", "always", "never"],
        "first",
        help="When to show, under an undeclared cell, what crossed: once for each declaration that it comes to.",
    ).tag(config=True)

    prelude = Enum(
        ["hint", "auto"],
        "hint",
        help="What to do where an undeclared cell sets something for its whole process (a seed, a policy): tell how to "
        "make it hold in every isolated cell, or see to that.",
    ).tag(config=True)

    @validate("gpus")
    def _gpus(self, proposal: Bunch) -> str:
        try:
            if proposal.value:
                parse_gpus(proposal.value)
        except ValueError as error:
            raise TraitError(f"IsoKernel.gpus: {error}") from None
        return proposal.value

    @validate("memory")
    def _memory(self, proposal: Bunch) -> str:
        try:
            parse_memory(proposal.value)
        except ValueError as error:
            raise TraitError(f"IsoKernel.memory: {error}, as 8G or 80% is") from None
        return proposal.value

    def may_load(self) -> bool:
        """Whether a framework may be imported into this process to open a result."""
        return self.allow_load
