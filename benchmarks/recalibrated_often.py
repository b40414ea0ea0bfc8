"""A book that is recalibrated every month, each correction in use at once: is a default that told the level counted again?

`python -m benchmarks.recalibrated_often --seeds 8` prints, of the books of `benchmarks.alarms` with a level that is off by 0.5 from a month on,
how often the calibration was changed, how far the level of the last month is from the truth, and how far it went beyond it, in two ways:
each default counts once, as `recalibrate` does; and every default since the calibration counts at every look.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.alarms import HISTORY, ONSET, START, Book, simulate
from contracts.calendar import newest_months
from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.calibration.calibrators import from_json
from models.upkeep.ladder import STEPS
from models.upkeep.matured import Matured
from models.upkeep.recalibration import composed, decide
from pipelines.gates import load_gates

CALIBRATED, REGISTERED = 36, 48
"""Months of history that the first calibration, and its test part, end with."""
AFTER = 42
LEVEL = 0.5
WAYS = {"each default once": True, "every default at every look": False}


def lived(book: Book, *, once: bool) -> list[float]:
    """How far the level of the PDs in use has been moved, month by month from the onset, log-odds.

    Args:
        book: of `simulate`.
        once: whether what told a level is left out of the next look.
    """
    config, gates = RecalibrateConfig(), load_gates()
    calibrator: dict[str, Any] = {"method": "identity"}
    margin = log_odds(book.rows["pd"].to_numpy(np.float64))
    fitted, until = (START + pd.DateOffset(months=one) for one in (CALIBRATED, REGISTERED))
    learned, moved = None, []
    for month in range(-ONSET, AFTER):
        day = START + pd.DateOffset(months=HISTORY + ONSET + month)
        at = (book.rows["as_of"] <= day) & (book.rows["as_of"] >= fitted)
        ripe = book.rows["as_of"] + pd.DateOffset(months=12) <= day
        told = book.rows["defaulted"].astype(object).where(ripe, None)
        chance = from_json(calibrator).apply(margin)
        since = book.rows.assign(pd=chance, defaulted=told)[at]
        known = since[since["defaulted"].notna()]
        rows = known[known["as_of"] >= until]
        late = rows if learned is None else rows[rows["as_of"] >= learned]
        if _defaulted(late) >= config.min_defaults_offset:
            rows = late
        if _defaulted(rows) < config.min_defaults_offset:
            rows = known[newest_months(known["as_of"], config.months)]
        if len(rows):
            seen = Matured(rows.reset_index(drop=True), False, since, 12, None if learned is None else learned.date())  # fmt: skip
            found, checks = decide(seen, config, gates)
            if found.decision in STEPS and all(one.outcome == "passed" for one in checks):
                calibrator = composed(calibrator, found.correction)
                fitted = until = rows["as_of"].max() + pd.Timedelta(days=1)
                if once and found.outlook is not None:
                    learned = pd.Timestamp(found.outlook.until)
        if month >= 0:
            newest = (book.rows["as_of"] == day).to_numpy()
            now = from_json(calibrator).apply(margin[newest]).mean()
            moved.append(float(np.log(now / book.rows.loc[newest, "pd"].mean())))
    return moved


def _defaulted(rows: pd.DataFrame) -> int:
    return int(rows.loc[rows["defaulted"].astype(bool), "customer_id"].nunique())


def main() -> None:
    """Prints one line a book and way, and the means."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=8)
    asked.add_argument("--first", type=int, default=10)
    given = asked.parse_args()
    kept: dict[str, list[tuple[int, float, float]]] = {way: [] for way in WAYS}
    for seed in range(given.first, given.first + given.seeds):
        book = simulate(seed, HISTORY + ONSET + AFTER + 1, {"level": LEVEL})
        for way, once in WAYS.items():
            path = np.array(lived(book, once=once))
            changes = int((np.abs(np.diff(np.r_[0.0, path])) > 0.05).sum())
            kept[way].append((changes, float(np.abs(path[12:] - LEVEL).mean()), float(path.max())))
            print(f"# {seed} {way}: changes {changes}, error after a year {kept[way][-1][1]:.2f}, most {path.max():.2f}", flush=True)  # fmt: skip
    for way, found in kept.items():
        changes, error, most = np.array(found).mean(axis=0)
        print(f"{way}: {len(found)} books, changes {changes:.1f}, error of the level after a year {error:.3f}, furthest {most:.2f} of {LEVEL}")  # fmt: skip


if __name__ == "__main__":
    main()
