"""LightGBM stumps without monotone constraints, which training and `model check` must refuse."""

from .lightgbm_monotone import PACKAGES, SEED, SETTINGS, boosted  # noqa: F401

KIND = "additive"
ALGORITHM = "LightGBM, gradient boosted stumps without monotone constraints"
TREES = 20
STUMPS = {
    **{key: value for key, value in SETTINGS.items() if not key.startswith("monotone")},
    "max_depth": 1,
    "num_leaves": 2,
    "learning_rate": 0.3,
    "lambda_l2": 0.0,
    "min_sum_hessian_in_leaf": 1.0,
}
PARAMETERS = {**STUMPS, "trees": TREES, "num_threads": 1}


def fit(x, y, names, monotone):
    return boosted(x, y, names, STUMPS, TREES)
