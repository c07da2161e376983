"""Estimators with functions of the notebook in them: a tokenizer, a kernel, a scorer; one warm."""

NAMES = ["value"]
MAKE = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import make_scorer
from sklearn.svm import SVC

STOP = {"the"}

def tokens(text):
    return [w for w in text.split() if w not in STOP]

X = np.random.default_rng(0).normal(size=(30, 3))
y = (X[:, 0] > 0).astype(int)

def build():
    return RandomForestClassifier(3, warm_start=True, random_state=np.random.RandomState(1)).fit(X, y)

value = {
    "text": TfidfVectorizer(tokenizer=tokens, token_pattern=None).fit(["the cat sat", "a cat"]),
    "svm": SVC(kernel=lambda a, b: a @ b.T + 1).fit(X, y),
    "forest": build(),
    "score": make_scorer(lambda t, p: float((t == p).mean())),
}
twin = build().set_params(n_estimators=5).fit(X, y)
expect = {"X": X, "y": y, "svm": value["svm"].decision_function(X), "next": twin.predict_proba(X)}
"""
CHECK = """
import numpy as np

X, y = expect["X"], expect["y"]
facts = {
    "tokens": sorted(value["text"].vocabulary_) == ["a", "cat", "sat"],
    "kernel": np.array_equal(value["svm"].decision_function(X), expect["svm"]),
    "scorer": 0.5 < value["score"](value["forest"], X, y) <= 1,
}
value["forest"].set_params(n_estimators=5).fit(X, y)
facts["warm"] = np.array_equal(value["forest"].predict_proba(X), expect["next"])
ok, evidence = all(facts.values()), str(facts)
"""
