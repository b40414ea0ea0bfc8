"""How good the alarms are: books whose true hazards are known, quiet or with one trouble planted, beside the rules of thumb.

`python -m benchmarks.alarms --seeds 20` prints the table of `benchmarks/RESULTS.md`, anew after every seed, so that a run may be stopped. The
model's PDs are the truth until the trouble begins, so in a quiet book every alarm is false. `--probcal` adds that monitor (version 0.4.0, which
has to be installed), fed with what a lender has.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import norm, poisson

from benchmarks.alarms_probcal import WAYS, probcal_alarms
from contracts.arrays import Floats, Ints
from contracts.config.scale import ScaleConfig
from contracts.scale import grade, score
from models.registry.reference import registration_sample
from models.upkeep.budget import Allowance
from models.upkeep.hazards import followed
from models.upkeep.inputs import input_findings
from models.upkeep.look import level_look
from models.upkeep.outcomes import outcome_findings
from models.upkeep.sequence import segment_look, spread_look
from models.upkeep.watched import Watched

CUSTOMERS = 1300
HISTORY, REGISTERED = 60, 48
"""Months before the model is watched; the last twelve are its registration sample."""
ONSET = 12
"""Month of watching in which a trouble begins."""
AFTER = 30
"""Months after it that are looked at."""
GRID = np.linspace(-9.5, -0.3, 47)
MEAN, SPREAD, LASTS = -7.6, 2.0, 0.95
"""Of the log-odds of a month's hazard: in a year 3.6 % default, half of the customers have a PD below 1.7 %; the demo 3.7 % and 0.9 %."""
CONTAGION = 0.25
"""Chance that a default in a group takes another member with it."""
GROUPED = 0.08
SHOCK = 0.15
"""Standard deviation of the factor that all hazards of a month share."""
TROUBLES = {
    "quiet": {},
    "level +0.3": {"level": 0.3},
    "level +0.5": {"level": 0.5},
    "slope 0.6": {"slope": -0.6},
    "one segment +1.2": {"segment": 1.2},
    "broken feed": {"feed": 1.0},
    "changed definition": {"definition": 0.8},
}
RULES = ("ours", "PSI 0.10", "PSI 0.25", "labels at 5 %")
NUMBERS = (
    "signal_1",
    "signal_2",
    "signal_3",
    "lasting_1",
    "lasting_2",
    "lasting_3",
    "sparse",
    "clock",
)
FEATURES = [
    *({"name": name, "dtype": "number", "direction": 0} for name in NUMBERS),
    {"name": "trade", "dtype": "category", "direction": 0, "levels": list("abcde")},
]
START = pd.Timestamp("2020-01-01")


Hidden = tuple[Ints, Floats, Floats, Ints, Ints]
"""Level of the hazard, lasting traits, their wandering, months since the relation began, trade."""


@dataclass(frozen=True)
class Book:
    """A simulated book.

    Attributes:
        rows: every customer in good standing on every first of a month, scored.
        entries: days of default.
    """

    rows: pd.DataFrame
    entries: pd.DataFrame


@dataclass
class Tally:
    """What was found in the books of one kind.

    Attributes:
        false: alarms while nothing was wrong, by rule.
        years: looked at while nothing was wrong.
        delays: months from the trouble to the alarm, by rule; 99 where there was none.
        by: checks that gave the first alarm of ours, how often.
        checks: false alarms by check.
    """

    false: dict[str, int] = field(default_factory=dict)
    years: float = 0.0
    delays: dict[str, list[int]] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)


def moves() -> Floats:
    """Chances of moving from one level of log-odds to another within a month (Tauchen, Economics Letters 20, 1986)."""
    step = GRID[1] - GRID[0]
    middle = MEAN + LASTS * (GRID - MEAN)
    noise = SPREAD * np.sqrt(1 - LASTS**2)
    edges = np.r_[-np.inf, GRID[:-1] + step / 2, np.inf]
    cumulated = norm.cdf((edges[None, :] - middle[:, None]) / noise)
    return np.diff(cumulated, axis=1)


