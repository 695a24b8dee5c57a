"""Writes a model as the ONNX graph that is served.

Inputs: `features` float32 [n, columns] and `shift` float32 [1]. Outputs: `margin` (log-odds) and `pd`, float32 [n, 1]. The
bytes name no version of a trainer or of Python.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

NODE_KEYS = ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")


class Trees:
    """Collects the nodes of decision trees for one TreeEnsembleRegressor."""

    def __init__(self, mode):
        """`mode` is the comparison that leads to the true branch: BRANCH_LT or BRANCH_LEQ."""
        self.mode = mode
        self.nodes = {key: [] for key in NODE_KEYS}
        self.target = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}

    def leaf(self, tree, node, value):
        self._node(tree, node, 0, 0.0, "LEAF", 0, 0, 0)
        for key, part in zip(self.target, (tree, node, 0, value)):
            self.target[key].append(part)

    def branch(self, tree, node, column, threshold, true, false, missing_is_true):
        self._node(tree, node, column, threshold, self.mode, true, false, int(missing_is_true))

    def _node(self, *values):
        for key, value in zip(self.nodes, values):
            self.nodes[key].append(value)

    def regressor(self):
        return helper.make_node(
            "TreeEnsembleRegressor",
            ["features"],
            ["trees"],
            domain="ai.onnx.ml",
            n_targets=1,
            aggregate_function="SUM",
            post_transform="NONE",
            **{f"nodes_{key}": value for key, value in self.nodes.items()},
            **{f"target_{key}": value for key, value in self.target.items()},
        )


def served_model(graph_name, names, nodes, log_odds, initializers=(), opset=15):
    """Returns the bytes of a model that computes `log_odds` [n, 1] by `nodes` and adds the shift."""
    graph = helper.make_graph(
        [
            *nodes,
            helper.make_node("Add", [log_odds, "shift"], ["margin"]),
            helper.make_node("Sigmoid", ["margin"], ["pd"]),
        ],
        graph_name,
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(names)]),
            helper.make_tensor_value_info("shift", TensorProto.FLOAT, [1]),
        ],
        [
            helper.make_tensor_value_info("margin", TensorProto.FLOAT, ["n", 1]),
            helper.make_tensor_value_info("pd", TensorProto.FLOAT, ["n", 1]),
        ],
        initializer=list(initializers),
    )
    model = helper.make_model(
        graph,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)],
        producer_name="underwright",
    )
    helper.set_model_props(model, {"features": ",".join(names)})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def on_grid(values):
    """Rounds log-odds to multiples of 2^-20, which is about 1e-6.

    Sums of such values below 8 are exact in float32 in any order. So a row scores the same alone and among others, and the
    runtime gives the trainer's own margin.
    """
    return np.round(np.asarray(values, dtype=np.float64) * 2**20) / 2**20
