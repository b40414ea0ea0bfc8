"""How small a shift of one input is seen, and how often a quiet book is said to have moved: the moderated rule beside the former one.

    python -m benchmarks.drift demo                 # on the features of this project's data
    python -m benchmarks.drift books --seeds 20     # on the simulated books of benchmarks.alarms

The former rule held PSI against its mean over the pairs of spans as F(1, pairs), for each input by itself and as if overlapping
pairs were independent. `demo` shifts one number at a time, in the newest twelve months alone, by a share of its interquartile
range, and asks for the smallest share at which it is news. `books` looks every month at quiet books, at the budget and at ten times
as much, where false alarms are many enough to be counted, and at books in which one input drifts or is fed no more for 30 % of customers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import f as fisher

from benchmarks.alarms import FEATURES, HISTORY, ONSET, START, Book, _interval, _reference, simulate
from models.measures.distribution import recounted
from models.measures.drift import shift
from models.measures.ordinary import Moved, Subject
from models.registry.reference import registration_sample
from models.upkeep.budget import Allowance
from models.upkeep.inputs import judged
from models.upkeep.past import moving_of
from models.upkeep.watched import Watched

SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0)
"""Shifts tried, of the interquartile range."""
BUDGETS = (0.5, 5.0)
PARTS = {"before": 0.05, "now": 0.05, "answers": 0.04, "missing": 0.05}
"""Of the budget, by what alarms: inputs by the former and the present rule, scores and grades, missing inputs."""
RULES = [(rule, budget) for rule in PARTS for budget in BUDGETS]
DRIFTS = ("lasting_1", 0.08, 12)
"""Input of a book that drifts, standard deviations a month, and months."""


def former(one: Subject, customers: tuple[int, int], level: float) -> Moved:
    """The rule before: F(1, pairs) by the input's own pairs."""
    found = shift(one.before, one.now, customers=customers, level=level)
    past = np.array([shift(a, b, customers=customers).psi for a, b in one.past])
    if found.critical == 0 or len(past) < 3:
        return Moved(found.psi, None, found.critical, 1.0)
    limit = float(past.mean() * fisher.isf(level, 1, len(past)))
    return Moved(found.psi, float(past.mean()), max(limit, found.critical), 1.0)


def _watched(matrix: pd.DataFrame, features: list[dict[str, object]]) -> Watched:
    """The demo as a champion would see it whose registration sample are the twelve months before the newest twelve."""
    newest = matrix["as_of"].max()
    first, until = newest - pd.DateOffset(months=23), newest - pd.DateOffset(months=12)
    rows = matrix.assign(score=600.0, grade=5, pd=0.05, defaulted=matrix.index % 50 == 0)
    sample = rows[(rows["as_of"] >= first) & (rows["as_of"] <= until)]
    reference = registration_sample(sample, features, bins=10, horizon_months=12, n_grades=10)
    now = rows[rows["as_of"] > until]
    return Watched(reference, features, {}, now, now, [], 12, 10, None, rows)


def demo(folder: Path) -> None:
    """Prints what is found on the project's own features."""
    matrix = pd.read_parquet(folder / "features" / "matrix.parquet")
    matrix["as_of"] = pd.to_datetime(matrix["as_of"])
    features = json.loads((folder / "model" / "contract.json").read_text())["features"]
    seen = _watched(matrix, features)
    moving = moving_of(seen)
    subjects, level = moving.inputs, Allowance(0.5, 12.0).level("UP-D3") / len(moving.inputs)
    print(moving.habit, f"independent pairs: {moving.answers['score'].worth:.3f} of each")  # fmt: skip
    rows = []
    for one in features:
        name = str(one["name"])
        subject = subjects[name]
        still = {"before": former(subject, seen.customers, level), "now": moving.of([subject], level)[0]}  # fmt: skip
        for rule, moved in still.items():
            share = _smallest(name, subject, seen, moved.limit) if one["dtype"] != "category" else np.nan  # fmt: skip
            rows.append({"input": name, "rule": rule, "limit": moved.limit, "news": moved.is_news, "share": share})  # fmt: skip
    table = pd.DataFrame(rows)
    for rule in ("before", "now"):
        part = table[table["rule"] == rule]
        print(f"{rule}: limit {_quantiles(part['limit'])}; an ordinary year is news for {part['news'].sum()} of {len(part)} {list(part.loc[part['news'], 'input'])}")  # fmt: skip
        numbers = part.dropna(subset="share")
        print(f"  limits up to 0.10: {(part['limit'] <= 0.10).sum()}, up to 0.25: {(part['limit'] <= 0.25).sum()} of {len(part)}; shift found, of the interquartile range, {_quantiles(numbers['share'])}, of {len(numbers)} numbers")  # fmt: skip


