"""scikit-learn logistic regression on standardized features, every coefficient in its feature's direction."""

import numpy as np
from onnx import TensorProto, helper
from sklearn.linear_model import LogisticRegression

from .graph import served_model

KIND = "linear"
ALGORITHM = "scikit-learn logistic regression, standardized, without the features whose sign contradicts their direction"
PACKAGES = ("scikit-learn", "numpy", "scipy", "onnx", "protobuf")
SEED = 100
PARAMETERS = {"C": 1.0, "solver": "lbfgs", "max_iter": 1000, "tol": 1e-8}


class Model:
    """The intercept and one coefficient for each kept feature, in the feature's own unit."""

    def __init__(self, all_names, kept, coefficients, intercept):
        self.names = [all_names[column] for column in kept]
        self.kept = kept
        self.coefficients = coefficients
        self.intercept = intercept

    def margins(self, x):
        # Adds column after column, as the graph does, so both round alike.
        total = np.zeros(len(x), dtype=np.float64)
        for column, coefficient in zip(self.kept, self.coefficients):
            total = total + x[:, column].astype(np.float64) * coefficient
        return (total + self.intercept).astype(np.float32)

    def export(self, graph_name):
        """Computes in double and adds the columns one after another.

        A matrix product adds in an order that depends on the number of rows, so a row would score differently alone and
        among others.
        """
        columns = [f"column{index}" for index in range(len(self.names))]
        nodes = [
            helper.make_node("Cast", ["features"], ["doubles"], to=TensorProto.DOUBLE),
            helper.make_node("Mul", ["doubles", "coefficients"], ["parts"]),
            helper.make_node("Split", ["parts"], columns, axis=1),
        ]
        total = "zero"
        for index, column in enumerate([*columns, "intercept"]):
            nodes.append(helper.make_node("Add", [total, column], [f"total{index}"]))
            total = f"total{index}"
        nodes.append(helper.make_node("Cast", [total], ["log_odds"], to=TensorProto.FLOAT))
        constants = [
            helper.make_tensor("coefficients", TensorProto.DOUBLE, [len(columns)], self.coefficients),
            helper.make_tensor("intercept", TensorProto.DOUBLE, [1], [self.intercept]),
            helper.make_tensor("zero", TensorProto.DOUBLE, [1], [0.0]),
        ]
        return served_model(graph_name, self.names, nodes, "log_odds", constants)


def fit(x, y, names, monotone):
    """Fits, drops the features whose sign contradicts their direction, and repeats until none does."""
    x = x.astype(np.float64)
    kept = [column for column in range(len(names)) if x[:, column].std() > 0]
    while True:
        mean, deviation = x[:, kept].mean(axis=0), x[:, kept].std(axis=0)
        regression = LogisticRegression(**PARAMETERS)
        regression.fit((x[:, kept] - mean) / deviation, y)
        weights = regression.coef_[0]
        agreeing = [column for column, weight in zip(kept, weights) if weight * monotone[column] > 0]
        if agreeing == kept:
            coefficients = weights / deviation
            return Model(names, kept, coefficients, float(regression.intercept_[0] - (coefficients * mean).sum()))
        kept = agreeing
