"""The newest year of simulated books, by what would be used on the day of the book: finished runs of several builds, against the true PDs.

`python -m benchmarks.models_newest "4b83f33=/tmp/old/seed-{seed}" "now=/tmp/new/seed-{seed}" "twin=/tmp/new/seed-{seed}:data/model/twin" --seeds 7 8 9`

Each run is a project folder on which the stages to the model have run on the demo with that seed, by its own build: its features,
its truth (a build may book the same money otherwise) and its model, which lies in `data/model` where no other folder is named
after a colon. Judged are the rows whose outcomes are open on the day of the book, the newest year of decisions. Every figure is expected under
the true PDs, so no luck of one year is in it: log loss above the oracle's floor, mean PD over mean true PD, Gini as a share of the oracle's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit, xlog1py, xlogy

from benchmarks.models_hidden import expected_gini
from benchmarks.models_tables import Table, percent, spread
from contracts.arrays import Floats
from contracts.files import read_json
from contracts.tables.derived import KEY
from models.base.data import ModelContract
from models.boosting.booster import Ensemble
from models.calibration.calibrators import from_json
from pipelines import paths

Figures = dict[str, float]


def newest(folder: Path, model: Path) -> Figures:
    """The figures of one run."""
    contract = ModelContract.from_json(read_json(folder / paths.MODEL_CONTRACT))
    parts = pd.read_parquet(folder / paths.PARTITION)
    truth = pd.read_parquet(folder / paths.TRUTH / "truth.parquet")[[*KEY, "true_pd"]]
    rows = parts.loc[parts["part"] == "recent", KEY].merge(pd.read_parquet(folder / paths.MATRIX), on=KEY)  # fmt: skip
    rows = rows.merge(truth, on=KEY)
    place = folder / model  # read as files: an older build keeps no note of what belongs together
    files = [place / "booster.txt", *sorted((place / "boosters").glob("booster_*.txt"))]
    boosters = tuple(lgb.Booster(model_file=str(one)) for one in files)
    margin = Ensemble(boosters, contract).margin(rows)
    odds = from_json(read_json(place / "calibrator.json")).log_odds(margin)
    return judged(odds, rows["true_pd"].to_numpy(np.float64))


def judged(odds: Floats, truth: Floats) -> Figures:
    """Expected figures of log-odds.

    >>> truth = np.array([0.1, 0.4])
    >>> {name: round(one, 6) for name, one in judged(np.log(truth / (1 - truth)), truth).items()}
    {'above': 0.0, 'ratio': 1.0, 'gini': 1.0}
    """
    chance = expit(odds)
    loss = -np.mean(xlogy(truth, chance) + xlog1py(1.0 - truth, -chance))
    floor = -np.mean(xlogy(truth, truth) + xlog1py(1.0 - truth, -truth))
    share = expected_gini(odds, truth) / expected_gini(truth, truth)
    return {
        "above": float(loss - floor),
        "ratio": float(chance.mean() / truth.mean()),
        "gini": float(share),
    }


def main() -> None:
    """Prints a line a run as it is judged, and the table of the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("runs", nargs="+", help="NAME=FOLDER[:MODEL]")
    parser.add_argument("--seeds", type=int, nargs="+", required=True)
    given = parser.parse_args()
    found: dict[str, list[Figures]] = {}
    for seed in given.seeds:
        for run in given.runs:
            name, _, place = run.partition("=")
            folder, _, model = place.format(seed=seed).partition(":")
            figures = newest(Path(folder), Path(model) if model else paths.BOOSTER.parent)
            found.setdefault(name, []).append(figures)
            print(seed, name, *(f"{key} {value:.4f}" for key, value in figures.items()), flush=True)
    first = [one["above"] for one in next(iter(found.values()))]
    rows = [
        (
            name,
            spread([one["above"] for one in runs], 4),
            f"{np.mean([one['above'] for one in runs]) / np.mean(first):.2f}",
            spread([one["ratio"] for one in runs], 2),
            percent([one["gini"] for one in runs]),
        )
        for name, runs in found.items()
    ]
    seeds = ", ".join(map(str, given.seeds))
    table = Table(
        f"Newest year, seeds {seeds}: expected, by the true PDs",
        ("", "log loss above the oracle's", f"of {next(iter(found))}", "PD / true", "Gini of oracle's"),
        rows,
    )  # fmt: skip
    print(table.show(markdown=True))


if __name__ == "__main__":
    main()