def _smallest(name: str, subject: Subject, seen: Watched, limit: float) -> float:
    """Smallest shift that is news, in interquartile ranges; infinite where none of those tried is, missing where the input has no spread."""
    values = seen.current[name].astype(float)
    spread = float(values.quantile(0.75) - values.quantile(0.25))
    if spread == 0 or np.isnan(spread):
        return np.nan
    for share in SHARES:
        moved = recounted(values + share * spread, seen.reference["features"][name])
        psi = shift(subject.before, moved, customers=seen.customers).psi
        if psi > limit:
            return share
    return np.inf


def _quantiles(values: pd.Series[float]) -> str:
    at = np.sort(values.to_numpy())[[len(values) // 10, len(values) // 2, 9 * len(values) // 10]]
    return "10 %, median, 90 %: " + ", ".join(f"{one:.3f}" for one in at)


def books(seeds: int, years: int) -> None:
    """Prints false alarms and delays."""
    months, counts = range(1, years * 12 + 1), dict.fromkeys(RULES, 0)
    for seed in range(seeds):
        found = _alarms(simulate(1000 + seed, HISTORY + months.stop, {}), months)
        counts = {rule: counts[rule] + len(found[rule]) for rule in RULES}
        print(f"# {seed}: {counts}", flush=True)
    span = seeds * years
    for (rule, budget), n in counts.items():
        print(f"quiet, {span} years, {rule}, budget {budget * PARTS[rule]:.3f} a year: {n / span:.3f} ({_interval(n, span)})")  # fmt: skip
    for trouble in ("one input drifts", "broken feed"):
        late: dict[str, list[float]] = {"before": [], "now": []}
        for seed in range(seeds):
            feed = {"feed": 1.0} if trouble == "broken feed" else {}
            book = simulate(1000 + seed, HISTORY + ONSET + 31, feed)
            found = _alarms(book if feed else drifting(book), range(ONSET - 1, ONSET + 31))
            for rule, delays in late.items():
                codes = [*found[rule, 0.5], *(found["missing", 0.5] if feed else ())]
                delays.append(min((one - ONSET for one in codes if one >= ONSET), default=np.inf))
        for rule, delays in late.items():
            print(f"{trouble}, {seeds} books, {rule}: median {np.median(delays):g} months, {np.isfinite(delays).sum()} found", flush=True)  # fmt: skip


def drifting(book: Book) -> Book:
    """The book with one input that drifts from the onset on."""
    name, a_month, lasts = DRIFTS
    rows, onset = book.rows, START + pd.DateOffset(months=HISTORY + ONSET)
    since = (rows["as_of"].dt.year - onset.year) * 12 + rows["as_of"].dt.month - onset.month
    moved = rows[name] + a_month * rows[name].std() * since.clip(0, lasts)
    return Book(rows.assign(**{name: moved}), book.entries)


def _alarms(book: Book, months: range) -> dict[tuple[str, float], list[int]]:
    """Months in which each rule begins to alarm, by rule and budget."""
    rows, start = book.rows, START + pd.DateOffset(months=HISTORY)
    reference = _reference(rows)
    alarms: dict[tuple[str, float], list[int]] = {rule: [] for rule in RULES}
    stood: set[tuple[str, float]] = set()
    for month in months:
        day = start + pd.DateOffset(months=month)
        every = rows[rows["as_of"] <= day]
        now = every[every["as_of"] > day - pd.DateOffset(months=12)]
        stands = _standing(Watched(reference, FEATURES, {}, now, now, [], 12, 10, None, every))
        for rule in stands - stood:
            alarms[rule].append(month)
        stood = stands
    return alarms


def _standing(seen: Watched) -> set[tuple[str, float]]:
    moving, stands = moving_of(seen), set()
    codes = {"UP-D3": "now", "UP-D1": "answers", "UP-D2": "answers", "UP-Q2": "missing"}
    for budget in BUDGETS:
        allowed = Allowance(budget, 12.0)
        level = allowed.level("UP-D3") / len(moving.inputs)
        alone = [former(one, seen.customers, level).is_news for one in moving.inputs.values()]
        stands |= {("before", budget)} if any(alone) else set()
        found, _ = judged(seen, moving, allowed)
        stands |= {(codes[one.code], budget) for one in found if one.outcome == "failed"}
    return stands


def main() -> None:
    """Runs one of the two."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("way", choices=("demo", "books"))
    asked.add_argument("--data", type=Path, default=Path("data"))
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--years", type=int, default=5)
    given = asked.parse_args()
    if given.way == "demo":
        demo(given.data)
    else:
        books(given.seeds, given.years)


if __name__ == "__main__":
    main()
