"""A fitted grid search with a scorer of the notebook."""

NAMES = ["value"]
MAKE = """
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV

def near(y, p):
    return -float(np.abs(y - p).max())

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
y = X @ [1, 2, 3]
value = GridSearchCV(
    RandomForestRegressor(n_estimators=5, random_state=0),
    {"max_depth": [1, 3]},
    scoring=make_scorer(near),
    cv=2,
).fit(X, y)
expect = {"X": X, "y": y, "p": value.predict(X), "score": value.score(X, y), "best": value.best_params_}
"""
CHECK = """
import numpy as np

facts = {
    "predict": np.array_equal(value.predict(expect["X"]), expect["p"]),
    "score": value.score(expect["X"], expect["y"]) == expect["score"],
    "best": value.best_params_ == expect["best"] and len(value.cv_results_["params"]) == 2,
}
ok, evidence = all(facts.values()), str(facts)
"""
