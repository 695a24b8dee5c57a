"""The champion: XGBoost stumps, every feature monotone."""

import json

import xgboost as xgb

from .graph import Trees, served_model

KIND = "additive"
ALGORITHM = "XGBoost, gradient boosted stumps, every feature monotone"
PACKAGES = ("xgboost", "numpy", "scipy", "onnx", "protobuf")
SEED = 100
TREES = 250
SETTINGS = {
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
PARAMETERS = {**SETTINGS, "trees": TREES, "nthread": 1}


class Model:
    def __init__(self, names, booster):
        self.names = names
        self.booster = booster

    def margins(self, x):
        return self.booster.predict(xgb.DMatrix(x, feature_names=self.names, nthread=1), output_margin=True)

    def export(self, graph_name):
        trees = Trees("BRANCH_LT")
        raw = json.loads(self.booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]
        for number, tree in enumerate(raw):
            for node, left in enumerate(tree["left_children"]):
                if left == -1:
                    trees.leaf(number, node, tree["split_conditions"][node])
                else:
                    trees.branch(
                        number,
                        node,
                        tree["split_indices"][node],
                        tree["split_conditions"][node],
                        left,
                        tree["right_children"][node],
                        tree["default_left"][node],
                    )
        return served_model(graph_name, self.names, [trees.regressor()], "trees")


def fit(x, y, names, monotone):
    settings = SETTINGS | {
        "monotone_constraints": "(" + ",".join(str(direction) for direction in monotone) + ")",
        "seed": SEED,
        "nthread": 1,
        "verbosity": 0,
    }
    rows = xgb.DMatrix(x, label=y, feature_names=names, nthread=1)
    return Model(names, xgb.train(settings, rows, num_boost_round=TREES))
