"""What the rules, the cohort, the features and the split refuse of tables that were read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import DirectionConfig
from contracts.config.split import SplitConfig
from contracts.errors import BonitasError
from contracts.tables.derived import COHORT, PARTITION
from contracts.tables.store import conform
from features.catalog import catalogue, redirected, select
from features.labels.told import not_matured
from models.sample.split import partition
from pipelines import paths
from pipelines.label import label
from pipelines.settings import load
from pipelines.split import split
from tests.models_books import monthly_cohort
from tests.refused.case import INVOICES, Case, Change, asked, both, more, nothing, params
from tests.sources_sme import Sme, run_both


def items(old: str, new: str) -> Change:
    return lambda sme: sme.change("extract/open_items.csv", old, new)


def invoices(old: str, new: str) -> Change:
    return lambda sme: sme.change(INVOICES, old, new)


@cache
def _delivered() -> Path:
    """The delivery as it was ingested and validated, once a process."""
    kept = Path(tempfile.mkdtemp(prefix="bonitas-tests-"))
    with chdir(kept):
        Sme(kept)
        run_both()
    return kept


def then(*stages: Callable[..., object]) -> Callable[[], object]:
    """These stages on the delivery, after it was ingested and validated."""

    def run() -> None:
        for name in ("data", "reports"):
            shutil.copytree(_delivered() / name, name, dirs_exist_ok=True)
        for stage in stages:
            stage(load())

    return run


def without_rows(name: str) -> Callable[[object], None]:
    """Empties a validated table, as where a rule set all of it aside."""

    def run(_: object) -> None:
        path = paths.VALID / f"{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)

    return run


def no_customers(_: object) -> None:
    (paths.VALID / "customers.parquet").unlink()


def cut(path: Path) -> Callable[[object], None]:
    """Leaves half of a file."""

    def run(_: object) -> None:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return run


def another_column(_: object) -> None:
    path = paths.VALID / "invoices.parquet"
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["due_on"]), path)


def of_days(first: str, months: int, **told: object) -> Callable[[], object]:
    """The split of a made cohort."""
    values = {"horizon": 12, "complete_until": "2025-12-31"} | {key: told.pop(key) for key in ("horizon", "complete_until") if key in told}  # fmt: skip
    return lambda: partition(monthly_cohort(first, months, **values), SplitConfig.model_validate(told))  # type: ignore[arg-type]  # fmt: skip


def cohort(**changed: list[object]) -> pd.DataFrame:
    """Two rows of a cohort."""
    day = pd.Timestamp("2024-01-01")
    rows = {"customer_id": ["K1", "K2"], "as_of": [day] * 2, "matured_on": [day + pd.DateOffset(years=1)] * 2, "defaulted": pd.array([True, False], dtype="boolean")}  # fmt: skip
    return pd.DataFrame({**rows, **changed})


def raised(error: BonitasError) -> object:
    raise error


def rows_of(part: str) -> pd.DataFrame:
    day = pd.Timestamp("2024-01-01")
    return pd.DataFrame({"customer_id": ["K1"], "as_of": [day], "part": [part], "is_held_out": [False], "defaulted": pd.array([True], dtype="boolean")})  # fmt: skip


def others(*names: str) -> Callable[[], object]:
    return lambda: select(FeaturesConfig(names=names), {"customers", "invoices", "payments"}, ())


RULES = (
    Case("Rows that share a key", items("R2;K1", "R1;K1"), run_both),
    Case(
        "A rule that nobody declares",
        params("validate: {tolerance: {duplicat_key: 0.1}}"),
        run_both,
    ),
    Case(
        "Money in a currency without a rate",
        invoices("'EUR' AS currency", "'USD' AS currency"),
        run_both,
    ),
    Case(
        "Due before it was issued",
        both(items("2024-02-09", "2023-02-09"), items("2024-03-11", "2023-03-11")),
        run_both,
    ),
    Case(
        "Every invoice is set aside",
        both(
            items("100,50", "0"),
            items("200,00", "0"),
            items("300,25", "0"),
            more("tolerance: {invoices.not_positive_amount: 1.0}"),
        ),
        run_both,
    ),
)
COHORTS = (
    Case("No customer among the tables", nothing, then(no_customers, label)),
    Case("A table that is cut", nothing, then(cut(paths.VALID / "invoices.parquet"), label)),
    Case("A table that lacks a column", nothing, then(another_column, label)),
    Case(
        "No row to judge anybody on",
        nothing,
        then(without_rows("invoices"), without_rows("payments"), label),
    ),
    Case("No day of decision", nothing, then(label)),
    Case(
        "Nobody was a customer",
        more('cohort: {first: "2024-06-01", activity_months: 1}'),
        then(label),
    ),
    Case(
        "A file of a stage that is cut",
        nothing,
        then(
            lambda _: (
                paths.COHORT.parent.mkdir(parents=True, exist_ok=True),
                paths.COHORT.write_bytes(b"PAR1"),
            ),
            split,
        ),
    ),
    Case(
        "A table of a stage without a column",
        nothing,
        lambda: conform(cohort().drop(columns="matured_on"), COHORT),
    ),
    Case(
        "A key that is missing", nothing, lambda: conform(cohort(customer_id=["K1", None]), COHORT)
    ),
    Case(
        "A column of another kind",
        nothing,
        lambda: conform(cohort(matured_on=["soon", "later"]), COHORT),
    ),
    Case(
        "Two rows for one key", nothing, lambda: conform(cohort(customer_id=["K1", "K1"]), COHORT)
    ),
    Case("A part that nobody knows", nothing, lambda: conform(rows_of("tset"), PARTITION)),
)
FEATURES = (
    asked("A window of no day", lambda: catalogue((0,), ())),
    asked(
        "A direction for a category",
        lambda: redirected(
            (),
            {"customer_industry": DirectionConfig(direction=1, why="Some trades fail more often")},
            (90,),
            (),
        ),
    ),
    asked(
        "A family that nobody declares",
        lambda: select(
            FeaturesConfig(families=("payment",)), {"customers", "invoices", "payments"}, ()
        ),
    ),
    asked("An input that nobody declares", others("payments_days_late_mean_91x")),
    asked("An input whose table is not delivered", others("statement_equity_to_assets")),
    asked(
        "Nothing that can be computed",
        lambda: select(
            FeaturesConfig(families=("statements",)), {"customers", "invoices", "payments"}, ()
        ),
    ),
)
SPLITS = (
    asked("The last horizon has not ended", lambda: raised(not_matured(cohort(as_of=[pd.Timestamp("2024-06-01")] * 2, matured_on=[pd.Timestamp("2025-06-01")] * 2), load().portfolio, "configs/portfolios/sme.yaml"))),
    asked("No outcome is final", of_days("2025-06-30", 6)),
    asked("The test part begins too early", of_days("2018-01-31", 96, test_from="2018-03-31")),
    asked("A part without a row", of_days("2018-01-31", 96, test_from="2025-12-31")),
)  # fmt: skip