def year_ahead(moves: Floats) -> tuple[Floats, Floats]:
    """PD of twelve months by level, exactly; and the long-run distribution of customers that live."""
    lives = 1.0 / (1.0 + np.exp(GRID))
    step = lives[:, None] * moves
    alive = np.ones(len(GRID))
    for _ in range(12):
        alive = step @ alive
    stay = np.full(len(GRID), 1.0 / len(GRID))
    for _ in range(600):
        stay = stay @ step
        stay /= stay.sum()
    return 1.0 - alive, stay


def simulate(seed: int, months: int, trouble: dict[str, float]) -> Book:
    """A book of customers that are replaced when they default; groups default together, months share a shock.

    Args:
        seed: of all draws.
        months: of history and of watching.
        trouble: what is planted `ONSET` months after watching begins; `lasts`: so many months.
    """
    draw = np.random.default_rng(seed)
    steps = moves()
    year, stay = year_ahead(steps)
    cumulated = steps.cumsum(axis=1)
    n = CUSTOMERS
    group = np.where(np.arange(n) < GROUPED * n, np.arange(n) // 3, 10_000 + np.arange(n))
    _, group = np.unique(group, return_inverse=True)
    size = np.bincount(group)[group]
    places = draw.choice(len(GRID), size=n, p=stay)
    trade, lasting = draw.integers(0, 5, n), draw.normal(size=(3, n))
    since, ids, fresh = draw.integers(0, 120, n), np.arange(n), n
    wander, frames, entries = np.zeros(3), [], []
    for month in range(months):
        day = START + pd.DateOffset(months=month)
        places = places[np.unique(group, return_index=True)[1]][group]  # a group is one risk
        wander = 0.8 ** (1 / 12) * wander + draw.normal(0, 0.04, 3)
        is_on = HISTORY + ONSET <= month < HISTORY + ONSET + trouble.get("lasts", np.inf)
        frames.append(_seen(draw, ids, day, year[places], (places, lasting, wander, since, trade), trouble if is_on else {}))  # fmt: skip
        odds = GRID[places] + (_moved(GRID[places], trade, trouble) if is_on else 0.0)
        hazard = draw.gamma(1 / SHOCK**2, SHOCK**2) / (1 + np.exp(-odds))
        own = draw.random(n) < np.minimum(hazard / (1 + (size - 1) * CONTAGION), 1.0)
        struck = np.bincount(group, weights=own)[group] - own
        hit = own | (draw.random(n) < 1 - (1 - CONTAGION) ** struck)
        entries.append(pd.DataFrame({"customer_id": ids[hit], "entered_on": day + pd.Timedelta(days=12)}))  # fmt: skip
        places = (draw.random(n)[:, None] > cumulated[places]).sum(axis=1)
        places[hit] = draw.choice(len(GRID), size=int(hit.sum()), p=stay)
        lasting[:, hit], trade[hit] = draw.normal(size=(3, hit.sum())), draw.integers(0, 5, hit.sum())  # fmt: skip
        since, ids = np.where(hit, 0, since + 1), np.where(hit, fresh + np.arange(n), ids)
        fresh += n
    return _labelled(pd.concat(frames, ignore_index=True), pd.concat(entries, ignore_index=True))


def _moved(odds: Floats, trade: Ints, trouble: dict[str, float]) -> Floats:
    """What a trouble adds to the log-odds of a month's hazard; a slope turns around the customer that defaults."""
    around = MEAN + SPREAD**2
    definition = trouble.get("definition", 0.0) * (
        odds > MEAN
    )  # arrears that now count: of the weaker half
    return trouble.get("level", 0.0) + trouble.get("slope", 0.0) * (odds - around) + trouble.get("segment", 0.0) * (trade == 1) + definition  # fmt: skip


def _seen(
    draw: np.random.Generator,
    ids: Ints,
    day: pd.Timestamp,
    pd_: Floats,
    hidden: Hidden,
    trouble: dict[str, float],
) -> pd.DataFrame:
    places, lasting, wander, since, trade = hidden
    n, signal = len(ids), GRID[places]
    columns = {f"signal_{k + 1}": signal + draw.normal(0, 1 + k, n) for k in range(3)}
    columns |= {f"lasting_{k + 1}": lasting[k] + wander[k] + draw.normal(0, 0.3, n) for k in range(3)}  # fmt: skip
    if trouble.get("feed"):
        columns["signal_2"] = np.where(draw.random(n) < 0.3, np.nan, columns["signal_2"])
    sparse = np.where(draw.random(n) < 0.2, np.nan, draw.gamma(2.0, 1.0, n))
    named = np.array(list("abcde"))[trade]
    return pd.DataFrame({"customer_id": ids, "as_of": day, "pd": pd_, **columns, "sparse": sparse, "clock": since.astype(float), "trade": named})  # fmt: skip


def _labelled(rows: pd.DataFrame, entries: pd.DataFrame) -> Book:
    day = rows["customer_id"].map(entries.set_index("customer_id")["entered_on"])
    fell = (day < rows["as_of"] + pd.DateOffset(months=12)).fillna(value=False)
    scale = ScaleConfig()
    odds = np.log(rows["pd"] / (1 - rows["pd"]))
    told = rows.assign(defaulted=fell, unseen_pd=rows["pd"], margin=odds, score=score(rows["pd"], scale), grade=grade(rows["pd"], scale))  # fmt: skip
    return Book(told, entries)


def judged(
    book: Book,
    trouble: str,
    allowed: Allowance,
    months: int,
    tally: Tally,
    given: argparse.Namespace,
) -> None:
    """Looks at a book on every day of decision, and notes which rule alarms when.

    Args:
        book: of `simulate`.
        trouble: its name.
        allowed: the budget.
        months: that are watched.
        tally: what is found is added to it.
        given: `every`, months from look to look of the checks that look anew each time (inputs, scores, labels), 0: never; `probcal`, whether it looks as well.
    """
    every = given.every
    rows, start = book.rows, START + pd.DateOffset(months=HISTORY)
    reference = _reference(rows)
    found = followed(rows.assign(defaulted=rows["defaulted"].where(rows["as_of"] < start)), book.entries, start, 12)  # fmt: skip
    if found is None:
        raise ValueError("no month is watched")
    looks = [level_look(found, allowed.threshold("UP-S1")), spread_look(found, allowed), segment_look(FEATURES, found, allowed)[0]]  # fmt: skip
    alarms: dict[str, list[tuple[int, str]]] = {one: [] for one in RULES}
    for name in WAYS if given.probcal else ():
        alarms[name] = [(month, name) for month in probcal_alarms(rows, start, months, WAYS[name])]
    for look in looks:
        alarms["ours"] += [(int(month) + 1, look.code) for month in look.detected.alarms] if look else []  # fmt: skip
    quiet = trouble == "quiet"
    before: set[tuple[str, str]] = set()
    for month in range(1 if quiet else ONSET - every, months + 1):
        if not every or (month - ONSET) % every:
            continue
        now = _snapshot(rows, start, month, reference, book)
        failing = _failing(now, allowed)
        alarms_now = failing - before
        for rule, code in alarms_now:
            alarms[rule].append((month, code))
        before = failing
    _note(alarms, months if quiet else 0, tally)


def _note(alarms: dict[str, list[tuple[int, str]]], quiet_months: int, tally: Tally) -> None:
    tally.years += quiet_months / 12
    for rule, found in alarms.items():
        if quiet_months:
            tally.false[rule] = tally.false.get(rule, 0) + len(found)
            for _, code in found if rule == "ours" else []:
                tally.checks[code] = tally.checks.get(code, 0) + 1
            continue
        # inputs of the day of the trouble are seen on that day, defaults of its month at its end
        late = sorted(one for one in found if one[0] >= ONSET + one[1].startswith("UP-S"))
        tally.delays.setdefault(rule, []).append(late[0][0] - ONSET if late else 99)
        if late and rule == "ours":
            tally.by[late[0][1]] = tally.by.get(late[0][1], 0) + 1


def _reference(rows: pd.DataFrame) -> dict[str, object]:
    first, last = (START + pd.DateOffset(months=one) for one in (REGISTERED - 12, REGISTERED))
    sample = rows[(rows["as_of"] >= first) & (rows["as_of"] < last)]
    return registration_sample(sample, FEATURES, bins=10, horizon_months=12, n_grades=10)


def _snapshot(
    rows: pd.DataFrame, start: pd.Timestamp, month: int, reference: dict[str, object], book: Book
) -> Watched:
    day = start + pd.DateOffset(months=month)
    every = rows[rows["as_of"] <= day]
    matured = every["as_of"] <= day - pd.DateOffset(months=12)
    current = every[every["as_of"] > day - pd.DateOffset(months=12)]
    known = every[matured & (every["as_of"] > day - pd.DateOffset(months=24)) & (every["as_of"] >= start)]  # fmt: skip
    return Watched(reference, FEATURES, {}, current, known, [], 12, 10, None, every, book.entries, start)  # fmt: skip


def _failing(now: Watched, allowed: Allowance) -> set[tuple[str, str]]:
    inputs, shifts = input_findings(now, allowed)
    outcomes, _ = outcome_findings(now, allowed)
    failing = {("ours", one.code) for one in (*inputs, *outcomes) if one.outcome == "failed"}
    moved = [one.psi for one in shifts if one.feature != "clock"]
    moved += [float(one.value) for one in inputs if one.code == "UP-D1" and one.value is not None]
    for limit in (0.10, 0.25):
        failing |= {(f"PSI {limit:.2f}", "PSI")} if max(moved) > limit else set()
    level = next(one for one in outcomes if one.code == "UP-C1")
    return failing | ({("labels at 5 %", "UP-C1")} if level.value is not None and level.value < 0.05 else set())  # fmt: skip


def _lines(tallies: dict[str, Tally], allowed: Allowance) -> list[str]:
    quiet = tallies["quiet"]
    rules = [*RULES, *(one for one in WAYS if one in {*quiet.false, *_any(tallies).delays})]
    lines = ["| book | " + " | ".join(rules) + " | ours, first alarm by |", "|---" * (len(rules) + 2) + "|"]  # fmt: skip
    if quiet.years:
        said = [f"{quiet.false[one] / quiet.years:.2f} ({_interval(quiet.false[one], quiet.years)})" for one in rules]  # fmt: skip
        lines.append(f"| quiet, {quiet.years:.0f} years: false alarms a year (budget {allowed.a_year}) | {' | '.join(said)} | {_by(quiet.checks)} |")  # fmt: skip
    for name, one in tallies.items():
        if not one.delays:
            continue
        said = [_delay(one.delays[rule]) for rule in rules]
        lines.append(f"| {name}, {len(one.delays['ours'])} books: months to the alarm, hits | {' | '.join(said)} | {_by(one.by)} |")  # fmt: skip
    return lines


def _any(tallies: dict[str, Tally]) -> Tally:
    return next((one for one in tallies.values() if one.delays), Tally())


def _delay(months: Sequence[int]) -> str:
    hits = sum(one < 99 for one in months)
    median = float(np.median(months))
    return f"{'none' if median >= 99 else f'{median:g}'}, {hits}"


def _by(codes: dict[str, int]) -> str:
    return ", ".join(f"{code} {n}" for code, n in sorted(codes.items())) or "-"


def _interval(count: int, years: float) -> str:
    """Exact 95 % interval of a Poisson rate (Garwood 1936)."""
    grid = np.linspace(0, (count + 10) * 3, 20_001)
    low = grid[poisson.sf(count - 1, grid) >= 0.025][0] if count else 0.0
    high = grid[poisson.cdf(count, grid) >= 0.025][-1]
    return f"{low / years:.2f} to {high / years:.2f}"


def main() -> None:
    """Prints the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--first", type=int, default=1000, help="first seed")
    asked.add_argument("--years", type=int, default=5)
    asked.add_argument(
        "--every",
        type=int,
        default=1,
        help="months between looks at inputs and labels; 0: defaults by month alone",
    )
    asked.add_argument("--budget", type=float, default=0.5)
    asked.add_argument("--books", nargs="*", default=list(TROUBLES))
    asked.add_argument(
        "--probcal", action="store_true", help="beside probcal 0.4.0, which has to be installed"
    )
    given = asked.parse_args()
    allowed = Allowance(given.budget, 12.0)
    tallies = {name: Tally() for name in dict.fromkeys(["quiet", *given.books])}
    for seed in range(given.first, given.first + given.seeds):
        for name in given.books:
            months = given.years * 12 if name == "quiet" else ONSET + AFTER
            book = simulate(seed, HISTORY + months + 1, TROUBLES[name])
            judged(book, name, allowed, months, tallies[name], given)
            print(f"# {name} {seed}: {tallies[name]}", flush=True)
        print("\n".join(_lines(tallies, allowed)), flush=True)


if __name__ == "__main__":
    main()
