"""Fits, measures and exports the additive monotone model. Run by train.ts, which computes features and checks the result.

Reads in the work folder: features.csv (a header, then one row an applicant, empty is missing), labels.csv (1 is bad),
catalogue.json. Writes model.onnx, margins.f32 (the trainer's own margins, little-endian float32) and result.json.
"""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import xgboost as xgb
from onnx import TensorProto, helper

REPEATS = [100, 101, 102, 103, 104]
FOLDS = 5
BOOTSTRAPS = 1000
TREES = 250
SEED = 100
PARAMETERS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_bin": 256,
    "max_depth": 1,  # stumps: one feature each, so the margin is a sum of functions of one feature
    "eta": 0.05,
    "lambda": 5.0,
    "min_child_weight": 5.0,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "base_score": 0.5,  # logit(.5) = 0: no base to add after the trees, so margins are bit-exact in the runtime
}


def fit(x, y, names, monotone):
    parameters = PARAMETERS | {
        "monotone_constraints": "(" + ",".join(str(direction) for direction in monotone) + ")",
        "seed": SEED,
        "nthread": 1,
        "verbosity": 0,
    }
    return xgb.train(parameters, xgb.DMatrix(x, label=y, feature_names=names, nthread=1), num_boost_round=TREES)


def margins(booster, x, names):
    return booster.predict(xgb.DMatrix(x, feature_names=names, nthread=1), output_margin=True)


def folds(y, seed):
    """Stratified: each class is shuffled and dealt out in turn."""
    generator = np.random.default_rng(seed)
    fold = np.empty(len(y), dtype=int)
    for label in (0, 1):
        members = generator.permutation(np.flatnonzero(y == label))
        fold[members] = np.arange(len(members)) % FOLDS
    return fold


def midranks(values):
    """Ranks from 1, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def auc_delong(y, score):
    """AUC and its variance (DeLong, DeLong & Clarke-Pearson 1988; midrank form of Sun & Xu 2014)."""
    bad, good = score[y == 1], score[y == 0]
    m, n = len(bad), len(good)
    ranks = midranks(np.concatenate([bad, good]))
    auc = (ranks[:m].sum() - m * (m + 1) / 2) / (m * n)
    bad_part = (ranks[:m] - midranks(bad)) / n
    good_part = 1 - (ranks[m:] - midranks(good)) / m
    return auc, bad_part.var(ddof=1) / m + good_part.var(ddof=1) / n


def calibration_slope(y, margin, weight):
    """Slope of a weighted logistic regression of the outcome on the margin, by Newton's method."""
    design = np.column_stack([np.ones_like(margin), margin])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        step = np.linalg.solve(
            (design * (weight * p * (1 - p))[:, None]).T @ design, design.T @ (weight * (y - p))
        )
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta[1]
    raise RuntimeError("The calibration slope did not converge: the margins separate the outcomes.")


class Repeat:
    """Out-of-fold margins of one repeat, sorted once for every bootstrap."""

    def __init__(self, y, margin):
        self.order = np.argsort(margin, kind="stable")
        self.margin = margin[self.order]
        self.y = y[self.order]
        self.last_of_ties = np.append(self.margin[1:] != self.margin[:-1], True)
        self.squared_error = (1 / (1 + np.exp(-self.margin)) - self.y) ** 2

    def measure(self, weight):
        w = weight[self.order]
        bad, good = np.cumsum(w * self.y), np.cumsum(w * (1 - self.y))
        gap = np.abs(bad / bad[-1] - good / good[-1])[self.last_of_ties]
        return gap.max(), (w * self.squared_error).sum() / w.sum(), calibration_slope(self.y, self.margin, w)


