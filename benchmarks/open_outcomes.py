"""Do outcomes that have not matured pay? The same booster learns from them in four ways, at each origin of a simulated book.

At an origin a row is final (its twelve months are over), or open: of an open row one knows whether the customer has defaulted
so far. The ways:

* matured: open rows are left out;
* weighed: an open row without default counts as both outcomes, with the chance of each after so many months without one;
* quarters: a discrete-time hazard: a row a quarter that it was watched, PD = 1 - product of (1 - hazard);
* and each of them as it is, with the level of the newest matured year, with half of it, or with that of the year ahead
  (`models.measures.movement`, which reads the months of all defaults).

Sources: weights: Mazumdar and others' inverse-censoring idea in its imputed form, Efron, The two sample problem with censored
data (1967), redistribution to the right; hazards: Allison, Discrete-time methods for the analysis of event histories (1982).

Each is judged by the true PDs of the book at the origin and the eleven months after it. Weighed and quarters assume that
defaults fall into the twelve months as they did before; `timing` shows by origin how far that was so.

`python -m benchmarks.open_outcomes --folder .` reads a finished run on a simulated portfolio.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, xlog1py, xlogy

from benchmarks.models_hidden import expected_gini
from benchmarks.models_tables import Table
from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import MONTHS, add_months, months_back
from contracts.config.base import parse
from contracts.config.params import Params
from contracts.config.training import TrainConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.files import read_json
from contracts.tables.derived import MATRIX, PARTITION
from contracts.tables.ledger import DEFAULTS
from contracts.tables.simulated import TRUTH
from contracts.tables.store import read_table
from models.base.arrays import hashed_share
from models.base.data import ModelContract
from models.base.losses import log_odds
from models.boosting.lgbm import by_hand, lightgbm_params
from models.measures.movement import outlook_of_history
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml

ROUNDS = 160
FOLDS = 2
QUARTERS = 4
PASSES = 2
"""Times the chances of open rows are learned anew."""
MIN_KNOWN = 20
LEVELS = ("as learned", "newest year", "half of it", "year ahead")


@dataclass(frozen=True)
class Book:
    """A finished run on a simulated portfolio.

    Attributes:
        rows: customer_id, as_of, true_pd, and `until_default`, months from the day of decision to the default, infinite where none is known.
        codes: the features as numbers, shape (rows, features).
        contract: their names, directions and levels.
        config: of training.
        level: of the level that moves.
        newest: the newest day of decision: outcomes are known up to here.
    """

    rows: pd.DataFrame
    codes: Floats
    contract: ModelContract
    config: TrainConfig
    level: RecalibrateConfig
    newest: date


def read_book(folder: Path) -> Book:
    """The rows of all parts, with true PDs and days of default."""
    matrix = read_table(folder / paths.MATRIX, MATRIX)
    key = ["customer_id", "as_of"]
    parts = read_table(folder / paths.PARTITION, PARTITION)[key]
    truth = read_table(folder / paths.TRUTH / "truth.parquet", TRUTH)[[*key, "true_pd"]]
    rows = parts.merge(truth, on=key, validate="one_to_one").merge(
        matrix, on=key, validate="one_to_one"
    )
    rows = rows.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)
    newest = rows["as_of"].max()
    entries = read_table(folder / paths.DEFAULTS, DEFAULTS)
    entries["entered_on"] = pd.to_datetime(entries["entered_on"]).astype(rows["as_of"].dtype)
    entries = entries[entries["entered_on"] < newest].sort_values("entered_on")
    joined = pd.merge_asof(
        rows[key], entries.rename(columns={"entered_on": "on"}), left_on="as_of", right_on="on",
        by="customer_id", direction="forward",
    )  # fmt: skip
    days = (joined["on"] - joined["as_of"]).dt.days.to_numpy(np.float64)
    contract = ModelContract.from_json(read_json(folder / paths.MODEL_CONTRACT))
    params = parse(Params, read_yaml(folder / paths.PARAMS), where=str(paths.PARAMS))
    return Book(
        rows[[*key, "true_pd"]].assign(until_default=np.where(np.isnan(days), np.inf, days / 365.25 * MONTHS)),
        contract.encode(rows), contract, params.train, params.recalibrate, newest.date(),
    )  # fmt: skip


@dataclass(frozen=True)
class Known:
    """What is known at an origin of the rows before it.

    Attributes:
        place: their positions in the book.
        watched: months from the day of decision to the origin, at most twelve.
        until: months to the default where it was seen within twelve months and before the origin, else infinite.
    """

    place: Ints
    watched: Floats
    until: Floats

    @property
    def final(self) -> Bools:
        """The twelve months are over."""
        return self.watched >= MONTHS

    @property
    def defaulted(self) -> Bools:
        """A default was seen."""
        return np.isfinite(self.until)

    def take(self, chosen: Bools) -> Known:
        """Some of the rows."""
        return Known(self.place[chosen], self.watched[chosen], self.until[chosen])


def known_at(book: Book, origin: date) -> Known:
    """Rows before the origin and what was seen of them by then."""
    days = (pd.Timestamp(origin) - book.rows["as_of"]).dt.days.to_numpy(np.float64)
    at = np.flatnonzero(days > 0)
    months = np.round(days[at] / 365.25 * MONTHS)
    until = book.rows["until_default"].to_numpy(np.float64)[at]
    seen = (until <= MONTHS) & (until * 365.25 / MONTHS < days[at])
    return Known(at, np.minimum(months, MONTHS), np.where(seen, until, np.inf))


def timing(known: Known) -> Floats:
    """Share of a year's defaults that have come by month 0, 1, ... 12, of final rows.

    >>> final = Known(np.arange(4), np.full(4, 12.0), np.array([0.5, 6.5, 11.0, np.inf]))
    >>> timing(final)[[0, 1, 6, 7, 12]].round(2).tolist()
    [0.0, 0.33, 0.33, 0.67, 1.0]
    """
    until = known.until[known.final & known.defaulted]
    return np.array([np.mean(until <= month) for month in range(MONTHS + 1)])


Model = Callable[[Floats], Floats]
"""PDs of encoded rows."""


def _booster(book: Book, codes: Floats, label: Bools, weight: Floats | None = None, extra: int = 0) -> lgb.Booster:  # fmt: skip
    """The hand-set booster, with its promised directions; `extra` columns at the end are free."""
    values = lightgbm_params(book.contract, book.config, by_hand(book.contract, book.config))
    values["monotone_constraints"] = [*values["monotone_constraints"], *[0] * extra]
    categories = [
        place for place, one in enumerate(book.contract.features) if one.levels is not None
    ]
    data = lgb.Dataset(codes, label.astype(np.float64), weight=weight, categorical_feature=categories, free_raw_data=True)  # fmt: skip
    return lgb.train(values, data, num_boost_round=ROUNDS)


def matured(book: Book, known: Known) -> Model:
    """Final rows alone."""
    final = known.take(known.final)
    booster = _booster(book, book.codes[final.place], final.defaulted)
    return lambda codes: np.asarray(booster.predict(codes))


def weighed(book: Book, known: Known) -> Model:
    """Open rows without default count as both outcomes, with the chance of each: p (1 - F) / (1 - p F) of a default to come."""
    model, come = matured(book, known), timing(known)
    codes, share = book.codes[known.place], come[known.watched.astype(np.int64)]
    waiting = ~known.final & ~known.defaulted
    for _ in range(PASSES):
        chance = model(codes[waiting])
        later = chance * (1.0 - share[waiting]) / (1.0 - chance * share[waiting])
        weight = np.concatenate([np.where(waiting, 0.0, 1.0), later])
        weight[: len(waiting)][waiting] = 1.0 - later
        label = np.concatenate([known.defaulted, np.ones(int(waiting.sum()), dtype=np.bool_)])
        booster = _booster(book, np.concatenate([codes, codes[waiting]]), label, weight)
        model = _predicting(booster)
    return model


def _predicting(booster: lgb.Booster) -> Model:
    return lambda codes: np.asarray(booster.predict(codes))


def quarters(book: Book, known: Known) -> Model:
    """A row a quarter that was watched to its end, or that a default ended."""
    pieces, labels = [], []
    length = MONTHS / QUARTERS
    for quarter in range(QUARTERS):
        start, end = quarter * length, (quarter + 1) * length
        here = (known.until > start) & ((known.watched >= end) | (known.until <= end))
        part = book.codes[known.place[here]]
        pieces.append(np.column_stack([part, np.full(len(part), float(quarter))]))
        labels.append(known.until[here] <= end)
    booster = _booster(book, np.concatenate(pieces), np.concatenate(labels), extra=1)

    def chance(codes: Floats) -> Floats:
        alive = np.ones(len(codes))
        for quarter in range(QUARTERS):
            column = np.full(len(codes), float(quarter))
            alive *= 1.0 - np.asarray(booster.predict(np.column_stack([codes, column])))
        return 1.0 - alive

    return chance


WAYS: dict[str, Callable[[Book, Known], Model]] = {
    "matured": matured,
    "weighed": weighed,
    "quarters": quarters,
}


def levels(book: Book, known: Known, way: Callable[[Book, Known], Model], whole: Model, origin: date) -> dict[str, float]:  # fmt: skip
    """Log-odds to add, by the way the level is told; from answers to customers whom the booster did not know; of the year from the origin."""
    customer = book.rows["customer_id"].to_numpy(object)[known.place]
    fold = np.floor(hashed_share(customer, salt="unseen") * FOLDS)
    chance = whole(book.codes[known.place])
    for number in np.unique(fold):
        asked = (fold == number) & known.final
        chance[asked] = way(book, known.take(fold != number))(book.codes[known.place[asked]])
    day = book.rows["as_of"].iloc[known.place]
    year = (
        known.final & (day >= day[known.final].max() - pd.DateOffset(months=MONTHS - 1))
    ).to_numpy()
    newest = offset(chance[year], known.defaulted[year])
    months = pd.Series(known.until).where(known.defaulted)
    told = pd.DataFrame(
        {
            "customer_id": customer,
            "as_of": day.to_numpy(),
            "defaulted_on": day.to_numpy()
            + pd.to_timedelta((months * 365.25 / MONTHS).round(), unit="D").to_numpy(),
            "pd": chance,
            "defaulted": pd.array(
                [
                    bool(one) if last else None
                    for one, last in zip(known.defaulted, known.final, strict=True)
                ],
                dtype="boolean",
            ),
        }
    )
    ahead = outlook_of_history(told, MONTHS, book.level, origin)
    return dict(zip(LEVELS, (0.0, newest, newest / 2.0, 0.0 if ahead is None else ahead.offset), strict=True))  # fmt: skip


def offset(chance: Floats, defaulted: Bools) -> float:
    """Log-odds that make the mean PD the rate of default."""
    odds, rate = log_odds(chance), float(defaulted.mean())
    return float(brentq(lambda by: float(expit(odds + by).mean()) - rate, -5.0, 5.0))


def judged(book: Book, origin: date, model: Model, by: dict[str, float]) -> dict[str, dict[str, float]]:  # fmt: skip
    """Expected log loss, mean PD over mean true PD and expected Gini in the year from the origin, by level."""
    day = book.rows["as_of"]
    rows = (
        (day >= pd.Timestamp(origin)) & (day < pd.Timestamp(add_months(origin, MONTHS)))
    ).to_numpy()
    truth = book.rows["true_pd"].to_numpy(np.float64)[rows]
    odds = log_odds(model(book.codes[rows]))
    found = {}
    for name, offset in by.items():
        chance = expit(odds + offset)
        loss = -np.mean(xlogy(truth, chance) + xlog1py(1.0 - truth, -chance))
        floor = -np.mean(xlogy(truth, truth) + xlog1py(1.0 - truth, -truth))
        found[name] = {"above": float(loss - floor), "ratio": float(chance.mean() / truth.mean()), "gini": expected_gini(odds, truth)}  # fmt: skip
    return found


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path())
    parser.add_argument("--origins", type=int, default=5)
    given = parser.parse_args()
    book = read_book(given.folder)
    days = [months_back(book.newest, MONTHS * back) for back in range(given.origins)]
    rows, times = [], []
    for origin in reversed(days):
        known = known_at(book, origin)
        final = known.take(known.final & known.defaulted)
        if len(set(book.rows["customer_id"].to_numpy(object)[final.place])) < MIN_KNOWN:
            continue
        come = timing(known)
        times.append((str(origin), *(f"{come[month]:.2f}" for month in (3, 6, 9))))
        for name, way in WAYS.items():
            model = way(book, known)
            for level, figures in judged(
                book, origin, model, levels(book, known, way, model, origin)
            ).items():
                rows.append((str(origin), name, level, f"{figures['above']:.4f}", f"{figures['ratio']:.2f}", f"{figures['gini']:.3f}"))  # fmt: skip
                print(*rows[-1], flush=True)
    for table in (
            Table("Expected log loss above the truth's, year from each origin", ("origin", "learned from", "level", "above", "PD / true", "Gini"), rows),
            Table("Timing: share of a year's defaults by month", ("origin", "3", "6", "9"), times),
    ):  # fmt: skip
        print(table.show(markdown=True), end="\n\n")


if __name__ == "__main__":
    main()
