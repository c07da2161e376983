"""Exceptions of the notebook with cause, context, notes and arguments of their own, and a group."""

NAMES = ["Bad", "value"]
MAKE = """
class Bad(ValueError):
    def __init__(self, message, *, code):
        super().__init__(message)
        self.code = code

try:
    try:
        {}["x"]
    except KeyError as error:
        raise Bad("no x", code=7) from error
except Bad as error:
    error.add_note("in epoch 3")
    value = [error, ExceptionGroup("two", [error, OSError(2, "gone", "a.txt")])]
"""
CHECK = """
import traceback

bad, group = value
facts = {
    "own": type(bad) is Bad and bad.code == 7 and bad.args == ("no x",),
    "cause": isinstance(bad.__cause__, KeyError) and bad.__cause__.args == ("x",),
    "notes": bad.__notes__ == ["in epoch 3"],
    "group": group.exceptions[0] is bad and group.exceptions[1].filename == "a.txt",
    "shown": "direct cause" in "".join(traceback.format_exception(bad)),
}
ok, evidence = all(facts.values()), str(facts)
"""
