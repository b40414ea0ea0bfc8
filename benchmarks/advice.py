"""Is advice good advice? On worlds with turns, the advice on the level is taken and held against next year's true PDs.

Ten worlds, each with a downturn that began so many months before the newest book: from four (nothing can be seen of it
yet) to 44 (it is over). Two champions of each: `learned`, a small monotone booster of outcomes that were final two
years ago; and `planted`, the true PD with log-odds that are off by a known amount. `before` is the advice of the
ladder by the cohorts alone (the newest twelve matured ones, unshrunk), `now` that of the ladder with the year ahead.

The error is |mean PD - mean true PD| of the newest book. `python -m benchmarks.advice` prints the tables;
`--first-seed 101` takes worlds that no setting was chosen on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Floats
from contracts.calendar import newest_months
from contracts.config.source import WorldSource
from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.measures.outlook import outlook
from models.upkeep.ahead import Ahead
from models.upkeep.ladder import Evidence, climb
from world.blocks import hide, make_economy, spans
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden
from world.hidden.levels import EconomyLevels, Levels
from world.hidden.phases import ARREARS_1, ARREARS_3
from world.hidden.truth import chances, truth_table

UNTIL = date(2025, 12, 31)
CUSTOMERS = 2_000
YEARS = 9
MONTHS_SINCE = (4, 9, 15, 24, 36, 6, 12, 20, 28, 44)
MONTHS = 12
LEARNER = {
    "objective": "binary", "learning_rate": 0.1, "num_leaves": 8, "min_data_in_leaf": 100, "seed": 7,
    "monotone_constraints_method": "basic", "num_threads": 1, "verbosity": -1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip
PLANTED = 0.6
NEEDED = (0.5, 0.55, 0.6, 0.65, 0.7)
WORSE = 1.05  # an error above so many times that of no change counts as worse
SEEN = {"rating": -1, "payments": -1, "arrears": 1, "industry": 0}


def world(seed: int, months_since: int) -> pd.DataFrame:
    """One row per customer and day of decision: what a model sees, the true PD, the outcome where it is final."""
    share = 1.0 - months_since / (YEARS * MONTHS)
    levels = Levels(economy=replace(EconomyLevels(), downturn_from=share))
    source = WorldSource(kind="world", customers=CUSTOMERS, years=YEARS, seed=seed)
    economy = make_economy(source, UNTIL, levels)
    ahead = chances(economy.common, economy.months, levels.health)
    parts = [hide(economy, span) for span in spans(CUSTOMERS)]
    return pd.concat(
        [_rows(hidden, truth_table(hidden, ahead).to_pandas(), seed) for hidden in parts],
        ignore_index=True,
    )


def _rows(hidden: Hidden, truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    lives, months = hidden.lives, hidden.months
    at = truth["customer_id"].str[1:].astype(int).to_numpy() - 1 - hidden.first
    days = pd.to_datetime(truth["as_of"])
    month = months.position(days.to_numpy().astype("datetime64[D]").astype(np.int64))
    noise = np.random.default_rng(seed).standard_normal((2, *lives.own.shape))
    phase = lives.phase[at, month]
    bad = lives.defaulted[at]
    ripe = month + MONTHS < months.n_lived
    frame = pd.DataFrame(
        {
            "customer_id": truth["customer_id"],
            "as_of": days,
            "true_pd": truth["true_pd"],
            "rating": hidden.population.health[at] + 0.7 * noise[0, at, 0],
            "payments": lives.own[at, month] + 1.0 * noise[1, at, month],
            "arrears": np.where(phase >= ARREARS_1, np.minimum(phase, ARREARS_3 + 1), 0),
            "industry": hidden.population.industry[at],
            "defaulted": np.where(ripe, (bad > month) & (bad <= month + MONTHS), None),
        }
    )
    # gone customers stay for a year in the truth, not in the book
    return frame[(phase >= 0) & ((bad == NEVER) | (bad > month))]


def champion(rows: pd.DataFrame) -> Floats:
    """PDs of a small monotone booster that learned from days of decision three years old and older."""
    newest = rows["as_of"].max()
    old = rows["as_of"] <= newest - pd.DateOffset(months=3 * MONTHS)
    columns = list(SEEN)
    data = lgb.Dataset(rows.loc[old, columns], rows.loc[old, "defaulted"].astype(bool))
    trees = lgb.train(LEARNER | {"monotone_constraints": list(SEEN.values())}, data, 60)
    return np.asarray(trees.predict(rows[columns]))


def planted(rows: pd.DataFrame, off: float) -> Floats:
    """True PDs whose log-odds are off by so much."""
    return np.asarray(expit(log_odds(rows["true_pd"].to_numpy(np.float64)) - off))


@dataclass(frozen=True)
class Advised:
    """One world and champion: mean PD of the newest book as it was, by each advice, and in truth.

    `ahead` is the mean PD by the forecast of the year, taken whatever its chance of being nearer the truth.
    """

    seed: int
    months_since: int
    left: float
    before: float | None
    now: float | None
    truth: float
    chance: float
    ahead: float

    def error(self, mean: float | None) -> float:
        """Of a mean PD; advice not to change anything leaves the champion's."""
        return abs((self.left if mean is None else mean) - self.truth)


