"""Leaks: how many planted ones gate PD-L1 finds before a model is registered, and how often it suspects a clean book.

    python -m benchmarks.leaks --clean 20 --seeds 5      # worlds without a leak, worlds with thirty each in turn
    python -m benchmarks.leaks --demo .                  # a finished demo, whose insolvent customers' legal form is today's on every day

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
from sklearn.metrics import roc_auc_score

from benchmarks.leaks_planted import LEAKS, STRENGTHS, Truth
from benchmarks.models_tables import Table
from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.training import TrainConfig
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION
from contracts.tables.store import read_table, write_arrow
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


def judged(
    parts: pd.DataFrame, matrix: pd.DataFrame, contract: ModelContract
) -> tuple[list[SingleInput], float]:
    """The inputs of a quick model that are suspects, the strongest suspicion first; and the model's ROC AUC on the test part.

    Args:
        parts: contract PARTITION.
        matrix: contract MATRIX.
        contract: the inputs.
    """
    train, test, recent = (assemble(matrix, parts, part) for part in ("train", "test", "recent"))
    rows = dataset(contract.encode(train.features), train.defaulted, contract, CONFIG)
    booster = lgb.train(lightgbm_params(contract, CONFIG, by_hand(contract, CONFIG)), rows, num_boost_round=ROUNDS)  # fmt: skip
    ensemble = Ensemble((booster,), contract)
    found = single_inputs((train, test), recent, ensemble) or []
    auc = float(roc_auc_score(test.defaulted, ensemble.margin(test.features)))
    return sorted((one for one in found if one.why), key=lambda one: -one.foreseen), auc


def clean(made: Book) -> list[SingleInput]:
    """Suspects where there is no leak: false alarms."""
    train = assemble(made.matrix, made.partition, "train")
    contract, _ = learn_contract(train, made.lineage, "world", 12)
    return judged(made.partition, made.matrix, contract)[0]


def demo(folder: Path) -> Iterator[tuple[str, ...]]:
    """The demo as it is, and with "in liquidation" as the legal form of its insolvent customers on every day, as a master file of today has it."""
    matrix, lineage = read_table(folder / paths.MATRIX, MATRIX), read_table(folder / paths.LINEAGE, LINEAGE)  # fmt: skip
    parts = read_table(folder / paths.PARTITION, PARTITION)
    events = pd.read_parquet(folder / paths.VALID / "events.parquet", columns=["customer_id", "kind"])  # fmt: skip
    insolvent = set(events.loc[events["kind"] == "insolvency", "customer_id"])
    closed = matrix["customer_legal_form"].mask(matrix["customer_id"].isin(insolvent), "in liquidation")  # fmt: skip
    for name, rows in (
        ("as it is", matrix),
        ("in liquidation", matrix.assign(customer_legal_form=closed)),
    ):
        contract, _ = learn_contract(assemble(rows, parts, "train"), lineage, "demo", 12)
        suspects, auc = judged(parts, rows, contract)
        yield name, str(len(insolvent)), f"{auc:.3f}", ", ".join(f"{one.feature} ({one.why})" for one in suspects)  # fmt: skip


def planted(made: Book) -> Iterator[tuple[str, float, str]]:
    """Each leak at each strength, and for which reason it was found; empty where it was not."""
    train = assemble(made.matrix, made.partition, "train")
    whole, _ = learn_contract(train, made.lineage, "world", 12)
    kept = tuple(strongest(train, whole))
    for name, leak in LEAKS.items():
        for strength in STRENGTHS:
            matrix = made.matrix.assign(**{PLANTED: leak(made.matrix, made.truth, strength)})
            contract = ModelContract("world", 12, (*kept, _column(matrix, made)))
            suspects, _ = judged(made.partition, matrix, contract)
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
    for place in range(max(given.clean, given.seeds)):
        seed = given.first + place
        made = book(seed, given.customers)
        if place < given.clean:
            suspects = clean(made)
            print(f"seed {seed}: clean, suspects {[one.feature for one in suspects]}", file=sys.stderr, flush=True)  # fmt: skip
            if suspects:
                alarms.append((str(seed), ", ".join(f"{one.feature} ({one.why})" for one in suspects)))  # fmt: skip
        if place < given.seeds:
            for name, strength, why in planted(made):
                print(f"seed {seed}: {name} {strength:.0%} {why or '-'}", file=sys.stderr, flush=True)  # fmt: skip
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
    found.add_argument(
        "--first", type=int, default=1, help="the first seed; others than 1 to 8 chose no threshold"
    )
    found.add_argument("--customers", type=int, default=800)
    found.add_argument(
        "--demo", type=Path, help="a project in which the demo has run: that alone is judged"
    )
    found.add_argument("--markdown", action="store_true", help="tables for RESULTS.md")
    given = found.parse_args()
    if given.demo:
        head = ("master data", "insolvent", "ROC AUC, test", "stopped by")
        print(Table("The demo with today's legal form on every day", head, list(demo(given.demo))).show(markdown=given.markdown))  # fmt: skip
        return
    print("\n\n".join(table.show(markdown=given.markdown) for table in tables(given)))
    print(f"\nMeasured on {time.strftime('%Y-%m-%d')}.")


if __name__ == "__main__":
    main()
