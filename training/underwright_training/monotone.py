"""Refuses a model in which a worse value lowers the risk."""

import numpy as np

ROWS = 128
POINTS = 33


class NotMonotone(Exception):
    """A feature moves the margin against its direction."""


def check_monotone(model, table):
    """Moves each feature of sampled rows over its quantiles.

    Raises NotMonotone for the first feature that moves the margin against its direction.
    """
    rows = table.x[:: max(1, len(table.x) // ROWS)]
    for column, (name, direction) in enumerate(zip(table.names, table.monotone)):
        grid = np.unique(np.quantile(table.x[:, column], np.linspace(0, 1, POINTS), method="nearest"))
        moved = np.repeat(rows, len(grid), axis=0)
        moved[:, column] = np.tile(grid, len(rows))
        steps = np.diff(model.margins(moved).reshape(len(rows), len(grid)), axis=1) * direction
        if steps.min(initial=0) < 0:
            change = "lowers" if direction == 1 else "raises"
            raise NotMonotone(
                f"{name}: a larger value {change} the predicted risk, and its direction is {direction}. "
                "Give the trainer the directions of features.json as monotone constraints."
            )
