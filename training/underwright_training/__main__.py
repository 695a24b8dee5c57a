"""Command line: `train TRAINER FOLDER` and `out-of-time`."""

import argparse
import json
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from .evaluation import cross_validate
from .monotone import NotMonotone, check_monotone
from .out_of_time import out_of_time
from .speed import measure_speed
from .table import Refused, read_table, write_table

TRAINERS = {
    "xgboost-additive": "xgboost_additive",
    "lightgbm-monotone": "lightgbm_monotone",
    "sklearn-logistic": "sklearn_logistic",
    "ebm": "ebm",
    "lightgbm-unconstrained": "lightgbm_unconstrained",
}


def main():
    parser = argparse.ArgumentParser(prog="python -m underwright_training")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="fits, measures and exports a model into a source folder")
    train.add_argument("trainer", choices=TRAINERS)
    train.add_argument("folder", type=Path, help="has features.json and table.csv")
    train.add_argument("--graph-name", required=True, help="the id of the model")
    train.add_argument("--repeats", type=int, default=5, help="repeats of the cross-validation (default 5)")
    train.add_argument("--unchecked", action="store_true", help="export a model that is not monotone, for a test")
    later = commands.add_parser("out-of-time", help="trains on 2016 and measures on 2018")
    later.add_argument("folder", type=Path, help="has features.json and table.csv")
    speed = commands.add_parser("speed", help="measures how many rows a second a trainer scores")
    speed.add_argument("trainer", choices=TRAINERS)
    speed.add_argument("folder", type=Path, help="has features.json, table.csv, rows.f32 and order.json")
    arguments = parser.parse_args()
    try:
        if arguments.command == "train":
            train_source(arguments)
        elif arguments.command == "speed":
            measure_speed(arguments.folder, trainer(arguments.trainer))
        else:
            out_of_time(arguments.folder, [trainer(name) for name in list(TRAINERS)[:4]])
    except (NotMonotone, Refused) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def trainer(name):
    return import_module(f".{TRAINERS[name]}", __package__)


def train_source(arguments):
    """Writes model.onnx, table.csv with the trainer's margins, metrics.json, training.json and provenance.json."""
    module, folder = trainer(arguments.trainer), arguments.folder
    table = read_table(folder)

    def fit(x, y):
        return module.fit(x, y, table.names, table.monotone)

    model = fit(table.x, table.y)
    if not arguments.unchecked:
        check_monotone(model, table)
    (folder / "model.onnx").write_bytes(model.export(arguments.graph_name))
    write_table(folder, table, model)
    write_json(folder / "metrics.json", cross_validate(fit, table.x, table.y, arguments.repeats))
    write_json(
        folder / "training.json",
        {
            "kind": module.KIND,
            "features": model.names,
            "algorithm": module.ALGORITHM,
            "parameters": module.PARAMETERS,
            "seed": module.SEED,
        },
    )
    packages = {name: version(distribution(name)) for name in module.PACKAGES}
    write_json(folder / "provenance.json", {"versions": {"python": platform.python_version(), **packages}})


def distribution(package):
    """Returns the name under which a package is installed. XGBoost for Linux has a name of its own."""
    return "xgboost-cpu" if package == "xgboost" and sys.platform == "linux" else package


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    main()