def advised(rows: pd.DataFrame, pd_: Floats, seed: int, months_since: int) -> Advised:
    """Takes the advice of both ladders on one book."""
    config = RecalibrateConfig()
    rows = rows.assign(pd=pd_)
    newest = rows["as_of"].max()
    rows = rows[rows["as_of"] > newest - pd.DateOffset(months=3 * MONTHS)]
    told = rows[["customer_id", "as_of", "pd", "defaulted"]]
    book = rows[rows["as_of"] == newest]
    odds = log_odds(book["pd"].to_numpy(np.float64))
    known = told[told["defaulted"].notna()]
    known = known[newest_months(known["as_of"], config.months)]
    evidence = Evidence(
        log_odds(known["pd"].to_numpy(np.float64)),
        known["defaulted"].to_numpy(bool),
        known["customer_id"].to_numpy(object),
    )
    year = outlook(told, MONTHS, config)
    if year is None:
        raise ValueError("no outcome is final")
    found = [climb(evidence, config), climb(evidence, config, Ahead(year, odds))]
    means = [
        float(expit(one.correction.apply(odds)).mean()) if one.decision != "none" else None
        for one in found
    ]
    left, truth = float(book["pd"].mean()), float(book["true_pd"].mean())
    ahead = float(expit(odds + year.offset).mean())
    return Advised(seed, months_since, left, *means, truth, year.chance, ahead)


def runs(first_seed: int, champions: Sequence[str]) -> Iterator[tuple[str, Advised]]:
    """Every world with every champion."""
    for place, months_since in enumerate(MONTHS_SINCE):
        seed = first_seed + place
        rows = world(seed, months_since)
        off = PLANTED if place % 2 == 0 else -PLANTED
        made = {"learned": lambda: champion(rows), "planted": lambda: planted(rows, off)}  # noqa: B023 - called at once
        for name in champions:
            yield name, advised(rows, made[name](), seed, months_since)


def table(found: Sequence[Advised]) -> Iterator[str]:
    """The rows of one champion and their sum."""
    yield "| seed | months since the turn | true | PD as it is | by the cohorts | by the year ahead | chance |"
    yield "|---|---|---|---|---|---|---|"
    for one in found:
        before, now = ("no change" if mean is None else f"{mean:.2%}" for mean in (one.before, one.now))  # fmt: skip
        yield f"| {one.seed} | {one.months_since} | {one.truth:.2%} | {one.left:.2%} | {before} | {now} | {one.chance:.0%} |"
    yield ""
    for name in ("before", "now"):
        means = [getattr(one, name) for one in found]
        acted = [(one, mean) for one, mean in zip(found, means, strict=True) if mean is not None]
        lower = sum(one.error(mean) < one.error(None) for one, mean in acted)
        worse = sum(one.error(mean) > WORSE * one.error(None) for one, mean in acted)
        errors = [np.mean([one.error(mean) for one, mean in zip(found, side, strict=True)]) for side in (means, [None] * len(found))]  # fmt: skip
        label = "by the cohorts" if name == "before" else "by the year ahead"
        yield f"{label}: a change is advised in {len(acted)} of {len(found)}, lower in {lower}, more than 5 % higher in {worse}; mean error {errors[0]:.2%}, left alone {errors[1]:.2%}"  # fmt: skip


def by_chance(found: Sequence[Advised]) -> Iterator[str]:
    """What the forecast would have done, had less or more certainty been asked for."""
    yield ""
    yield "| chance asked for | forecasts taken | lower | more than 5 % higher |"
    yield "|---|---|---|---|"
    for needed in NEEDED:
        taken = [one for one in found if one.chance >= needed]
        lower = sum(one.error(one.ahead) < one.error(None) for one in taken)
        worse = sum(one.error(one.ahead) > WORSE * one.error(None) for one in taken)
        yield f"| {needed:.0%} | {len(taken)} of {len(found)} | {lower} | {worse} |"


def main() -> None:
    """Prints a table for each champion."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--champions", nargs="*", default=["learned", "planted"])
    arguments = parser.parse_args()
    found: dict[str, list[Advised]] = {name: [] for name in arguments.champions}
    for name, one in runs(arguments.first_seed, arguments.champions):
        found[name].append(one)
    for name, results in found.items():
        print(f"\n{name}\n")
        print("\n".join(table(results)))
        print("\n".join(by_chance(results)))


if __name__ == "__main__":
    main()
