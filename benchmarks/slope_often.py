"""The slope of a calibration that is asked every month, while nothing or only the spread has changed: how often is it corrected?

`python -m benchmarks.slope_often --seeds 20` looks, on the books of `benchmarks.alarms`, every month of five years at all matured cohorts since
watching began, once 50 customers have defaulted in them: a test at 5 % at each look, as it was, and the p-value that holds under any number of looks.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from benchmarks.alarms import HISTORY, START, simulate
from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.upkeep.ladder import Evidence, climb, fitted

MONTHS = 60
SLOPES = {"quiet": {}, "level +0.5": {"level": 0.5}, "slope 0.8": {"slope": -0.2}, "slope 0.6": {"slope": -0.4}}  # fmt: skip
CONFIG = RecalibrateConfig(min_defaults_shape=1_000_000)


def looked(seed: int, trouble: dict[str, float]) -> tuple[int | None, int | None, int]:
    """Month of the first correction of the slope by the test at each look, by the ladder; and how many looks there were."""
    book = simulate(seed, HISTORY + MONTHS + 1, trouble)
    start, first, looks = START + pd.DateOffset(months=HISTORY), [None, None], 0
    found: list[int | None] = list(first)
    rows = book.rows[book.rows["as_of"] >= start]
    for month in range(12, MONTHS + 1):
        day = start + pd.DateOffset(months=month)
        known = rows[rows["as_of"] + pd.DateOffset(months=12) <= day]
        told = Evidence(log_odds(known["pd"].to_numpy(np.float64)), known["defaulted"].to_numpy(bool), known["customer_id"].to_numpy())  # fmt: skip
        if told.defaults < CONFIG.min_defaults_slope:
            continue
        looks += 1
        deviation, covariance = fitted(told, 2)
        anything = climb(told, CONFIG)
        is_off = anything.steps[0].p_value is not None and anything.steps[0].p_value < CONFIG.significance  # fmt: skip
        at_each = abs(deviation[1]) / np.sqrt(covariance[1, 1]) > 1.96
        for place, yes in enumerate((is_off and bool(at_each), anything.steps[1].taken)):
            if yes and found[place] is None:
                found[place] = month
    return found[0], found[1], looks


def main() -> None:
    """Prints one line a book, and by kind how many slopes were corrected, and when."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--first", type=int, default=300)
    asked.add_argument("--books", nargs="*", default=list(SLOPES))
    given = asked.parse_args()
    for name in given.books:
        kept = []
        for seed in range(given.first, given.first + given.seeds):
            kept.append(looked(seed, SLOPES[name]))
            print(f"# {name} {seed}: {kept[-1]}", flush=True)
        for place, way in enumerate(("a test at 5 % at each look", "valid under all looks")):
            hits = [one[place] for one in kept if one[place] is not None]
            when = f"{np.median(hits):g}" if hits else "-"
            print(f"| {name} | {way} | {len(hits)} of {len(kept)} | {when} |", flush=True)


if __name__ == "__main__":
    main()
