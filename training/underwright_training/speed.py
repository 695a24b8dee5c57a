"""Measures how many rows a second a trainer's own library scores. `npm run bench -- scoring` runs it."""

import json
import time

import numpy as np

from .table import read_table

COMPARED = 1024


def measure_speed(folder, trainer):
    """Fits the trainer on table.csv of a folder and scores rows.f32, whose columns and sizes order.json gives.

    Writes speed.json: the margins of the first rows, and the rows a second of each size.
    """
    order = json.loads((folder / "order.json").read_text())
    table = read_table(folder)
    model = trainer.fit(table.x, table.y, table.names, table.monotone)
    rows = np.fromfile(folder / "rows.f32", dtype=np.float32).reshape(-1, len(order["columns"]))
    # A model ignores the features that it does not have.
    x = np.zeros((len(rows), len(table.names)), dtype=np.float32)
    x[:, table.columns(order["columns"])] = rows
    rates = {size: rate(model, x[:size], order["seconds"]) for size in order["sizes"]}
    result = {"margins": model.margins(x[:COMPARED]).tolist(), "rowsPerSecond": rates}
    (folder / "speed.json").write_text(json.dumps(result))


def rate(model, x, seconds):
    model.margins(x)
    spent, scored = 0.0, 0
    while spent < seconds:
        start = time.perf_counter()
        model.margins(x)
        spent += time.perf_counter() - start
        scored += len(x)
    return scored / spent
