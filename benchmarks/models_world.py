"""The model against the true PDs of simulated books, over seeds: rank, level, calibration, and what the rest is made of."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml
from sklearn.metrics import roc_auc_score

from benchmarks import models_hidden
from benchmarks.models_hidden import expected_gini
from benchmarks.models_project import STAGES, Project, peak_gib, stages_from
from benchmarks.models_tables import Table, percent, spread
from contracts.arrays import Floats
from contracts.config.params import Params
from contracts.config.portfolio import PortfolioConfig
from contracts.config.scale import ScaleConfig
from contracts.config.source import WorldSource
from contracts.scale import grade
from contracts.tables.derived import KEY
from contracts.tables.simulated import TRUE_DEFAULTS, TRUTH
from contracts.tables.store import read_table
from models.base.binning import BINS, equal_mass
from models.base.losses import log_odds
from pipelines import paths

MONTHLY_CUSTOMERS = 5_000  # above it quarters: 181 features of every month take more than 6 GB
MODELS = {"Bonitas": "pd", "scorecard": "pd_baseline", "oracle": "true_pd"}
WATCHED = ("Bonitas", "scorecard")
DRIVERS = ("distress", "sudden", "contagion")
Figures = dict[str, dict[str, float]]
"""Row of a table, column of it: the figure of one seed."""


@dataclass(frozen=True)
class Run:
    """One seed's figures, by table."""

    seed: int
    rank: Figures
    level: Figures
    grades: Figures
    calibration: Figures
    ladder: Figures
    knows: Figures
    drivers: Figures
    selective: Figures
    cost: Figures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the world."""
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=7)
    parser.add_argument("--every", choices=("month", "quarter"), help="days of decision; above 5,000 customers quarter")  # fmt: skip


def every(given: argparse.Namespace) -> str:
    """Days of decision: what was asked for, else every first of a month where they fit."""
    return given.every or ("month" if given.customers <= MONTHLY_CUSTOMERS else "quarter")


def measured(made: Project, given: argparse.Namespace, seed: int) -> Run:
    """Runs the stages on one seed and measures it."""
    for key, value in (("customers", given.customers), ("seed", seed), ("every", every(given))):
        made.set_portfolio(key, value)
    made.run(stages_from(given.start))
    rows, book = rows_of(made), PortfolioConfig.model_validate(_yaml(made, f"{made.portfolio}.yaml"))  # fmt: skip
    if not isinstance(book.source, WorldSource):
        raise TypeError(f"{made.portfolio} is not simulated")
    truth = read_table(made.folder / paths.TRUTH / "truth.parquet", TRUTH)
    wanted = truth[truth["as_of"].isin(rows["as_of"].unique())].reset_index(drop=True)
    hidden = models_hidden.hidden_state(book.source, book.complete_until, wanted)
    hidden = rows[KEY].merge(wanted[KEY].join(hidden), on=KEY, how="left").drop(columns=KEY)
    scale = Params.model_validate(_yaml(made, None)).scale
    return Run(
        seed, rank(rows), level(rows), by_grade(rows, scale), calibration(rows),
        models_hidden.ladder(rows, hidden),
        {name: {"gini": gini} for name, gini in models_hidden.partial_oracles(rows, hidden).items()},
        drivers(rows), selective(made), cost(made),
    )  # fmt: skip


def _yaml(made: Project, portfolio: str | None) -> object:
    path = paths.PARAMS if portfolio is None else paths.PORTFOLIOS / portfolio
    return yaml.safe_load((made.folder / path).read_text(encoding="utf-8"))


def rows_of(made: Project) -> pd.DataFrame:
    """The test rows whose truth is known, with their true PD and, where they defaulted, the cause."""
    folder = made.folder / paths.TRUTH
    truth = read_table(folder / "truth.parquet", TRUTH)[[*KEY, "true_pd"]]
    causes = read_table(folder / "true_defaults.parquet", TRUE_DEFAULTS)[["customer_id", "driver"]]
    scored = made.scored().merge(truth, on=KEY, validate="one_to_one")
    return scored.merge(causes, on="customer_id", how="left", validate="many_to_one")


def rank(rows: pd.DataFrame) -> Figures:
    """Gini on the outcomes that came, and the one to expect of the true PDs; both as a share of the oracle's."""
    outcome, truth = rows["defaulted"].to_numpy(np.bool_), rows["true_pd"].to_numpy(np.float64)
    found: Figures = {}
    for model, column in MODELS.items():
        score = rows[column].to_numpy(np.float64)
        came = 2.0 * float(roc_auc_score(outcome, score)) - 1.0
        found[model] = {"realised": came, "expected": expected_gini(score, truth)}
    for one in found.values():
        for name in ("realised", "expected"):
            one[f"share {name}"] = one[name] / found["oracle"][name]
    return found


