"""Sparse matrices of all formats, large ones too, and two that share their values."""

NAMES = ["value"]
MAKE = """
import numpy as np
import scipy.sparse as sp

base = sp.random_array((300, 300), density=0.2, rng=np.random.default_rng(0)).tocsr()
value = {name: base.asformat(name) for name in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")}
value["shared"] = sp.csr_array((base.data, base.indices, base.indptr), base.shape)
value["csr"] = base
expect = {k: (v.format, v.nnz, float(v.sum())) for k, v in value.items()}
"""
CHECK = """
facts = {k: (v.format, v.nnz, float(v.sum())) == expect[k] for k, v in value.items()}
value["csr"].data[0] = 50.0
facts["shared"] = value["shared"].data[0] == 50.0
value["dok"][0, 0] = 3.0
facts["written"] = value["dok"][0, 0] == 3.0
ok, evidence = all(facts.values()), str(facts)
"""
