"""Leaks: how many planted ones gate PD-L1 finds before a model is registered, and how often it suspects a clean book.

    python -m benchmarks.leaks --clean 20 --seeds 5      # worlds without a leak, worlds with thirty each in turn

Every world is simulated, labelled and turned into the matrix as the stages do it. A clean world is judged with all its
features. A leak (`benchmarks.leaks_planted`, ten of them at three strengths) is one more column, beside the twenty features
that are strongest on train: so few that thirty fits stay cheap, and enough for all but the last points of ROC AUC.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import pandas as pd
import yaml

from benchmarks.leaks_planted import LEAKS, STRENGTHS, Truth
from benchmarks.models_tables import Table
from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.training import TrainConfig
from contracts.tables.store import write_arrow
from features.engine.backend import connected, load
from features.labels.cohort import observe
from features.matrix.matrix import build
from models.base.data import Feature, ModelContract, assemble, learn_contract
from models.boosting.booster import Ensemble
from models.boosting.lgbm import by_hand, dataset, lightgbm_params
from models.gates.single import SingleInput
from models.sample.split import partition
from models.scorecard.scorecard import strongest
from models.validation.single_inputs import single_inputs
from pipelines import paths
from world.simulate import simulate

PLANTED = "planted"
ROUNDS = 100
CONFIG = TrainConfig()


@dataclass(frozen=True)
class Book:
    """One simulated book: observations with their features, what they may be used for, and what befell the customers."""

    matrix: pd.DataFrame
    lineage: pd.DataFrame
    partition: pd.DataFrame
    truth: Truth


def book(seed: int, customers: int) -> Book:
    """The demo's world with another seed and size."""
    text = (paths.PORTFOLIOS / "demo.yaml").read_text(encoding="utf-8")
    given = yaml.safe_load(text)
    given["source"] |= {"customers": customers, "seed": seed}
    portfolio = PortfolioConfig.model_validate(given)
    world = simulate(portfolio.source, portfolio.complete_until, portfolio.reporting_currency)  # type: ignore[arg-type]  # the demo's source is a world
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, rows in world.tables.items():
            write_arrow(rows, folder / "valid" / f"{table}.parquet")
        with connected(EngineConfig(), folder / "spill") as con:
            tables = load(con, folder / "valid", portfolio)
            cohort = observe(con, tables, portfolio)
            cohort.to_parquet(folder / "cohort.parquet")
            asked = con.read_parquet(folder / "cohort.parquet").select("customer_id", "as_of")  # type: ignore[attr-defined]  # DuckDB's
            matrix, lineage = build(con, tables, asked.mutate(as_of=asked["as_of"].cast("date")), portfolio, FeaturesConfig())  # fmt: skip
    frame = matrix.to_pandas()
    frame["as_of"] = pd.to_datetime(frame["as_of"])
    people = world.tables["customers"].to_pandas().set_index("customer_id")
    fell = world.defaults.to_pandas().set_index("customer_id")["defaulted_on"].reindex(people.index)
    until = pd.Timestamp(portfolio.complete_until)
    days = pd.to_datetime(fell)
    truth = Truth(people, days.where(days <= until), until, seed)
    return Book(frame, lineage.to_pandas(), partition(cohort, portfolio.split), truth)


def judged(made: Book, matrix: pd.DataFrame, contract: ModelContract) -> list[SingleInput]:
    """The inputs of a quick model that are suspects, the strongest suspicion first."""
    train, test, recent = (assemble(matrix, made.partition, part) for part in ("train", "test", "recent"))  # fmt: skip
    rows = dataset(contract.encode(train.features), train.defaulted, contract, CONFIG)
    booster = lgb.train(lightgbm_params(contract, CONFIG, by_hand(contract, CONFIG)), rows, num_boost_round=ROUNDS)  # fmt: skip
    found = single_inputs((train, test), recent, Ensemble((booster,), contract)) or []
    return sorted((one for one in found if one.why), key=lambda one: -one.foreseen)


def clean(made: Book) -> list[SingleInput]:
    """Suspects where there is no leak: false alarms."""
    train = assemble(made.matrix, made.partition, "train")
    contract, _ = learn_contract(train, made.lineage, "world", 12)
    return judged(made, made.matrix, contract)


def planted(made: Book) -> Iterator[tuple[str, float, str]]:
    """Each leak at each strength, and for which reason it was found; empty where it was not."""
    train = assemble(made.matrix, made.partition, "train")
    whole, _ = learn_contract(train, made.lineage, "world", 12)
    kept = tuple(strongest(train, whole))
    for name, leak in LEAKS.items():
        for strength in STRENGTHS:
            matrix = made.matrix.assign(**{PLANTED: leak(made.matrix, made.truth, strength)})
            contract = ModelContract("world", 12, (*kept, _column(matrix, made)))
            suspects = judged(made, matrix, contract)
            why = next((one.why for one in suspects if one.feature == PLANTED), "")
            yield name, strength, why


def _column(matrix: pd.DataFrame, made: Book) -> Feature:
    """The planted column as a run would declare it, with the levels that train shows."""
    if pd.api.types.is_numeric_dtype(matrix[PLANTED]):
        return Feature(PLANTED, "number", 0)
    seen = assemble(matrix, made.partition, "train").features[PLANTED].dropna().unique()
    return Feature(PLANTED, "category", 0, tuple(sorted(map(str, seen))))


def tables(given: argparse.Namespace) -> list[Table]:
    """False alarms, and the share of the planted leaks found."""
    alarms: list[tuple[str, ...]] = []
    found: Counter[tuple[str, float]] = Counter()
    reasons: dict[str, Counter[str]] = {name: Counter() for name in LEAKS}
    for seed in range(1, 1 + max(given.clean, given.seeds)):
        print(f"seed {seed}", file=sys.stderr, flush=True)
        made = book(seed, given.customers)
        if seed <= given.clean and (suspects := clean(made)):
            alarms.append((str(seed), ", ".join(f"{one.feature} ({one.why})" for one in suspects)))
        if seed <= given.seeds:
            for name, strength, why in planted(made):
                found[name, strength] += bool(why)
                reasons[name][why] += 1
    rows = [
        (
            name,
            *(f"{found[name, strength]} of {given.seeds}" for strength in STRENGTHS),
            ", ".join(f"{why} {n}" for why, n in sorted(reasons[name].items()) if why),
        )
        for name in LEAKS
    ]
    share = tuple(f"{sum(found[name, strength] for name in LEAKS) / (given.seeds * len(LEAKS)):.0%}" for strength in STRENGTHS)  # fmt: skip
    return [
        Table(
            f"Clean worlds of {given.customers} customers, all features: {len(alarms)} of {given.clean} stopped",
            ("seed", "suspects"),
            alarms,
        ),
        Table(
            f"Planted leaks found, {given.seeds} worlds of {given.customers} customers, by share of the defaulted customers that show it",
            ("leak", *(f"{strength:.0%}" for strength in STRENGTHS), "found as"),
            [*rows, ("all", *share, "")],
        ),
    ]


def main() -> None:
    """Prints the tables."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    found.add_argument("--clean", type=int, default=20, help="worlds without a leak")
    found.add_argument("--seeds", type=int, default=5, help="worlds with the leaks in turn")
    found.add_argument("--customers", type=int, default=800)
    found.add_argument("--markdown", action="store_true", help="tables for RESULTS.md")
    given = found.parse_args()
    print("\n\n".join(table.show(markdown=given.markdown) for table in tables(given)))
    print(f"\nMeasured on {time.strftime('%Y-%m-%d')}.")


if __name__ == "__main__":
    main()
