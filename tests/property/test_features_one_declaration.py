"""Adding a feature is one declaration: all that is derived from the catalogue holds it, and nothing else is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd
import pytest

from contracts.config.features import FeaturesConfig
from contracts.config.training import TrainConfig
from features import catalog
from features.catalog import catalogue, document
from features.declaration import Family, Feature, ratio, trailing
from features.matrix.contract import contract
from features.matrix.matrix import lineage
from models.base.data import learn_contract
from models.boosting.lgbm import lightgbm_params
from models.explanation.peers import peers
from models.explanation.reasons import describe
from models.explanation.wording import sentences
from models.measures.distribution import distribution
from models.upkeep.budget import Allowance
from models.upkeep.inputs import _shifts
from models.upkeep.past import Moving, _subject
from models.upkeep.watched import Watched
from tests.features_books import customer, invoice, matrix, on, payment
from tests.models_books import part_of

NEW = Feature(
    source="billing",
    measure="invoice",
    aggregate="mean",
    window_days=60,
    family="billing",
    subject="billing",
    pillar="ability_to_pay",
    unit="money",
    direction=-1,
    states=("billing",),
    low=0.0,
    wording_en="average invoice of the last {window} days",
    wording_zh="近{window}天平均单张发票金额",
    reason_en="Its average invoice of the last {window} days was only {value}",
    reason_zh="近{window}天平均单张发票金额仅为{value}",
    expression=lambda t: ratio(trailing(t, "billed", 60), trailing(t, "n_billed", 60)),
)
NAME = "billing_invoice_mean_60d"
CHOICE = FeaturesConfig(families=("billing",), windows_days=(60, 365))
DAYS = (50, 60)


@pytest.fixture(scope="module")
def families() -> Iterator[Mapping[str, Family]]:
    """The catalogue with the one declaration more."""
    family = catalog.FAMILIES["billing"]
    more = replace(family, declare=lambda windows: [*family.declare(windows), NEW])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "FAMILIES", {**catalog.FAMILIES, "billing": more})
        yield catalog.FAMILIES


@pytest.fixture(scope="module")
def rows(families: Mapping[str, Family]) -> pd.DataFrame:
    """Customer Ci is billed i and 3 i, so its average invoice is 2 i."""
    assert "billing" in families
    names = [f"C{number}" for number in range(1, 7)]
    tables = {
        "customers": [customer(name) for name in names],
        "invoices": [
            invoice(f"{name}-{part}", name, 10 * part, str(part * number))
            for number, name in enumerate(names, start=1)
            for part in (1, 3)
        ],
        "payments": [payment("P1", "C1-1", 20, "1")],
    }
    asked = [(name, on(day)) for name in names for day in DAYS]
    return matrix(tables, asked, choice=CHOICE).to_pandas(date_as_object=False)


@pytest.fixture(scope="module")
def declared(families: Mapping[str, Family]) -> pd.DataFrame:
    assert "billing" in families
    return lineage(catalog.select(CHOICE, {"customers", "invoices", "payments"})).to_pandas()


def test_the_matrix_and_its_contract_hold_it(rows: pd.DataFrame) -> None:
    assert rows[NAME].tolist() == [2.0 * number for number in range(1, 7) for _ in DAYS]
    kept = contract(catalog.select(CHOICE, {"customers", "invoices", "payments"}))
    assert NAME in kept.columns
    assert kept.columns[NAME].checks[0].statistics == {"min_value": 0.0}


def test_lineage_and_page_hold_it(declared: pd.DataFrame, families: Mapping[str, Family]) -> None:
    row = declared.set_index("feature").loc[NAME]
    assert (row["pillar"], row["unit"], row["direction"]) == ("ability_to_pay", "money", -1)
    assert (row["tables"], row["window_days"]) == ("invoices,payments", 60)
    assert "billing" in families
    page = document.describe(catalogue((90, 365)))
    assert (
        f"| Average invoice of the last 60 days | money | lower risk ▼ | 60 days | `{NAME}` |"
        in page
    )
    assert f"| 近60天平均单张发票金额 | 金额 | 风险降低 ▼ | 60天 | `{NAME}` |" in page  # fmt: skip


def test_the_model_its_reasons_and_the_drift_report_hold_it(
    rows: pd.DataFrame, declared: pd.DataFrame
) -> None:
    outcome = [number % 2 == 0 for number in range(len(rows))]
    part = part_of(rows.drop(columns=["customer_id", "as_of"]), outcome)
    model, _ = learn_contract(part, declared, "book", 3)
    directions = lightgbm_params(model, TrainConfig(), {"max_depth": 3})["monotone_constraints"]
    assert directions[model.names.index(NAME)] == -1

    typical = peers(rows, ["food"] * len(rows), model.names, least=len(rows) + 1)
    spoken = describe(declared, model.names, typical.group[""])
    one = spoken[model.names.index(NAME)]
    assert sentences(one, 2.0, "EUR") == (
        "Its average invoice of the last 60 days was only EUR 2; healthy customers of all industries: EUR 7.",
        "近60天平均单张发票金额仅为EUR 2；所有行业健康客户：EUR 7。",
    )

    features = model.to_json()["features"]
    kept = {one["name"]: distribution(rows[one["name"]], one, 4) for one in features}
    wording = {one.name: one.as_json() for one in spoken}
    reference = {"features": kept, "customers": 6}
    seen = Watched(reference, features, wording, rows, rows, [], 3, 10)
    inputs = {name: _subject(name, one, seen, None) for name, one in kept.items()}
    shifts = _shifts(seen, Moving(inputs, {}, (6, 6)), Allowance(0.5, 12.0))
    moved = {row.feature: row for row in shifts}
    assert moved[NAME].wording_en == "average invoice of the last 60 days"
    assert (moved[NAME].psi, moved[NAME].flagged) == (0.0, False)
