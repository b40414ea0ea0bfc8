"""A book that is recalibrated every month, each correction in use at once: how far is the level from the truth, and how far did it go beyond it?

`python -m benchmarks.recalibrated_often --seeds 12` prints, of the books of `benchmarks.alarms`, quiet, with a level that is off from a month on, and with
a downturn of a year, how often the level was changed and how soon, how far the mean PD in use is from that of the true PDs, and how far it went beyond what
was planted, in four ways: a forecast begins with what the one before has left; the same of a model refitted on the day it is watched from, of which final outcomes
say nothing for a year; each begins as unsure as the first; and every default since the calibration counts at every look.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.alarms import GRID, HISTORY, ONSET, START, Book, moves, simulate, year_ahead
from contracts.arrays import Floats
from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.calibration.calibrators import from_json
from models.registry.registration import CARRIED, LEVELLED
from models.upkeep.ladder import STEPS, Climb
from models.upkeep.matured import Matured, matured_of
from models.upkeep.recalibration import composed, decide, learned_of
from models.upkeep.since import levelled_until
from models.upkeep.watched import Watched
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


@dataclass(frozen=True)
class Way:
    """How a level is kept up.

    Attributes:
        once: whether what told a level is left out of the next look.
        is_carried: whether what is left of it is where the next forecast begins.
        is_refitted: whether the model was refitted on the day it is watched from, so that no final outcome speaks for a year.
    """

    once: bool = True
    is_carried: bool = True
    is_refitted: bool = False


WAYS = {
    "carried": Way(),
    "refitted": Way(is_refitted=True),
    "as unsure as at first": Way(is_carried=False),
    "every default at every look": Way(once=False, is_carried=False),
}


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


def lived(
    book: Book, truth: Floats, way: Way, config: RecalibrateConfig
) -> tuple[Floats, list[int]]:
    """Log of the mean PD in use over that of the true PDs, month by month of watching, and how often the level was changed.

    Args:
        book: of `simulate`.
        truth: of `true_pds`.
        way: how the level is kept up.
        config: of the recalibration.
    """
    gates = load_gates()
    calibrator: dict[str, Any] = {"method": "identity"}
    margin = log_odds(book.rows["pd"].to_numpy(np.float64))
    levels = np.searchsorted(year_ahead(moves())[0], book.rows["pd"].to_numpy() - 1e-12)
    first, until = (str((START + pd.DateOffset(months=one)).date()) for one in (CALIBRATED, REGISTERED))  # fmt: skip
    # of a refitted model every default before it is watched has told the level
    told = str((START + pd.DateOffset(months=HISTORY)).date()) if way.is_refitted else None
    reference: dict[str, Any] = {"from": first, "until": until, "calibrated_until": told or first, LEVELLED: told}  # fmt: skip
    off, changes = [], []
    for month in range(ONSET + AFTER):
        day = START + pd.DateOffset(months=HISTORY + month)
        chance = from_json(calibrator).apply(margin)
        matured = matured_of(_seen(book, day, chance, reference), config)
        if len(matured.rows):
            found, checks = decide(matured, config, gates)
            if found.decision in STEPS and all(one.outcome == "passed" for one in checks):
                calibrator = composed(calibrator, found.correction)
                reference = _after(reference, matured, found, way)
                changes.append(month)
        newest = (book.rows["as_of"] == day).to_numpy()
        now = from_json(calibrator).apply(margin[newest]).mean()
        off.append(float(np.log(now / truth[month][levels[newest]].mean())))
    return np.array(off), changes


def _seen(book: Book, day: pd.Timestamp, chance: Floats, reference: dict[str, Any]) -> Watched:
    """What is known on a day of decision, scored by the model in use."""
    rows = book.rows
    here = (rows["as_of"] <= day).to_numpy()
    known = (rows["as_of"] + pd.DateOffset(months=12) <= day).to_numpy()[here]
    told = rows.loc[here, "defaulted"].astype(object).where(known, None)
    every = rows[here].assign(pd=chance[here], defaulted=told, margin=0.0)
    unseen = every["as_of"] >= START + pd.DateOffset(months=CALIBRATED)
    every["unseen_pd"] = every["pd"].where(unseen)
    entries = book.entries[book.entries["entered_on"] < day]
    return Watched(reference, [], {}, every[every["as_of"] == day], every[known], [], 12, 10, None, every, entries, levelled_until(reference))  # fmt: skip


def _after(reference: dict[str, Any], matured: Matured, found: Climb, way: Way) -> dict[str, Any]:
    """The registration sample once the correction is in use."""
    after = dict(reference)
    if not matured.is_open:
        last = str((matured.rows["as_of"].max() + pd.Timedelta(days=1)).date())
        after |= {"until": last, "calibrated_until": last}
    if way.once:
        after |= learned_of(found.outlook)
    return after if way.is_carried else {**after, CARRIED: None}


def _beyond(off: Floats, trouble: dict[str, float]) -> float:
    """How far the level went beyond the truth, to the side that it was moved to; in a quiet book how far it went to any."""
    after = off[ONSET:] if trouble else off
    side = np.sign(trouble["level"]) if trouble else 0.0
    return float(max((side * after).max(), 0.0) if side else np.abs(after).max())


def main() -> None:
    """Prints one line a book and way; after every seed the medians so far, so that a run may be stopped."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=12)
    asked.add_argument("--first", type=int, default=10)
    asked.add_argument("--books", nargs="*", default=list(BOOKS))
    asked.add_argument("--ways", nargs="*", default=list(WAYS))
    asked.add_argument("--false-a-year", type=float, default=RecalibrateConfig().false_a_year)
    given = asked.parse_args()
    config = RecalibrateConfig(false_a_year=given.false_a_year)
    kept: dict[tuple[str, str], list[tuple[float, ...]]] = {(name, way): [] for name in given.books for way in given.ways}  # fmt: skip
    for seed in range(given.first, given.first + given.seeds):
        for name in given.books:
            book, truth = slim(simulate(seed, HISTORY + ONSET + AFTER + 1, BOOKS[name])), true_pds(BOOKS[name])  # fmt: skip
            for way in given.ways:
                off, changes = lived(book, truth, WAYS[way], config)
                late = float(np.abs(off[ONSET + 12 :]).mean())
                after = [one - ONSET for one in changes if one >= ONSET or not BOOKS[name]]
                kept[name, way].append((len(changes), float(np.abs(off).mean()), late, _beyond(off, BOOKS[name]), min(after, default=99)))  # fmt: skip
                print(f"# {name} {seed} {way}: {changes}, " + ", ".join(f"{one:.2f}" for one in kept[name, way][-1]), flush=True)  # fmt: skip
        print("\n".join([HEAD, *(_line(name, way, found) for (name, way), found in kept.items())]), flush=True)  # fmt: skip


HEAD = (
    "| book | way | books | of them corrected | corrections of each | months to the first, median | error over all months, median "
    "| from a year after on, median | beyond the truth, median | furthest |\n" + "|---" * 10 + "|"
)


def _line(name: str, way: str, found: list[tuple[float, ...]]) -> str:
    _, whole, late, beyond, first = np.median(np.array(found), axis=0)
    mean, changed = np.array(found).mean(axis=0), sum(one[0] > 0 for one in found)
    return f"| {name} | {way} | {len(found)} | {changed} | {mean[0]:.1f} | {first if BOOKS[name] else '-'} | {whole:.3f} | {late:.3f} | {beyond:.2f} | {max(one[3] for one in found):.2f} |"


if __name__ == "__main__":
    main()
