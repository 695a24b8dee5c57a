"""LightGBM trees of depth 3, every feature monotone."""

import lightgbm as lgb
import numpy as np

from .graph import Trees, on_grid, served_model

KIND = "tree-ensemble"
ALGORITHM = "LightGBM, gradient boosted trees of depth 3, every feature monotone"
PACKAGES = ("lightgbm", "numpy", "scipy", "onnx", "protobuf")
SEED = 100
TREES = 200
SETTINGS = {
    "objective": "binary",
    "max_depth": 3,
    "num_leaves": 8,
    "learning_rate": 0.03,
    "lambda_l2": 5.0,
    "min_sum_hessian_in_leaf": 5.0,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "feature_fraction": 0.6,
    "monotone_constraints_method": "basic",
}
PARAMETERS = {**SETTINGS, "trees": TREES, "num_threads": 1}


class Model:
    """A booster whose leaf values are rounded, so that its float32 sums are exact: see graph.on_grid."""

    def __init__(self, names, booster):
        self.names = names
        self.booster = booster
        for tree in range(booster.num_trees()):
            for leaf in leaves_of(booster, tree):
                booster.set_leaf_output(tree, leaf, float(on_grid(booster.get_leaf_output(tree, leaf))))

    def margins(self, x):
        return self.booster.predict(x, raw_score=True, num_threads=1).astype(np.float32)

    def export(self, graph_name):
        trees = Trees("BRANCH_LEQ")
        for number, tree in enumerate(self.booster.dump_model()["tree_info"]):
            add_tree(trees, number, tree["tree_structure"])
        return served_model(graph_name, self.names, [trees.regressor()], "trees")


def leaves_of(booster, tree):
    return range(booster.dump_model(start_iteration=tree, num_iteration=1)["tree_info"][0]["num_leaves"])


def add_tree(trees, number, node, own=0):
    """Adds a node and its children in the order of a walk, the root first."""
    if "leaf_value" in node:
        trees.leaf(number, own, node["leaf_value"])
        return
    left, right = own + 1, own + 1 + nodes_in(node["left_child"])
    threshold = float32_below(node["threshold"])
    trees.branch(number, own, node["split_feature"], threshold, left, right, node["default_left"])
    add_tree(trees, number, node["left_child"], left)
    add_tree(trees, number, node["right_child"], right)


def nodes_in(node):
    return 1 if "leaf_value" in node else 1 + nodes_in(node["left_child"]) + nodes_in(node["right_child"])


def float32_below(threshold):
    """Returns the largest float32 that is not above a threshold: a float32 value compares with both alike."""
    near = np.float32(threshold)
    return float(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))


def fit(x, y, names, monotone):
    return boosted(x, y, names, {**SETTINGS, "monotone_constraints": list(monotone)}, TREES)


def boosted(x, y, names, settings, trees):
    settings = {**settings, "seed": SEED, "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1}
    return Model(names, lgb.train(settings, lgb.Dataset(x, label=y, feature_name=list(names)), num_boost_round=trees))
