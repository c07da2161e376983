"""Subclasses of dict, list, str and int with attributes, an attribute dict among them."""

NAMES = ["value", "Config"]
MAKE = """
class Config(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__

class Run(list):
    tag = None

class Text(str):
    def __new__(cls, text, lang):
        self = super().__new__(cls, text)
        self.lang = lang
        return self

    def __getnewargs__(self):
        return str(self), self.lang

class Count(int):
    pass

run = Run([1, 2])
run.tag = run
count = Count(3)
count.of = "epochs"
value = [Config(lr=0.1, nested=Config(a=run)), run, Text("hallo", "de"), count]
"""
CHECK = """
config, run, text, count = value
config.seed = 4
facts = {
    "attribute dict": type(config) is Config and config.lr == 0.1 and config["seed"] == 4,
    "nested": config.nested.a is run,
    "list": run == [1, 2] and run.tag is run,
    "str": text == "hallo" and text.lang == "de",
    "int": count + 1 == 4 and count.of == "epochs",
}
ok, evidence = all(facts.values()), str(facts)
"""
