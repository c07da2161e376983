"""absl's flags are one object in each process."""

NAMES = ["settings"]
MAKE = """
from absl import flags

settings = {"flags": flags.FLAGS}
"""
CHECK = """
from absl import flags as here

ok = settings["flags"] is here.FLAGS
evidence = str(type(settings["flags"]))
"""
