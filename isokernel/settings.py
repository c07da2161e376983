"""The notebook's IPython settings, as far as they differ from the defaults.

``%config InlineBackend.figure_formats = …`` and configuration files change traits of IPython's configurables; a cell in
a worker must see them, so they travel with it as JSON.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell

# What a cell can see of a shell. Others (history, the magics' own, the kernel's sockets) are the notebook's business.
CLASSES = ("InteractiveShell", "InlineBackend", "DisplayFormatter", "BaseFormatter", "DisplayPublisher")
SKIP = frozenset(
    {
        "ast_transformers",
        "banner1",
        "banner2",
        "history_length",
        "history_load_length",
        "ipython_dir",
        "logfile",
        "logstart",
    }
)


def differing(shell: InteractiveShell) -> dict[str, dict[str, Any]]:
    """Traits set to something else than their default, by class name, for those that JSON can hold."""
    found: dict[str, dict[str, Any]] = {}
    configurables = [*shell.configurables, *shell.display_formatter.formatters.values(), shell.display_formatter]
    for configurable in configurables:
        kind = type(configurable)
        if not any(base.__name__ in CLASSES for base in kind.__mro__):
            continue
        traits = {}
        for name, value in _set(configurable).items():
            plain = _plain(value)
            if plain is not None:
                traits[name] = plain
        if configurable is shell and shell.call_pdb:
            traits["pdb"] = True  # %pdb doesn't set the trait
        if traits:
            key = "InteractiveShell" if isinstance(configurable, InteractiveShell) else kind.__name__
            found[key] = traits
    return found


def _set(configurable: Any) -> dict[str, Any]:
    # _trait_values holds what was ever set or asked for; going through trait_values() would make every default.
    kind = type(configurable)
    defaults = _defaults.get(kind)
    if defaults is None:
        defaults = {n: t.default_value for n, t in kind.class_traits(config=True).items() if n not in SKIP}
        _defaults[kind] = defaults
    held = configurable._trait_values
    return {n: held[n] for n, default in defaults.items() if n in held and held[n] != default}


_defaults: dict[type, dict[str, Any]] = {}


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(v, (bool, int, float, str)) for v in value):
        return list(value)
    if isinstance(value, dict) and all(isinstance(v, (bool, int, float, str)) for v in value.values()):
        return {str(k): v for k, v in value.items()}
    return None
