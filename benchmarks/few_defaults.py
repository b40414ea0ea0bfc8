"""How few defaults a fitted model needs: a world cut to so many defaulted customers, judged by the true PDs that it knows.

`python -m benchmarks.few_defaults` prints the table of `benchmarks/RESULTS.md`. It reads what `make demo` left in `--folder`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.special import expit

from benchmarks.models_hidden import expected_gini
from contracts.arrays import Floats
from contracts.config.calibration import CalibrateConfig
from contracts.config.expert import ExpertConfig
from contracts.config.training import SearchConfig, TrainConfig
from contracts.errors import TrainingError
from contracts.tables.derived import KEY, LINEAGE, MATRIX, PARTITION
from contracts.tables.simulated import TRUTH
from contracts.tables.store import read_table
from models.base.arrays import hashed_share
from models.base.data import Part, assemble, joined, unseen_outcomes
from models.base.losses import log_odds
from models.calibration.choice import calibrate
from models.scorecard.scorecard import fit_scorecard
from models.search.preparation import prepare
from models.training.cards import Book
from models.training.few import margin_after, too_few, train_few
from models.training.race import race
from models.training.training import train_models
from pipelines import paths

SIZES = (0, 5, 10, 20, 50, 100)
HORIZON = 12
NAME = "demo"
TRAIN = TrainConfig(threads=1, max_rounds=300, search=SearchConfig(trials=4, folds=2), flavours=("searched", "shallow"), unseen_folds=3)  # fmt: skip
QUARTERS = (1, 4, 7, 10)
Row = dict[str, float | str]


def cut(rows: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """Rows of as many defaulted customers, and of survivors in the world's own proportion, by hashed id.

    Args:
        rows: a partition; outcomes of train and calibrate count.
        size: defaulted customers to keep; with 0 as many survivors as with 5.
        seed: another seed, other customers.
    """
    is_used = rows["part"].isin(("train", "calibrate"))
    used = rows[is_used]
    bad = used.loc[used["defaulted"].astype(bool), "customer_id"].unique()
    share = (size or 5) / len(bad)
    ids = np.sort(used["customer_id"].unique())
    drawn = pd.Series(hashed_share(ids, salt=f"cut{seed}"), index=ids)
    kept = set(drawn[bad].nsmallest(size).index)
    kept |= set(drawn[drawn < share].index.difference(list(bad)))
    return rows[~is_used | rows["customer_id"].isin(kept)]


def expected_log_loss(chance: Floats, true_pd: Floats) -> float:
    """Mean of -p ln q - (1 - p) ln(1 - q): the log loss to expect where each row defaults with its true PD p.

    >>> round(expected_log_loss(np.array([0.5]), np.array([0.3])), 6)   # ln 2 whatever p is
    0.693147
    """
    odds = log_odds(chance)
    return float(np.mean(np.logaddexp(0.0, odds) - true_pd * odds))


class World:
    """The demo's matrix, parts and truth; of the test part the rows whose true PD is known."""

    def __init__(self, folder: Path) -> None:
        self.matrix = read_table(folder / paths.MATRIX, MATRIX)
        self.lineage = read_table(folder / paths.LINEAGE, LINEAGE)
        whole = read_table(folder / paths.PARTITION, PARTITION)
        self.rows = whole[whole["as_of"].dt.month.isin(QUARTERS)]
        truth = read_table(folder / paths.TRUTH / "truth.parquet", TRUTH)[[*KEY, "true_pd"]]
        known = self.rows.merge(truth[KEY], on=KEY)
        self.test = assemble(self.matrix.merge(truth, on=KEY), known, "test")
        self.true_pd = self.test.features["true_pd"].to_numpy(np.float64)

    def figures(self, size: int, expert: ExpertConfig, seed: int) -> Iterator[Row]:
        """Each model's figures on the whole test part, learned from the world cut."""
        rows = cut(self.rows, size, seed)
        early, later = (assemble(self.matrix, rows, part) for part in ("train", "calibrate"))
        book = Book(early, later, self.lineage, NAME, HORIZON)
        share = train_few(book, expert, TRAIN, "few").experience.data_share
        sure = expert.model_copy(update={"level_weight": 1e6, "points_weight": 1e6})
        chances: dict[str, Floats] = {
            "oracle": self.true_pd,
            "expert": expit(margin_after(book, sure, self.test)),
            "shrunk": expit(margin_after(book, expert, self.test)),
        }
        chosen = "shrunk"
        if too_few(book, TRAIN) is None:
            chosen, more = self.fitted(book, rows, expert)
            chances |= more
        chances["chosen"] = chances[chosen]
        for model, chance in chances.items():
            yield {
                "seed": seed, "size": size, "model": model, "share": share, "chosen": chosen,
                "loss": expected_log_loss(chance, self.true_pd), "gini": expected_gini(chance, self.true_pd),
            }  # fmt: skip

    def fitted(
        self, book: Book, rows: pd.DataFrame, expert: ExpertConfig
    ) -> tuple[str, dict[str, Floats]]:
        """The race's winner as the pipeline takes it, and the PDs of scorecard and LightGBM; none where a fit is refused."""
        try:
            ready = prepare(self.matrix, self.lineage, rows, TRAIN, portfolio=NAME, horizon_months=HORIZON)  # fmt: skip
            boosted = train_models(ready, book.calibrate, TRAIN)
        except TrainingError as refused:
            print(str(refused).splitlines()[0])
            return "shrunk", {}
        made = calibrate(
            unseen_outcomes(boosted.unseen, rows), CalibrateConfig(), boosted.rehearsed
        )
        learned: Part = joined(book.train, book.calibrate)
        pds = {
            "scorecard": fit_scorecard(learned, ready.contract).pd(self.test.features),
            "lightgbm": made.calibrator.apply(boosted.ensemble.margin(self.test.features)),
        }
        raced = race(ready, boosted.members, book, expert)
        return ("lightgbm" if raced.is_fitted else "shrunk"), pds


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="a project in which the demo has run"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    given = parser.parse_args()
    expert = ExpertConfig.model_validate(yaml.safe_load(paths.EXPERT.read_text(encoding="utf-8")))
    world = World(given.folder)
    found: list[Row] = []
    for seed in given.seeds:
        for size in given.sizes:
            found += list(world.figures(size, expert, seed))
        now = pd.DataFrame(found)
        print(f"draws up to {seed}")
        for figure in ("loss", "gini"):
            cells = now.pivot_table(index="size", columns="model", values=figure, aggfunc=["mean", "std", "count"])  # fmt: skip
            print(figure, cells.round(4).to_string(), sep="\n")
        one = now[now["model"] == "chosen"]
        print(one.groupby("size")["share"].mean().round(3).to_dict())
        print(one.groupby("size")["chosen"].value_counts().to_string(), flush=True)


if __name__ == "__main__":
    main()