def cross_validate(x, y, names, monotone):
    repeats, aucs, variances = [], [], []
    for seed in REPEATS:
        fold, out = folds(y, seed), np.empty(len(y))
        for k in range(FOLDS):
            booster = fit(x[fold != k], y[fold != k], names, monotone)
            out[fold == k] = margins(booster, x[fold == k], names)
        auc, variance = auc_delong(y, out)
        aucs.append(auc)
        variances.append(variance)
        repeats.append(Repeat(y, out))
    whole = np.mean([repeat.measure(np.ones(len(y))) for repeat in repeats], axis=0)
    generator = np.random.default_rng(SEED)
    draws = []
    for _ in range(BOOTSTRAPS):
        weight = np.bincount(generator.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
        draws.append(np.mean([repeat.measure(weight) for repeat in repeats], axis=0))
    error = np.std(draws, axis=0, ddof=1)
    measured = lambda value, standard_error: {"value": round(float(value), 5), "standardError": round(float(standard_error), 5)}
    return {
        "protocol": f"{FOLDS}-fold stratified cross-validation, repeated with seeds {REPEATS[0]} to {REPEATS[-1]}; "
        "metrics of out-of-fold predictions, mean over repeats. Standard errors: AUC by DeLong, mean variance over "
        f"repeats; KS, Brier and calibration slope by {BOOTSTRAPS} bootstrap resamples of applicants.",
        "auc": measured(np.mean(aucs), np.sqrt(np.mean(variances))),
        "ks": measured(whole[0], error[0]),
        "brier": measured(whole[1], error[1]),
        "calibrationSlope": measured(whole[2], error[2]),
    }


def export(booster, names):
    """TreeEnsembleRegressor -> Add(shift) -> margin -> Sigmoid -> pd."""
    trees = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
    nodes = {key: [] for key in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    target = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}
    for tree_id, tree in enumerate(trees):
        for node, left in enumerate(tree["left_children"]):
            leaf = left == -1
            if leaf:
                for key, value in zip(target, (tree_id, node, 0, tree["split_conditions"][node])):
                    target[key].append(value)
            values = (
                tree_id,
                node,
                0 if leaf else tree["split_indices"][node],
                0.0 if leaf else tree["split_conditions"][node],
                "LEAF" if leaf else "BRANCH_LT",
                0 if leaf else left,
                0 if leaf else tree["right_children"][node],
                0 if leaf else int(tree["default_left"][node]),
            )
            for key, value in zip(nodes, values):
                nodes[key].append(value)
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        ["features"],
        ["trees"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        **{f"nodes_{key}": value for key, value in nodes.items()},
        **{f"target_{key}": value for key, value in target.items()},
    )
    graph = helper.make_graph(
        [ensemble, helper.make_node("Add", ["trees", "shift"], ["margin"]), helper.make_node("Sigmoid", ["margin"], ["pd"])],
        "personal-loan-default",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(names)]),
            helper.make_tensor_value_info("shift", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("margin", TensorProto.FLOAT, ["n", 1]),
            helper.make_tensor_value_info("pd", TensorProto.FLOAT, ["n", 1]),
        ],
    )
    model = helper.make_model(
        graph,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 1)],
        producer_name="underwright",
    )
    helper.set_model_props(model, {"features": ",".join(names)})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def main(folder):
    catalogue = json.loads((folder / "catalogue.json").read_text())
    names = [feature["name"] for feature in catalogue]
    monotone = [feature["monotone"] for feature in catalogue]
    header = (folder / "features.csv").open().readline().strip().split(",")
    if header != names:
        raise SystemExit("features.csv does not have the catalogue's columns: write both again with train.ts.")
    x = np.genfromtxt(folder / "features.csv", delimiter=",", skip_header=1, dtype=np.float64).astype(np.float32)
    y = np.loadtxt(folder / "labels.csv", dtype=int)

    metrics = cross_validate(x, y, names, monotone)
    booster = fit(x, y, names, monotone)
    (folder / "model.onnx").write_bytes(export(booster, names))
    margins(booster, x, names).astype("<f4").tofile(folder / "margins.f32")
    result = {
        "metrics": metrics,
        "algorithm": "XGBoost, gradient boosted stumps, every feature monotone",
        "parameters": {**PARAMETERS, "trees": TREES, "nthread": 1},
        "seed": SEED,
        "versions": {"python": platform.python_version(), "xgboost": xgb.__version__}
        | {name: version(name) for name in ("numpy", "scipy", "onnx", "protobuf")},
    }
    (folder / "result.json").write_text(json.dumps(result, indent=2))


main(Path(sys.argv[1]))