def level(rows: pd.DataFrame) -> Figures:
    """Mean PD beside the mean true PD and the default rate."""
    truth, came = float(rows["true_pd"].mean()), float(rows["defaulted"].astype(bool).mean())
    return {
        model: {"pd": float(rows[MODELS[model]].mean()), "true": truth, "realised": came,
                "ratio": float(rows[MODELS[model]].mean()) / truth}
        for model in WATCHED
    }  # fmt: skip


def by_grade(rows: pd.DataFrame, scale: ScaleConfig) -> Figures:
    """The same by grade of our PD; the grades' shares of the rows."""
    grades = grade(rows["pd"], scale)
    found: Figures = {}
    for number in np.unique(grades).tolist():
        part = rows[grades == number]
        means = {"pd": part["pd"].mean(), "true": part["true_pd"].mean(), "realised": part["defaulted"].astype(bool).mean()}  # fmt: skip
        found[str(number)] = {
            "share": len(part) / len(rows),
            **{name: float(mean) for name, mean in means.items()},
        }
    return found


def calibration(rows: pd.DataFrame) -> Figures:
    """How far PDs lie from the true ones: in log-odds by row, and on average by equal-mass bin."""
    truth = rows["true_pd"].to_numpy(np.float64)
    found: Figures = {}
    for model in WATCHED:
        chance = rows[MODELS[model]].to_numpy(np.float64)
        off = log_odds(chance) - log_odds(truth)
        found[model] = {
            "level": float(np.mean(off)),
            "error": float(np.mean(np.abs(off))),
            "error at the right level": float(np.mean(np.abs(off - np.median(off)))),
            "ece": true_calibration_error(chance, truth),
        }
    return found


def true_calibration_error(chance: Floats, truth: Floats, bins: int = BINS) -> float:
    """Mean gap between PD and true PD over bins of equal mass: the ECE with the true PD in the place of the outcome.

    >>> round(true_calibration_error(np.array([0.1, 0.2, 0.5, 0.6]), np.array([0.2, 0.1, 0.4, 0.4]), bins=2), 6)
    0.075
    """
    gaps = [abs(float(np.sum((chance - truth)[part]))) for part in equal_mass(chance, bins)]
    return float(np.sum(gaps) / len(chance))


def drivers(rows: pd.DataFrame) -> Figures:
    """By cause: share of the defaults, and Ginis where no other defaults are counted; the last without sudden ones."""
    bad = rows["defaulted"].to_numpy(np.bool_)
    cause = rows["driver"].where(bad, None).to_numpy(dtype=object)
    kept = {f"{one} defaults alone": cause == one for one in DRIVERS}
    kept["all but sudden"] = bad & (cause != "sudden")
    found: Figures = {}
    for name, chosen in kept.items():
        part = rows[~bad | chosen]
        outcome = part["defaulted"].to_numpy(np.bool_)
        ginis = {
            model: 2.0 * float(roc_auc_score(outcome, part[column])) - 1.0 if outcome.any() else float("nan")
            for model, column in MODELS.items()
        }  # fmt: skip
        found[name] = {"share": float(chosen.sum() / bad.sum()), **ginis}
    return found


