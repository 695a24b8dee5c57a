"""Reads and writes table.csv: a row of features and the outcome of each applicant. TypeScript exports it."""

import json

import numpy as np


class Refused(Exception):
    """The table is not the one that TypeScript exports."""


class Table:
    """`x` float32 [n, columns], `y` 0 or 1 (1 is bad), and the names and directions of the columns."""

    def __init__(self, names, monotone, x, y, lines):
        self.names = names
        self.monotone = monotone
        self.x = x
        self.y = y
        self.lines = lines

    def columns(self, names):
        return [self.names.index(name) for name in names]


def read_table(folder):
    features = json.loads((folder / "features.json").read_text())
    names = [feature["name"] for feature in features]
    header, *lines = (folder / "table.csv").read_text().splitlines()
    if header.split(",") != [*names, "bad"]:
        raise Refused("table.csv does not have the columns of features.json and then bad: export both with train.ts.")
    cells = [line.split(",") for line in lines]
    values = np.array([row[:-1] for row in cells], dtype=np.float64)
    if not np.isfinite(values).all():
        raise Refused("table.csv has a value that is not finite: export only complete rows.")
    y = np.array([int(row[-1]) for row in cells])
    return Table(names, [feature["monotone"] for feature in features], values.astype(np.float32), y, cells)


def write_table(folder, table, model):
    """Replaces table.csv by the model's own features, the outcome and the trainer's margin."""
    columns = table.columns(model.names)
    margins = model.margins(table.x)
    lines = [",".join([*model.names, "bad", "margin"])]
    for cells, margin in zip(table.lines, margins):
        lines.append(",".join([*(cells[column] for column in columns), cells[-1], repr(float(margin))]))
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
