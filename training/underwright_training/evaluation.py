"""Measures a trainer by repeated stratified cross-validation, with standard errors."""

import numpy as np

FIRST_SEED = 100
FOLDS = 5
BOOTSTRAPS = 1000


def folds(y, seed):
    """Returns the fold of each row. Each class is shuffled and dealt out in turn."""
    generator = np.random.default_rng(seed)
    fold = np.empty(len(y), dtype=int)
    for label in (0, 1):
        members = generator.permutation(np.flatnonzero(y == label))
        fold[members] = np.arange(len(members)) % FOLDS
    return fold


def midranks(values):
    """Returns ranks from 1. Ties share their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse]


def auc_delong(y, score):
    """Returns AUC and its variance (DeLong, DeLong & Clarke-Pearson 1988; midrank form of Sun & Xu 2014)."""
    bad, good = score[y == 1], score[y == 0]
    m, n = len(bad), len(good)
    ranks = midranks(np.concatenate([bad, good]))
    auc = (ranks[:m].sum() - m * (m + 1) / 2) / (m * n)
    bad_part = (ranks[:m] - midranks(bad)) / n
    good_part = 1 - (ranks[m:] - midranks(good)) / m
    return auc, bad_part.var(ddof=1) / m + good_part.var(ddof=1) / n


def calibration_slope(y, margin, weight):
    """Returns the slope of a weighted logistic regression of the outcome on the margin, by Newton's method."""
    design = np.column_stack([np.ones_like(margin), margin])
    beta = np.array([0.0, 1.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        step = np.linalg.solve(
            (design * (weight * p * (1 - p))[:, None]).T @ design, design.T @ (weight * (y - p))
        )
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            return beta[1]
    raise RuntimeError("The calibration slope did not converge: the margins separate the outcomes.")


class Repeat:
    """Out-of-fold margins of one repeat, sorted once for every bootstrap."""

    def __init__(self, y, margin):
        self.order = np.argsort(margin, kind="stable")
        self.margin = margin[self.order]
        self.y = y[self.order]
        self.last_of_ties = np.append(self.margin[1:] != self.margin[:-1], True)
        self.squared_error = (1 / (1 + np.exp(-self.margin)) - self.y) ** 2

    def measure(self, weight):
        w = weight[self.order]
        bad, good = np.cumsum(w * self.y), np.cumsum(w * (1 - self.y))
        gap = np.abs(bad / bad[-1] - good / good[-1])[self.last_of_ties]
        return gap.max(), (w * self.squared_error).sum() / w.sum(), calibration_slope(self.y, self.margin, w)


def out_of_fold(fit, x, y, seed):
    """Returns the margin of each row from a model that did not see the row."""
    fold, margins = folds(y, seed), np.empty(len(y))
    for k in range(FOLDS):
        margins[fold == k] = fit(x[fold != k], y[fold != k]).margins(x[fold == k])
    return margins


def cross_validate(fit, x, y, repeats):
    """Returns the metrics of the manifest.

    `fit` takes rows and outcomes and returns a model. Every choice that it makes from the data is made inside the fold.
    """
    measured, aucs, variances = [], [], []
    seeds = range(FIRST_SEED, FIRST_SEED + repeats)
    for seed in seeds:
        margins = out_of_fold(fit, x, y, seed)
        auc, variance = auc_delong(y, margins)
        aucs.append(auc)
        variances.append(variance)
        measured.append(Repeat(y, margins))
    whole = np.mean([repeat.measure(np.ones(len(y))) for repeat in measured], axis=0)
    generator = np.random.default_rng(FIRST_SEED)
    draws = []
    for _ in range(BOOTSTRAPS):
        weight = np.bincount(generator.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
        draws.append(np.mean([repeat.measure(weight) for repeat in measured], axis=0))
    error = np.std(draws, axis=0, ddof=1)
    return {
        "protocol": f"{FOLDS}-fold stratified cross-validation, repeated with seeds {seeds[0]} to {seeds[-1]}; "
        "metrics of out-of-fold predictions, mean over repeats. Standard errors: AUC by DeLong, mean variance over "
        f"repeats; KS, Brier and calibration slope by {BOOTSTRAPS} bootstrap resamples of applicants.",
        "auc": rounded(np.mean(aucs), np.sqrt(np.mean(variances))),
        "ks": rounded(whole[0], error[0]),
        "brier": rounded(whole[1], error[1]),
        "calibrationSlope": rounded(whole[2], error[2]),
    }


def rounded(value, standard_error):
    return {"value": round(float(value), 5), "standardError": round(float(standard_error), 5)}
