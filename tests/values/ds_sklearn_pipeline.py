"""A pipeline with a transformer of the notebook and a lambda, which goes on training."""

NAMES = ["value", "Clip"]
MAKE = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

class Clip(TransformerMixin, BaseEstimator):
    def __init__(self, low=-1.0):
        self.low = low

    def fit(self, X, y=None):
        self.seen_ = len(X)
        return self

    def transform(self, X):
        return np.clip(X, self.low, None)

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = (X[:, 0] > 0).astype(int)

def build():
    p = Pipeline(
        [
            (
                "cols",
                ColumnTransformer(
                    [("s", StandardScaler(), [0, 1]), ("f", FunctionTransformer(lambda x: x**2), [2, 3])]
                ),
            ),
            ("clip", Clip(-0.5)),
            ("sgd", SGDClassifier(loss="log_loss", random_state=0)),
        ]
    )
    return p.fit(X, y)

value, twin = build(), build()
twin["sgd"].partial_fit(twin[:-1].transform(X), y)
expect = {"X": X, "y": y, "p": value.predict_proba(X), "next": twin["sgd"].coef_}
"""
CHECK = """
import numpy as np
from sklearn.base import clone

facts = {
    "proba": np.array_equal(value.predict_proba(expect["X"]), expect["p"]),
    "class": isinstance(value["clip"], Clip) and value["clip"].seen_ == 60,
}
value["sgd"].partial_fit(value[:-1].transform(expect["X"]), expect["y"])
facts["trains on"] = np.array_equal(value["sgd"].coef_, expect["next"])
facts["clone"] = clone(value).set_params(clip__low=-2)["clip"].low == -2
ok, evidence = all(facts.values()), str(facts)
"""
