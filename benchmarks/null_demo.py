"""Experiments on the demo that change nothing but a seed: how many seem better, and where twenty promotions in a row lead.

    python -m benchmarks.null_demo fit --tries 200 --kept NULL.npz    # resumed where it was stopped
    python -m benchmarks.null_demo ask --kept NULL.npz

The search is pinned: each try fits the boosters that the demo's search has chosen (`data/model/members.json`) anew with another seed of
LightGBM, on every sixth month of the parts train and calibrate, and answers every row of the test part; the calibrator of the demo is
left as it is. A try is held against the first as `bonitas compare` holds it (`models.comparison.differences`), and so is every pair of
tries. Promotions follow the rule of the pipeline (`models.registry.margin`): tries are offered one after another in random orders, and
the last champion is held against the first by expected log loss under the true PDs of the world, which no try and no rule has seen.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from scipy.stats import norm

from benchmarks.null_experiments import expected
from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from contracts.tables.simulated import TRUTH
from contracts.tables.store import read_table
from models.base.data import ModelContract, Part, assemble, joined
from models.base.losses import pd_losses
from models.boosting.booster import load as load_boosters
from models.comparison.differences import Rows as Compared
from models.comparison.differences import Sureness, auc_difference, loss_difference, ruling
from models.registry.margin import lost
from models.training.fits import WHOLE, Rows, fit_members
from models.training.flavours import Members
from models.validation.evaluation import oracle
from pipelines.settings import load

SURE = Sureness(0.95, 2, 0, 7)
"""Of one run beside another: two statements on the page."""
EVERY, INPUTS = 6, 40
OFFERED, ORDERS, DRAWS = 20, 20, 400


def parts(data: Path) -> tuple[Part, Part]:
    """Rows to learn from, and those of the test."""
    matrix, partition = (pd.read_parquet(data / one) for one in ("features/matrix.parquet", "interim/partition.parquet"))  # fmt: skip
    known = joined(assemble(matrix, partition, "train"), assemble(matrix, partition, "calibrate"))
    months = np.unique(known.as_of)[::EVERY]
    return known.take(np.isin(known.as_of, months)), assemble(matrix, partition, "test")


def fit(data: Path, kept: Path, tries: int) -> None:
    """Fits what is missing; PDs of the test rows by try, float64, shape (tries, n)."""
    contract, members = (json.loads((data / "model" / f"{one}.json").read_text()) for one in ("contract", "members"))  # fmt: skip
    learned, test = parts(data)
    whole, chosen = ModelContract.from_json(contract), Members.from_json(members)
    used = np.mean([one.feature_importance("gain") / one.feature_importance("gain").sum() for one in load_boosters(data / "model", whole).boosters], axis=0)  # fmt: skip
    known = replace(whole, features=tuple(whole.features[place] for place in sorted(np.argsort(-used, kind="stable")[:INPUTS])))  # fmt: skip
    rows, asked = Rows.of(learned, known), known.encode(test.features)
    done = list(np.load(kept)["pd"]) if kept.exists() else []
    for seed in track(range(len(done), tries), description=f"{len(learned):,} rows"):
        config = load().params.train.model_copy(update={"seed": 1000 + seed, "threads": 1})
        margin = fit_members(chosen, rows, [WHOLE], TrainConfig(**config.model_dump()))[0].margin_of(asked)  # fmt: skip
        done.append(1 / (1 + np.exp(-margin)))
        if len(done) % 10 == 0 or len(done) == tries:
            np.savez(kept, pd=np.array(done))


def ruled(test: Part, base: Floats, run: Floats) -> tuple[str, str]:
    """What is said of log loss and ROC AUC of a run beside another."""
    rows = Compared(base, run, test.defaulted, test.customer_id)
    loss = ruling(loss_difference(rows), SURE, higher_is_better=False)
    return loss, ruling(auc_difference(rows), SURE, higher_is_better=True)


def told(test: Part, pds: Floats) -> None:
    """How often a try is said to be better than the first, than another drawn at random, and than any other."""
    draw = np.random.default_rng(7)
    drawn = [draw.choice(len(pds), 2, replace=False) for _ in range(len(pds) - 1)]
    for name, pairs in (("the first", [(0, one) for one in range(1, len(pds))]), ("another at random", drawn)):  # fmt: skip
        said = [ruled(test, pds[base], pds[one]) for base, one in pairs]
        table = pd.DataFrame(said, columns=["log loss", "ROC AUC"])
        print(table.apply(lambda one: one.value_counts(normalize=True)).fillna(0.0).round(3).to_string())  # fmt: skip
        is_better = (table == "better").any(axis=1)
        print(f"{len(table)} null experiments beside {name}: 'better, beyond chance' by either measure {is_better.mean():.1%}")  # fmt: skip
    losses = pd_losses(pds, test.defaulted[None, :])
    codes = pd.factorize(test.customer_id)[0]
    by_customer = np.array([np.bincount(codes, weights=one) for one in losses])
    sizes = np.bincount(codes)
    found = []
    for one, sums in enumerate(by_customer):
        more = np.delete(by_customer, one, axis=0) - sums
        mean = more.sum(axis=1) / sizes.sum()
        error = np.sqrt(((more - mean[:, None] * sizes) ** 2).sum(axis=1) * len(sizes) / (len(sizes) - 1)) / sizes.sum()  # fmt: skip
        found.append((mean / error < -norm.isf((1 - SURE.confidence) / SURE.statements / 2)).mean())
    print(f"log loss of every try beside every other: better, beyond chance, {np.mean(found):.1%} in the mean; the worst try as the first: {np.max(found):.1%}; log loss {losses.mean(axis=1).mean():.5f}, standard deviation between tries {losses.mean(axis=1).std():.5f}")  # fmt: skip


def row(test: Part, pds: Floats, truth: Floats) -> None:
    """Twenty offers in a row in many orders, within the margin and with all of it given away."""
    outcomes = pd.DataFrame({"customer_id": test.customer_id, "defaulted": test.defaulted})
    draw, config = np.random.default_rng(7), load().params.register_
    rows, seen = (
        [],
        np.isfinite(truth),
    )  # a customer whose hidden default has begun has no true PD any more
    for number in range(ORDERS):
        order = draw.permutation(len(pds))[: OFFERED + 1]
        for margin in (config.margin, np.inf):
            first = champion = pds[order[0]]
            spent, promoted = 0.0, 0
            for place in order[1:]:
                found = lost(outcomes, pds[place], champion, draws=DRAWS, seed=number, level=config.significance)  # fmt: skip
                if found.is_within(margin, spent):
                    spent, promoted, champion = spent + found.spent, promoted + 1, pds[place]
            rows.append((margin, promoted, spent, expected(champion[seen], truth[seen]) / expected(first[seen], truth[seen]) - 1))  # fmt: skip
    table = pd.DataFrame(rows, columns=["margin", "promoted", "spent", "drift"])
    for margin in (config.margin, np.inf):
        one = table[table["margin"] == margin]
        print(
            f"margin {margin:.0%}, {ORDERS} orders of {OFFERED} offers: promoted, median {one['promoted'].median():.0f}, most {one['promoted'].max()}; given away, most {one['spent'].max():.2%}; "
            f"true drift of log loss, mean {one['drift'].mean():+.2%}, worst {one['drift'].max():+.2%}; beyond {config.margin:.0%}: {(one['drift'] > config.margin).sum()}"
        )


def main() -> None:
    """Fits, or asks."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("way", choices=("fit", "ask"))
    asked.add_argument("--tries", type=int, default=201, help="the first and so many less one")
    asked.add_argument("--data", type=Path, default=Path("data"))
    asked.add_argument("--kept", type=Path, required=True)
    given = asked.parse_args()
    if given.way == "fit":
        fit(given.data, given.kept, given.tries)
        return
    _, test = parts(given.data)
    pds = np.load(given.kept)["pd"]
    told(test, pds)
    row(test, pds, oracle(test, read_table(given.data / "truth" / "truth.parquet", TRUTH)))


if __name__ == "__main__":
    main()
