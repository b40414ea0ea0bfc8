"""A small portfolio on disk as `evaluate` leaves it: what explain, register, monitor and recalibrate read.

300 customers over six years of month-ends. The default hazard is known, so tests can compare with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.files import read_json, write_json
from contracts.tables.derived import COHORT, KEY, LINEAGE, MATRIX, PARTITION, SCORED_TEST
from contracts.tables.ledger import DEFAULTS
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import write_table
from models.base.data import Feature, ModelContract
from models.boosting.booster import Ensemble
from models.calibration.calibrators import from_json
from models.registry.signing import write_key
from models.training.shipment import facts

ROOT = Path(__file__).resolve().parents[1]
HORIZON = 12
SEED = 3
URI = "sqlite:///mlflow.db"
FEATURES = (
    Feature("payments_days_late_mean_90d", "number", 1),
    Feature("payments_days_late_mean_365d", "number", 1),
    Feature("statement_equity_ratio", "number", -1),
    Feature("ledger_billed_sum_365d", "number", -1),
    Feature("industry", "category", 0, ("build", "retail", "steel")),
)
DECLARED = {  # pillar, dtype, unit, tables
    "payments_days_late_mean_90d": ("credit_record", "number", "days", "invoices,payments"),
    "payments_days_late_mean_365d": ("credit_record", "number", "days", "invoices,payments"),
    "statement_equity_ratio": ("financial_health", "number", "share", "financials"),
    "ledger_billed_sum_365d": ("ability_to_pay", "number", "money", "invoices"),
    "industry": ("business_context", "category", "category", "customers"),
}


SUBJECTS = {
    "payments_days_late_mean_90d": "lateness",
    "payments_days_late_mean_365d": "lateness",
    "statement_equity_ratio": "capital",
    "ledger_billed_sum_365d": "billing",
    "industry": "who it is",
}


@dataclass(frozen=True)
class Book:
    """Rows of a simulated portfolio: key, features, defaulted (missing until matured)."""

    rows: pd.DataFrame
    last: pd.Timestamp


def simulate(customers: int = 300, months: int = 72, seed: int = 1, shift: float = 0.0) -> Book:
    """Simulates customers month by month.

    Args:
        customers: how many.
        months: month-ends, the last one 2025-12-31.
        seed: of all draws.
        shift: added to the log-odds of default from 2024 on: a level the model could not foresee.
    """
    draw = np.random.default_rng(seed)
    days = pd.date_range(end="2025-12-31", periods=months, freq="ME")
    late = draw.gamma(2.0, 5.0, customers)
    equity = np.clip(draw.normal(0.35, 0.2, customers), -0.5, 0.95)
    equity[draw.random(customers) < 0.2] = np.nan
    billed = np.exp(draw.normal(11, 1, customers))
    industry = draw.choice(["build", "retail", "steel"], customers)
    frames, defaulted_on = [], np.full(customers, np.inf)
    for step, day in enumerate(days):
        late = np.clip(late + draw.normal(0, 1.5, customers), 0, None)
        odds = -8.6 + 0.16 * late - 1.5 * np.nan_to_num(equity) + 0.5 * (industry == "build")
        hazard = 1 / (1 + np.exp(-(odds + shift * (day.year >= 2024))))
        hit = (draw.random(customers) < hazard) & np.isinf(defaulted_on)
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": [f"C{number:04d}" for number in range(customers)],
                    "as_of": day,
                    "payments_days_late_mean_90d": late,
                    "payments_days_late_mean_365d": late + draw.normal(0, 0.5, customers),
                    "statement_equity_ratio": equity,
                    "ledger_billed_sum_365d": np.round(billed),
                    "industry": industry,
                    "step": step,
                    "number": np.arange(customers),
                }
            )
        )
        defaulted_on[hit] = step
    rows = pd.concat(frames, ignore_index=True)
    fell = defaulted_on[rows["number"]]
    # the month of default itself is the first of the next horizon: [as_of, as_of + 12 months)
    rows = rows.assign(defaulted=(fell - rows["step"]).between(0, HORIZON - 1))
    rows = rows[rows["step"] <= fell]
    matured = rows["as_of"] <= days[-1] - pd.DateOffset(months=HORIZON)
    rows["defaulted"] = rows["defaulted"].astype("boolean").where(matured, pd.NA)
    rows = rows.drop(columns=["step", "number"]).sort_values(KEY, ignore_index=True)
    return Book(rows, days[-1])


def parts(rows: pd.DataFrame) -> pd.Series:
    """train until 2022, calibrate 2023, test 2024, recent 2025: by the year of as_of."""
    year = rows["as_of"].dt.year
    named = np.select(
        [year <= 2022, year == 2023, year == 2024], ["train", "calibrate", "test"], "recent"
    )
    return pd.Series(np.where(rows["defaulted"].isna(), "recent", named), index=rows.index)


def lineage() -> pd.DataFrame:
    """The declarations of the five features."""
    return pd.DataFrame(
        [
            {
                "position": position,
                "feature": one.name,
                "pillar": DECLARED[one.name][0],
                "family": "test",
                "subject": SUBJECTS[one.name],
                "role": "context" if one.name == "industry" else "reason",
                "dtype": one.dtype,
                "unit": DECLARED[one.name][2],
                "direction": one.direction,
                "speaks": one.direction,
                "is_change": False,
                "window_days": None,
                "tables": DECLARED[one.name][3],
                "wording_en": one.name.replace("_", " "),
                "wording_zh": f"指标{position}",
                "reason_en": f"Own {position}: {{value}}; typical: {{typical}}.",
                "reason_zh": f"本客户{position}：{{value}}；同类：{{typical}}。",
            }
            for position, one in enumerate(FEATURES)
        ]
    )


def fit(rows: pd.DataFrame, trees: int = 40, seed: int = SEED) -> Ensemble:
    """A small LightGBM on the train part; with a seed other than the first, on shares of its rows."""
    contract = ModelContract("demo", HORIZON, FEATURES)
    train = rows[parts(rows) == "train"]
    data = lgb.Dataset(
        contract.encode(train),
        label=train["defaulted"].astype(float),
        feature_name=contract.names,
        categorical_feature=[4],
    )
    params = {
        "objective": "binary",
        "max_depth": 3,
        "learning_rate": 0.1,
        "min_data_in_leaf": 50,
        "seed": seed,
        **({} if seed == SEED else {"bagging_fraction": 0.7, "bagging_freq": 1}),
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        "monotone_constraints": [one.direction for one in FEATURES],
    }
    return Ensemble((lgb.train(params, data, trees),), contract)


def entries(rows: pd.DataFrame) -> pd.DataFrame:
    """Who is not seen on the next month-end has defaulted in between: no one leaves this book otherwise."""
    last = rows.groupby("customer_id", as_index=False)["as_of"].max()
    gone = last[last["as_of"] < rows["as_of"].max()]
    entered = gone["as_of"] + pd.Timedelta(days=14)
    return pd.DataFrame({"customer_id": gone["customer_id"], "entered_on": entered}).reset_index(
        drop=True
    )


def write_data(root: Path, book: Book) -> None:
    """Matrix, lineage, cohort, partition and customers of a book."""
    rows = book.rows
    matrix = rows[[*KEY, *(one.name for one in FEATURES)]]
    write_table(matrix, root / "data/features/matrix.parquet", MATRIX)
    write_table(lineage(), root / "data/features/lineage.parquet", LINEAGE)
    cohort = rows[[*KEY, "defaulted"]].assign(
        matured_on=rows["as_of"] + pd.DateOffset(months=HORIZON)
    )
    write_table(cohort, root / "data/interim/cohort.parquet", COHORT)
    write_table(entries(rows), root / "data/interim/defaults.parquet", DEFAULTS)
    partition = rows[[*KEY, "defaulted"]].assign(part=parts(rows), is_held_out=False)
    write_table(partition, root / "data/interim/partition.parquet", PARTITION)
    ids = sorted(rows["customer_id"].unique())
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "name": [f"Firm {one}" for one in ids],
            "country": "DE",
            "industry": None,
            "legal_form": None,
            "is_natural_person": False,
            "founded_on": None,
            "onboarded_on": pd.Timestamp("2015-01-01"),
            "parent_id": None,
            "currency": "EUR",
        }
    )
    write_table(customers, root / "data/valid/customers.parquet", CUSTOMERS)
    write_json(root / "reports/validation.json", delivery())


def delivery(**feed: Any) -> dict[str, Any]:
    """What validation says of this book: one feed, of insolvencies, which goes on unless a key of it is given otherwise."""
    heard = {"kinds": ["insolvency"], "last": "2025-12-30", "days": 1, "news": 60, "usual": 20.0, "told_after": 190, "false_a_year": 0.004, "is_silent": False}  # fmt: skip
    rule = {"rule": "defaults_end_early", "table": "events", "outcome": "passed", "share": 0.0, "tolerance": 0.0, "values": {}, "case": "", "severity": "stop"}  # fmt: skip
    words = dict.fromkeys(("title_en", "title_zh", "remedy_en", "remedy_zh"), "")
    rest = {"is_estimate": True, "broken": 0, "amount": None, "done": "clean", "is_beyond": False, "examples": [], "previous": None}  # fmt: skip
    told = {"portfolio": "demo", "delivery": "d", "complete_until": "2025-12-31", "currency": "EUR", "stopped_by": [], "tables": [], "previous": None, "in_doubt": {"defaults": 0.5, "money": 0.25}}  # fmt: skip
    return told | {"rules": [rule | words | rest | {"heard": [heard | feed]}]}


def write_model(
    root: Path, book: Book, *, trees: int = 40, calibrator: dict | None = None, seed: int = SEED
) -> Ensemble:
    """Model, scored test part, metrics and checks, as train, calibrate and evaluate leave them."""
    ensemble = fit(book.rows, trees, seed)
    model = root / "data/model"
    model.mkdir(parents=True, exist_ok=True)
    ensemble.save(model)
    chosen = calibrator or {"method": "identity"}
    write_json(model / "contract.json", ensemble.contract.to_json())
    write_json(model / "calibrator.json", chosen)
    test = book.rows[parts(book.rows) == "test"]
    partition = book.rows[[*KEY, "defaulted"]].assign(part=parts(book.rows))
    write_json(model / "shipped.json", facts("matured", partition))
    write_json(model / "members.json", {})
    margin = ensemble.margin(test)
    chance = from_json(chosen).apply(margin)
    scored = test[[*KEY, "defaulted"]].assign(margin=margin, pd=chance, pd_baseline=0.05)
    write_table(scored, root / "data/scored/test.parquet", SCORED_TEST)
    figures = {
        "n": len(test),
        "defaults": int(test["defaulted"].sum()),
        "roc_auc": 0.8,
        "roc_auc_ci": [0.7, 0.9],
    }
    write_json(
        root / "reports/metrics.json", {"portfolio": "demo", "test": figures, "baseline": figures}
    )
    write_json(root / "reports/validation_model.json", {"portfolio": "demo"})
    write_checks(root)
    return ensemble


def write_checks(root: Path, **outcomes: str) -> None:
    """Every gate passed, but those named: `PD_C1="failed"`."""
    codes = (
        "PD-D1",
        "PD-D2",
        "PD-C1",
        "PD-C2",
        "PD-B1",
        "PD-M1",
        "PD-S1",
        "PD-X1",
        "PD-A1",
        "PD-N1",
        "PD-R1",
        "PD-L1",
        "PD-X2",
        "PD-F1",
        "PD-F2",
        "PD-F3",
        "PD-O1",
    )
    checks = [
        {
            "code": code,
            "title": code,
            "outcome": outcomes.get(code.replace("-", "_"), "passed"),
            "value": 1.0,
            "threshold": 0.0,
            "detail": "set by the test",
            "stops": outcomes.get(code.replace("-", "_"), "passed") != "passed",
            "blocks": True,
            "waiver": None,
        }
        for code in codes
    ]
    write_json(root / "reports/checks.json", checks)


def make(root: Path, book: Book | None = None, *, trees: int = 40) -> Book:
    """The whole project folder: configs of this repository, data and a model."""
    shutil.copytree(ROOT / "configs", root / "configs", dirs_exist_ok=True)
    text = (root / "configs/params.yaml").read_text().splitlines()
    params = ["portfolio: demo" if line.startswith("portfolio:") else line for line in text]
    (root / "configs/params.yaml").write_text("\n".join(params) + "\n")
    share_key(root)
    made = book or simulate()
    write_data(root, made)
    write_model(root, made, trees=trees)
    return made


def environment(root: Path) -> dict[str, str]:
    """For a stage run as a command in the folder: our code, no telemetry, one thread."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "TMPDIR": str(root),
    }


@contextmanager
def inside(root: Path) -> Iterator[None]:
    """Runs its block with the folder as working directory."""
    before = Path.cwd()
    os.chdir(root)
    try:
        yield
    finally:
        os.chdir(before)


def share_key(root: Path) -> None:
    """The same key in every project of the tests, so that those which share a registry trust each other."""
    write_key(root / ".bonitas/signing.key", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def stand_in_git(root: Path) -> None:
    """Commits the project as it is, so that what is made from it can be named."""
    own = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    for words in (["init", "-q"], ["add", "configs"], ["commit", "-q", "-m", "The project"]):
        subprocess.run([*own, *words], cwd=root, check=True)


def receipt() -> dict[str, Any]:
    """The receipt of the project the test runs in."""
    return read_json(Path("data/model/receipt.json"))