def selective(made: Project) -> Figures:
    """The pack's `selective.truth`: rows, predicted, true and realised rates, by whether the limit left room."""
    truth = made.json(paths.MODEL_VALIDATION_JSON)["selective"]["truth"]
    groups = {"all": truth, "no room in the limit": truth["constrained"], "room in the limit": truth["free"]}  # fmt: skip
    names = ("n", "predicted", "true", "realised")
    return {
        group: {name: float("nan") if one[name] is None else float(one[name]) for name in names}
        for group, one in groups.items()
    }


def cost(made: Project) -> Figures:
    """Seconds by stage and in all."""
    seconds = {stage: {"seconds": made.seconds[stage]} for stage in STAGES if stage in made.seconds}
    return {**seconds, "all": {"seconds": sum(made.seconds.values())}}


Say = Callable[[Sequence[float]], str]


def over(runs: Sequence[Run], name: str, columns: Mapping[str, Say]) -> list[tuple[str, ...]]:
    """One row per row of the runs' tables: mean and spread of each column over the seeds."""
    names = dict.fromkeys(row for run in runs for row in getattr(run, name))
    return [
        (row, *(say([getattr(run, name).get(row, {}).get(column, float("nan")) for run in runs]) for column, say in columns.items()))
        for row in names
    ]  # fmt: skip


def tables(runs: Sequence[Run], given: argparse.Namespace) -> list[Table]:
    """All tables, means over the seeds with one standard deviation."""
    title = f"World of {given.customers:,} customers, {every(given)}-ends, seeds {', '.join(str(run.seed) for run in runs)}"  # fmt: skip
    return [
        Table(
            f"{title}: Gini on the test year, and as a share of the oracle's",
            ("", "realised", "of oracle", "expected", "of oracle"),
            over(runs, "rank", {"realised": spread, "share realised": percent, "expected": spread, "share expected": percent}),
            "Expected: each row defaults with its true PD, so no luck of one year is in it.",
        ),
        Table(
            "Mean PD, test year", ("", "PD", "true PD", "defaulted", "PD / true"),
            over(runs, "level", {"pd": percent, "true": percent, "realised": percent, "ratio": spread}),
            "Nobody knows the downturn's depth before it comes; the true PD does.",
        ),
        Table(
            "By grade of our PD", ("grade", "rows", "PD", "true PD", "defaulted"),
            sorted(over(runs, "grades", {"share": percent, "pd": percent, "true": percent, "realised": percent}), key=lambda row: int(row[0])),
        ),
        Table(
            "Error against the true PD", ("", "mean log-odds", "mean |log-odds|", "the same, level put right", "ECE"),
            over(runs, "calibration", {"level": spread, "error": spread, "error at the right level": spread, "ece": percent}),
        ),
        *_missing(runs),
        Table(
            "Selective outcomes", ("", "rows", "predicted", "true", "defaulted"),
            over(runs, "selective", {"n": lambda values: spread(values, 0), "predicted": percent, "true": percent, "realised": percent}),
            "No room: the open balance fills the limit, or the supplier has cut it.",
        ),
        Table(
            f"Cost of a seed; largest process {peak_gib():.1f} GiB", ("stage", "seconds"),
            over(runs, "cost", {"seconds": lambda values: spread(values, 1)}),
        ),
    ]  # fmt: skip


def _missing(runs: Sequence[Run]) -> Iterator[Table]:
    """What the missing share is made of, told three ways."""
    yield Table(
        "What lies between model and oracle: expected Gini gained by telling the model what is hidden",
        ("", "Gini", "in turn", "alone"),
        over(runs, "ladder", {"gini": spread, "in turn": spread, "alone": spread}),
        "In turn: on top of the lines above; the order is ours. Forecasts of the true PD cross-fitted by customer.",
    )  # fmt: skip
    yield Table("Oracles that know a part", ("knows", "expected Gini"), over(runs, "knows", {"gini": spread}))  # fmt: skip
    yield Table(
        "By cause of the default, survivors the same: realised Gini",
        ("", "of the defaults", *MODELS),
        over(runs, "drivers", {"share": percent, **dict.fromkeys(MODELS, spread)}),
        "A sudden insolvency has the same chance for all: nobody can rank it, the oracle neither.",
    )  # fmt: skip
