"""What is built only if it doesn't exist yet is never built anew, whatever was edited."""

RUNS = 1
OUTPUTS = ["used"]
SETUP = """
class Net:  # stands for any model that is slow to build
    def __init__(self, units):
        self.units = units

units = 8
if "net" not in globals():
    net = Net(units)
"""
CELL = """
class Net:
    def __init__(self, units):
        self.units = units

units = 64  # edited, and run again
if "net" not in globals():
    net = Net(units)
used = net.units
"""
CHECK = """
leaked = used != 64
evidence = f"asked for 64 units, trained with {used}"
"""
