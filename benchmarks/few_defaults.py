"""How few defaults a fitted model needs: worlds cut to so many defaulted customers, judged by the true PDs that they know.

`python -m benchmarks.few_defaults` prints the table of `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.models_hidden import expected_gini
from benchmarks.models_project import Project
from contracts.arrays import Floats
from contracts.config.calibration import CalibrateConfig
from contracts.config.expert import ExpertConfig
from contracts.config.split import SplitConfig
from contracts.config.training import SearchConfig, TrainConfig
from contracts.errors import TrainingError
from contracts.tables.derived import COHORT, KEY, LINEAGE, MATRIX, TRUTH
from contracts.tables.store import read_table
from models.base.arrays import hashed_share
from models.base.data import Part, assemble, joined
from models.base.losses import log_odds
from models.calibration.choice import calibrate
from models.sample.split import partition
from models.scorecard.scorecard import fit_scorecard
from models.search.preparation import prepare
from models.training.few import train_few
from models.training.training import train_models
from pipelines import paths

SIZES = (0, 5, 10, 20, 50, 100)
HORIZON = 12
TRAIN = TrainConfig(threads=1, max_rounds=300, search=SearchConfig(trials=4, folds=2), flavours=("searched", "shallow"), unseen_folds=3)  # fmt: skip
Row = dict[str, float | str]


def world(folder: Path, seed: int, customers: int) -> Project:
    """A world whose matrix is made, kept in the folder from one run to the next."""
    made = Project.made(folder / f"few-{seed}", "demo")
    values = {"customers": customers, "seed": seed, "years": 6, "every": "quarter", "downturn": "mild"}  # fmt: skip
    for key, value in values.items():
        made.set_portfolio(key, value)
    if not (made.folder / paths.MATRIX).is_file():
        made.run(("ingest", "validate", "label", "featurize"))
    return made


def cut(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """Rows of as many defaulted customers, and of survivors in the world's own proportion, by hashed id.

    Args:
        rows: a partition; outcomes of train and calibrate count.
        size: defaulted customers to keep; with 0 as many survivors as with 1.
        seed: another seed, other customers.
    """
    used = rows[rows["part"].isin(("train", "calibrate"))]
    bad = used.loc[used["defaulted"].astype(bool), "customer_id"].unique()
    share = max(size, 1) / len(bad)
    ids = np.sort(used["customer_id"].unique())
    drawn = pd.Series(hashed_share(ids, salt=f"cut{seed}"), index=ids)
    kept = set(drawn[bad].nsmallest(size).index) | set(drawn[drawn < share].index.difference(bad))
    return rows[~rows["part"].isin(("train", "calibrate")) | rows["customer_id"].isin(kept)]


def expected_log_loss(chance: Floats, true_pd: Floats) -> float:
    """Mean of -p ln q - (1 - p) ln(1 - q): the log loss to expect where each row defaults with its true PD p.

    >>> round(expected_log_loss(np.array([0.5]), np.array([0.3])), 6)   # ln 2 whatever p is
    0.693147
    """
    odds = log_odds(chance)
    return float(np.mean(np.logaddexp(0.0, odds) - true_pd * odds))


def answers(made: Project, size: int, expert: ExpertConfig, seed: int) -> Iterator[Row]:
    """Each model's figures on the whole world's test part, learned from the cut world."""
    folder = made.folder
    cohort, matrix = read_table(folder / paths.COHORT, COHORT), read_table(folder / paths.MATRIX, MATRIX)  # fmt: skip
    lineage = read_table(folder / paths.LINEAGE, LINEAGE)
    whole = partition(cohort, SplitConfig(held_out_share=0.0))
    rows = cut(whole, size, seed)
    train, later = assemble(matrix, rows, "train"), assemble(matrix, rows, "calibrate")
    truth = read_table(folder / paths.TRUTH / "truth.parquet", TRUTH)[[*KEY, "true_pd"]]
    test = assemble(matrix.merge(truth, on=KEY), whole.merge(truth[KEY], on=KEY), "test")
    true_pd = test.features["true_pd"].to_numpy(np.float64)
    subject = {"portfolio": "demo", "horizon_months": HORIZON}
    few = train_few(train, later, lineage, expert, TRAIN, **subject)
    sure = expert.model_copy(update={"level_sd": 1e-6, "weight_sd": 1e-6})
    stated = train_few(train, later, lineage, sure, TRAIN, **subject)
    chances: dict[str, Floats] = {
        "oracle": true_pd,
        "expert": _sigmoid(stated.ensemble.margin(test.features)),
        "shrunk": _sigmoid(few.ensemble.margin(test.features)),
        **fitted(train, later, test, (matrix, lineage, rows)),
    }
    for model, chance in chances.items():
        figures = {"loss": expected_log_loss(chance, true_pd), "gini": expected_gini(chance, true_pd)}  # fmt: skip
        yield {"seed": seed, "size": size, "model": model, "share": few.shrunk.share, **figures}


def fitted(train: Part, later: Part, test: Part, tables: tuple[pd.DataFrame, ...]) -> dict[str, Floats]:  # fmt: skip
    """PDs of the scorecard and of LightGBM; those that today's rules refuse to fit are left out."""
    matrix, lineage, rows = tables
    found: dict[str, Floats] = {}
    try:
        ready = prepare(matrix, lineage, rows, TRAIN, portfolio="demo", horizon_months=HORIZON)
        found["scorecard"] = fit_scorecard(joined(train, later), ready.contract).pd(test.features)
        boosted = train_models(ready, later, TRAIN)
        margin = boosted.unseen["margin"].to_numpy(np.float64)
        made = calibrate(margin, later.defaulted, later.customer_id, CalibrateConfig())
        found["lightgbm"] = made.calibrator.apply(boosted.ensemble.margin(test.features))
    except TrainingError as refused:
        print(str(refused).splitlines()[0])
    return found


def _sigmoid(margin: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-margin)))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--customers", type=int, default=1_200)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--folder", type=Path, help="keeps the worlds for another run")
    given = parser.parse_args()
    expert = ExpertConfig.model_validate(yaml.safe_load(paths.EXPERT.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        found: list[Row] = []
        for seed in given.seeds:
            made = world(folder, seed, given.customers)
            for size in given.sizes:
                found += list(answers(made, size, expert, seed))
                last = [one for one in found if one["seed"] == seed and one["size"] == size]
                print(pd.DataFrame(last).round(5).to_string(header=False), flush=True)
        table = pd.DataFrame(found)
        for figure in ("loss", "gini", "share"):
            cells = table.pivot_table(index="size", columns="model", values=figure, aggfunc=["mean", "std", "count"])  # fmt: skip
            print(figure, cells.round(4).to_string(), sep="\n")


if __name__ == "__main__":
    main()
