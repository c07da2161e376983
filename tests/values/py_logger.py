"""Loggers are those of the process, by name."""

NAMES = ["value"]
MAKE = """
import logging

class Trainer:
    log = logging.getLogger("train.loop")

    def __init__(self):
        self.own = logging.getLogger("train")

value = Trainer()
"""
CHECK = """
import logging

facts = {"own": value.own is logging.getLogger("train"), "class": value.log is logging.getLogger("train.loop")}
ok, evidence = all(facts.values()), str(facts)
"""
