"""Random generators of all kinds go on in their streams."""

NAMES = ["value"]
MAKE = """
import numpy as np

def build():
    out = {
        "pcg": np.random.default_rng(1),
        "mt": np.random.Generator(np.random.MT19937(2)),
        "philox": np.random.Generator(np.random.Philox(3)),
        "rs": np.random.RandomState(4),
        "seq": np.random.SeedSequence(5),
    }
    for k, g in out.items():
        if k == "seq":
            g.spawn(2)
        else:
            g.standard_normal(3)
            g.bytes(3)
    return out

def draw(gs):
    return {
        k: (
            g.spawn(1)[0].generate_state(3).tolist()
            if k == "seq"
            else [g.standard_normal(), g.permutation(9).tolist(), g.random()]
        )
        for k, g in gs.items()
    }

expect = draw(build())
value = build()
shared = value["pcg"]
value["spawned"] = shared.bit_generator.seed_seq.spawn_key
"""
CHECK = """
gs = {k: g for k, g in value.items() if k != "spawned"}
got = {
    k: (
        g.spawn(1)[0].generate_state(3).tolist()
        if k == "seq"
        else [g.standard_normal(), g.permutation(9).tolist(), g.random()]
    )
    for k, g in gs.items()
}
facts = {k: got[k] == expect[k] for k in expect}
facts["spawn"] = value["pcg"].spawn(1)[0].random() is not None
ok, evidence = all(facts.values()), str(facts)
"""
