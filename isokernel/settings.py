"""The notebook's IPython settings, as far as they differ from the defaults.

``%config InlineBackend.figure_formats = …`` and configuration files change traits of IPython's configurables; a cell in
a worker must see them, so they travel with it as JSON. What an undeclared cell changes of them comes back.
"""

from __future__ import annotations

from typing import Any

from IPython.core.interactiveshell import InteractiveShell

# What a cell can see of a shell. Others (history, the magics' own, the kernel's sockets) are the notebook's business.
CLASSES = ("InteractiveShell", "InlineBackend", "DisplayFormatter", "BaseFormatter", "DisplayPublisher")
SKIP = frozenset(
    {
        "ast_transformers",
        "deferred_printers",
        "singleton_printers",
        "type_printers",
        "banner1",
        "banner2",
        "history_length",
        "history_load_length",
        "ipython_dir",
        "logfile",
        "figure_format",  # sets figure_formats
        "logstart",
    }
)


def differing(shell: InteractiveShell) -> dict[str, dict[str, Any]]:
    """Traits set to something else than their default, by class name, for those that JSON can hold."""
    found: dict[str, dict[str, Any]] = {}
    for configurable in _configurables(shell):
        if not any(base.__name__ in CLASSES for base in type(configurable).__mro__):
            continue
        traits = {}
        for name, value in _set(configurable).items():
            plain = _plain(value)
            if plain is not None:
                traits[name] = plain
        if configurable is shell and shell.call_pdb:
            traits["pdb"] = True  # %pdb doesn't set the trait
        if configurable is shell and {shell.InteractiveTB.mode, shell.xmode} != {_CONTEXT}:
            traits["xmode"] = shell.InteractiveTB.mode  # neither does %xmode
        if _name(configurable) == "InlineBackend":
            traits |= _of_figures(shell, configurable)
        if traits:
            found[_name(configurable)] = traits
    return found


def changed(shell: InteractiveShell, before: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What is not as it was when :func:`differing` told `before`, as it is now."""
    after, found = differing(shell), {}
    for configurable in _configurables(shell):
        name = _name(configurable)
        was, now = before.get(name, {}), after.get(name, {})
        traits = {n: now.get(n, _plain(getattr(configurable, n))) for n in (*was, *now) if was.get(n) != now.get(n)}
        if traits:
            found[name] = traits
    return found


def give(shell: InteractiveShell, found: dict[str, dict[str, Any]]) -> None:
    """Set what was told of another shell: for those that are there, and for those that are made later, as matplotlib's
    inline backend is."""
    for name, traits in found.items():
        shell.config[name].update(traits)
        for configurable in _configurables(shell):
            if any(base.__name__ == name for base in type(configurable).__mro__):
                for trait, value in traits.items():
                    setattr(configurable, trait, value)
    told = found.get("InteractiveShell", {})
    if "pdb" in told:
        shell.call_pdb = shell.pdb
    if "xmode" in told:
        shell.InteractiveTB.set_mode(shell.xmode)


_CONTEXT = "Context"
_SAME = {"jpg": "jpeg", "png2x": "retina"}


def _of_figures(shell: InteractiveShell, backend: Any) -> dict[str, Any]:
    """What set_matplotlib_formats chose, in the words of the inline backend's traits, which it doesn't set."""
    formats, options = set(), {}
    for formatter in shell.display_formatter.formatters.values():
        for typ, function in formatter.type_printers.items():
            if (typ.__module__, typ.__name__) == ("matplotlib.figure", "Figure") and hasattr(function, "keywords"):
                options = {k: v for k, v in function.keywords.items() if k not in ("fmt", "base64")}
                formats.add(_SAME.get(found := function.keywords.get("fmt", "retina"), found))
    if not formats or (
        formats == {_SAME.get(f, f) for f in backend.figure_formats} and options == backend.print_figure_kwargs
    ):
        return {}
    return {"figure_formats": sorted(formats), "print_figure_kwargs": _plain(options)}


def _configurables(shell: InteractiveShell) -> list[Any]:
    return [*shell.configurables, *shell.display_formatter.formatters.values(), shell.display_formatter]


def _name(configurable: Any) -> str:
    return "InteractiveShell" if isinstance(configurable, InteractiveShell) else type(configurable).__name__


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
    if isinstance(value, dict) and all(isinstance(v, (bool, int, float, str, type(None))) for v in value.values()):
        return {str(k): v for k, v in value.items()}
    return None
