"""Experiments that change nothing but a seed: how many seem better, whether one is crowned, how far promotions drift.

    python -m benchmarks.null_experiments train --tries 6      # small models trained for it, each with another seed
    python -m benchmarks.null_experiments losses --tries 200   # promotions in a row, on simulated losses

`train` fits LightGBM on the small book of the tests (300 customers) and registers every try in a real registry as an
experiment, then once more as committed code, which the pipeline may promote. `losses` is simulated, because 200
trainings and promotions take hours: a try's PDs are the first model's with noise in log-odds that is drawn anew, its
test rows are the same 1,500 customers with three rows each, and the rule is the one of `bonitas decide`
(`models.registry.margin`, with the margin and the level of `configs/params.yaml`). The truth is known there, so the
champion after all promotions is compared with the first by expected log loss, not by another estimate.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from models.registry.margin import lost
from models.registry.registry import Registry
from pipelines.errands.decide import decide
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import URI, inside, make, receipt, simulate, stand_in_git, write_model

CUSTOMERS, ROWS_EACH = 1_500, 3
NOISE = 0.15  # of a try, in log-odds: the standard deviation by which its PDs differ from those of another seed
DRAWS = 500


def expected(pd_: Floats, truth: Floats) -> float:
    """Expected log loss of PDs under the true ones."""
    return float(-(truth * np.log(pd_) + (1 - truth) * np.log1p(-pd_)).mean())


def noisy(odds: Floats, draw: np.random.Generator) -> Floats:
    """The PDs of another seed; a customer's rows move together."""
    moved = odds + np.repeat(draw.normal(0, NOISE, CUSTOMERS), ROWS_EACH)
    return np.asarray(1 / (1 + np.exp(-moved)))


def losses(tries: int, margin: float, level: float, seed: int) -> dict[str, float]:
    """So many null experiments one after another, each offered to the pipeline, and no person who decides."""
    draw = np.random.default_rng(seed)
    odds = np.repeat(draw.normal(-2.5, 1.2, CUSTOMERS), ROWS_EACH)
    truth = 1 / (1 + np.exp(-odds))
    outcome = np.repeat(draw.random(CUSTOMERS) < truth[::ROWS_EACH], ROWS_EACH)
    ids = np.repeat([f"C{number:04d}" for number in range(CUSTOMERS)], ROWS_EACH)
    rows = pd.DataFrame({"customer_id": ids, "defaulted": outcome})
    first = champion = noisy(odds, draw)
    spent, promoted, better = 0.0, 0, 0
    for number in range(tries):
        new = noisy(odds, draw)
        found = lost(rows, new, champion, draws=DRAWS, seed=number, level=level)
        better += found.upper < 0
        if found.is_within(margin, spent):
            spent, promoted, champion = spent + found.spent, promoted + 1, new
    drift = expected(champion, truth) / expected(first, truth) - 1
    return {"better": better, "promoted": promoted, "spent": spent, "drift": drift}


def simulated(tries: int, worlds: int) -> None:
    """Prints what became of the null experiments of many worlds, at the project's margin and at ten times as much."""
    register_ = load().params.register_
    for margin in (register_.margin, 10 * register_.margin):
        found = pd.DataFrame([losses(tries, margin, register_.significance, seed) for seed in range(worlds)])  # fmt: skip
        print(
            f"margin {margin:.0%}: {worlds} worlds x {tries} null experiments; seemed better: {found['better'].sum() / (worlds * tries):.1%}; "
            f"promotions in a row: median {found['promoted'].median():.0f}, most {found['promoted'].max():.0f}; "
            f"given away: at most {found['spent'].max():.2%}; true drift of log loss: mean {found['drift'].mean():+.2%}, "
            f"worst {found['drift'].max():+.2%}; beyond the margin: {(found['drift'] > margin).sum()} of {worlds}"
        )


def trained(tries: int) -> None:
    """Trains, registers and offers; prints what was crowned."""
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        book = simulate()
        make(Path(), book)
        explain(load())
        register(load())
        stand_in_git(Path())
        first = receipt()["version"]
        crowned = 0
        for number in range(tries):
            write_model(Path(), book, seed=100 + number)
            os.environ["DVC_EXP_NAME"] = f"null-{number}"
            register(load())
            crowned += Registry(URI, "demo").crowned() != first
            del os.environ["DVC_EXP_NAME"]
        print(f"{tries} null experiments trained and registered: {crowned} crowned")
        for number in range(tries):
            write_model(Path(), book, seed=100 + number)
            register(load())
            print(f"  asked for by the pipeline: {decide(load())}")
        log = Registry(URI, "demo").log.read()
        print(f"promoted {len(log.decisions) - 1}, given away {log.spent:.2%} of {load().params.register_.margin:.0%}")  # fmt: skip


def main() -> None:
    """Runs one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=("train", "losses"))
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--worlds", type=int, default=40)
    told = parser.parse_args()
    if told.way == "train":
        trained(told.tries)
    else:
        simulated(told.tries, told.worlds)


if __name__ == "__main__":
    main()
