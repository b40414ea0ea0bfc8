"""A book that is recalibrated every month, each correction in use at once: how far is the level from the truth, and how far did it go beyond it?

`python -m benchmarks.recalibrated_often --seeds 12` prints, of the books of `benchmarks.alarms`, quiet, with a level that is off from a month on, and with
a downturn of a year, how often the level was changed, how far the mean PD in use is from that of the true PDs, and how far it went beyond what was planted,
in three ways: a forecast begins with what the one before has left; each begins as unsure as the first; and every default since the calibration counts at every look.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.alarms import GRID, HISTORY, ONSET, START, Book, moves, simulate, year_ahead
from contracts.arrays import Floats
from contracts.calendar import newest_months
from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.calibration.calibrators import from_json
from models.measures.outlook import Learned
from models.upkeep.ladder import STEPS
from models.upkeep.matured import Matured
from models.upkeep.recalibration import composed, decide
from pipelines.configured.gates import load_gates

CALIBRATED, REGISTERED = 36, 48
"""Months of history that the first calibration, and its test part, end with."""
AFTER = 42
BOOKS: dict[str, dict[str, float]] = {
    "quiet": {},
    "level +0.5": {"level": 0.5},
    "level -0.5": {"level": -0.5},
    "downturn +0.8 for a year": {"level": 0.8, "lasts": 12},
}
WAYS = {"carried": (True, True), "as unsure as at first": (True, False), "every default at every look": (False, False)}  # fmt: skip
"""Whether what told a level is left out of the next look, and whether what is left of it is where that one begins."""


NEEDED = ["customer_id", "as_of", "pd", "defaulted"]


def slim(book: Book) -> Book:
    """The book without its inputs, which no calibration looks at: 5 MB where it was 60, and every month takes a part of it."""
    return Book(book.rows[NEEDED].reset_index(drop=True), book.entries)


def true_pds(trouble: dict[str, float]) -> Floats:
    """PD of twelve months by month of watching and level of the hazard, exactly, shape (ONSET + AFTER, levels)."""
    end = ONSET + trouble.get("lasts", np.inf)
    found = []
    for month in range(ONSET + AFTER):
        alive = np.ones(len(GRID))
        for ahead in reversed(range(12)):
            off = trouble.get("level", 0.0) if ONSET <= month + ahead < end else 0.0
            alive = (moves() @ alive) / (1.0 + np.exp(GRID + off))
        found.append(1.0 - alive)
    return np.array(found)


def lived(book: Book, truth: Floats, *, once: bool, is_carried: bool) -> tuple[Floats, int]:
    """Log of the mean PD in use over that of the true PDs, month by month of watching, and how often the level was changed.

    Args:
        book: of `simulate`.
        truth: of `true_pds`.
        once: whether what told a level is left out of the next look.
        is_carried: whether what is left of it is where the next forecast begins.
    """
    config, gates = RecalibrateConfig(), load_gates()
    calibrator: dict[str, Any] = {"method": "identity"}
    rows = book.rows
    ripens = rows["as_of"] + pd.DateOffset(months=12)
    margin = log_odds(rows["pd"].to_numpy(np.float64))
    levels = np.searchsorted(year_ahead(moves())[0], rows["pd"].to_numpy() - 1e-12)
    fitted, until = (START + pd.DateOffset(months=one) for one in (CALIBRATED, REGISTERED))
    learned, off, changes = None, [], 0
    for month in range(ONSET + AFTER):
        day = START + pd.DateOffset(months=HISTORY + month)
        at = ((rows["as_of"] <= day) & (rows["as_of"] >= fitted)).to_numpy()
        told = rows.loc[at, "defaulted"].astype(object).where(ripens[at] <= day, None)
        since = rows[at].assign(pd=from_json(calibrator).apply(margin[at]), defaulted=told)
        counted = _counted(since, until, learned, config)
        if len(counted):
            found, checks = decide(Matured(counted, False, since, 12, learned), config, gates)
            if found.decision in STEPS and all(one.outcome == "passed" for one in checks):
                calibrator = composed(calibrator, found.correction)
                fitted = until = counted["as_of"].max() + pd.Timedelta(days=1)
                changes += 1
                if once and found.outlook is not None and found.outlook.carried is not None:
                    moved = found.outlook.offset if found.outlook.advised else 0.0
                    left = found.outlook.carried.corrected(moved) if is_carried else None
                    learned = Learned(found.outlook.until, left)
        newest = (rows["as_of"] == day).to_numpy()
        now = from_json(calibrator).apply(margin[newest]).mean()
        off.append(float(np.log(now / truth[month][levels[newest]].mean())))
    return np.array(off), changes


def _counted(
    since: pd.DataFrame, until: pd.Timestamp, learned: Learned | None, config: RecalibrateConfig
) -> pd.DataFrame:
    """The matured rows that a recalibration is made of, as `models.upkeep.matured.newly_matured` has them."""
    known = since[since["defaulted"].notna()]
    rows = known[known["as_of"] >= until]
    late = rows if learned is None else rows[rows["as_of"] >= pd.Timestamp(learned.until)]
    if _defaulted(late) >= config.min_defaults_offset:
        rows = late
    if _defaulted(rows) < config.min_defaults_offset:
        rows = known[newest_months(known["as_of"], config.months)]
    return rows.reset_index(drop=True)


def _defaulted(rows: pd.DataFrame) -> int:
    return int(rows.loc[rows["defaulted"].astype(bool), "customer_id"].nunique())


def _beyond(off: Floats, trouble: dict[str, float]) -> float:
    """How far the level went beyond the truth, to the side that it was moved to; in a quiet book how far it went to any."""
    after = off[ONSET:] if trouble else off
    side = np.sign(trouble["level"]) if trouble else 0.0
    return float(max((side * after).max(), 0.0) if side else np.abs(after).max())


def main() -> None:
    """Prints one line a book and way, and the medians."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=12)
    asked.add_argument("--first", type=int, default=10)
    asked.add_argument("--books", nargs="*", default=list(BOOKS))
    asked.add_argument("--ways", nargs="*", default=list(WAYS))
    given = asked.parse_args()
    for name in given.books:
        truth, kept = true_pds(BOOKS[name]), {way: [] for way in given.ways}
        for seed in range(given.first, given.first + given.seeds):
            book = slim(simulate(seed, HISTORY + ONSET + AFTER + 1, BOOKS[name]))
            for way in given.ways:
                once, is_carried = WAYS[way]
                off, changes = lived(book, truth, once=once, is_carried=is_carried)
                late = float(np.abs(off[ONSET + 12 :]).mean())
                kept[way].append((changes, float(np.abs(off).mean()), late, _beyond(off, BOOKS[name])))  # fmt: skip
                print(f"# {name} {seed} {way}: " + ", ".join(f"{one:.2f}" for one in kept[way][-1]), flush=True)  # fmt: skip
        for way, found in kept.items():
            changes, whole, late, beyond = np.median(np.array(found), axis=0)
            mean = np.array(found).mean(axis=0)
            print(
                f"| {name} | {way} | {len(found)} | {mean[0]:.1f} | {whole:.3f} | {late:.3f} | {beyond:.2f} | {max(one[3] for one in found):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
