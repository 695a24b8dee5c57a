"""An explainable boosting machine of InterpretML without interactions, every feature monotone."""

import ebm2onnx
import numpy as np
from interpret.glassbox import ExplainableBoostingClassifier

from .graph import on_grid, served_model

KIND = "additive"
ALGORITHM = "InterpretML explainable boosting machine without interactions, every feature monotone"
PACKAGES = ("interpret-core", "ebm2onnx", "scikit-learn", "numpy", "scipy", "onnx", "protobuf")
SEED = 100
SETTINGS = {
    "interactions": 0,
    "outer_bags": 4,
    "learning_rate": 0.04,
    "max_bins": 256,
    "max_rounds": 1000,
    "min_samples_leaf": 50,
}
PARAMETERS = {**SETTINGS, "n_jobs": 1}


class Model:
    """A machine whose term scores are rounded, so that its float32 sums are exact: see graph.on_grid."""

    def __init__(self, names, machine):
        self.names = names
        self.machine = machine
        machine.term_scores_ = [on_grid(scores) for scores in machine.term_scores_]
        machine.intercept_ = on_grid(machine.intercept_)

    def margins(self, x):
        return self.machine.decision_function(x).astype(np.float32)

    def export(self, graph_name):
        """Takes the log-odds from the graph that ebm2onnx makes with probabilities, and adds the shift to them."""
        exported = ebm2onnx.to_onnx(self.machine, ("features", "float"), predict_proba=True)
        (opset,) = [entry.version for entry in exported.opset_import if entry.domain == ""]
        log_odds = input_of_softmax(exported.graph)
        nodes = nodes_for(exported.graph, log_odds)
        used = {name for node in nodes for name in node.input}
        constants = [constant for constant in exported.graph.initializer if constant.name in used]
        return served_model(graph_name, self.names, nodes, log_odds, constants, opset)


def input_of_softmax(graph):
    """Returns the name of the log-odds. The softmax of two classes is that of (0, log-odds)."""
    by_output = {output: node for node in graph.node for output in node.output}
    constants = {constant.name for constant in graph.initializer}
    (softmax,) = [node for node in graph.node if node.op_type == "Softmax"]
    pair = by_output[softmax.input[0]]
    (log_odds,) = [name for name in pair.input if name not in constants]
    return log_odds


def nodes_for(graph, output):
    """Returns the nodes that compute an output, in the graph's order."""
    by_output = {name: node for node in graph.node for name in node.output}
    needed, waiting = set(), [output]
    while waiting:
        node = by_output.get(waiting.pop())
        if node is not None and node.name not in needed:
            needed.add(node.name)
            waiting.extend(node.input)
    return [node for node in graph.node if node.name in needed]


def fit(x, y, names, monotone):
    machine = ExplainableBoostingClassifier(
        feature_names=list(names),
        feature_types=["continuous"] * len(names),
        monotone_constraints=list(monotone),
        random_state=SEED,
        n_jobs=1,
        **SETTINGS,
    )
    return Model(names, machine.fit(x, y))
