"""A supplier's first day: statements, columns of its own, one day of decision, and nobody who defaulted. The run ends well."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.base.data import ModelContract
from models.boosting import booster
from tests.pipeline.conftest import Workspace

YAML = """
title: A new supplier
reporting_currency: EUR
complete_until: "2024-12-31"
horizon_months: 12
source:
  kind: files
  folder: extract
  files:
    firms: {path: firms.csv}
    years: {path: years.csv}
    court: {path: court.csv}
    bureau: {path: bureau.csv}
default:
  preset: events_only
  events: [insolvency]
cohort:
  every: year
  anchor: "06-01"
  first: "2023-06-01"
attributes:
  from: table
  defaults: {pillar: credit_record, unit: count}
  columns:
    "days_*": {unit: days, direction: 1, wording_en: Days late by other suppliers}
settlement: {}
zero_limit: no_credit
split: {}
directions: {}
balances: []
tolerance: {}
checked_inputs: {}
waivers: {}
"""
SELECTS = {
    "customers": "SELECT id AS customer_id, id AS name, 'DE' AS country, industry, NULL AS legal_form, FALSE AS is_natural_person, "
    "NULL AS founded_on, DATE '2020-01-01' AS onboarded_on, NULL AS parent_id, 'EUR' AS currency FROM firms",
    "financials": "SELECT id AS customer_id, make_date(year::INT, 12, 31) AS period_end, make_date(year::INT + 1, 5, 1) AS published_on, "
    "12 AS months, 'EUR' AS currency, CAST(revenue AS DECIMAL(18,2)) AS revenue, NULL AS cogs, NULL AS gross_profit, NULL AS ebitda, NULL AS ebit, NULL AS depreciation, "
    "NULL AS interest_expense, CAST(profit AS DECIMAL(18,2)) AS net_income, NULL AS operating_cash_flow, CAST(assets AS DECIMAL(18,2)) AS total_assets, NULL AS current_assets, "
    "NULL AS cash, NULL AS receivables, NULL AS inventory, CAST(assets - equity AS DECIMAL(18,2)) AS total_liabilities, NULL AS current_liabilities, NULL AS long_term_debt, "
    "CAST(equity AS DECIMAL(18,2)) AS equity, NULL AS retained_earnings, NULL AS market_value FROM years",
    "events": "SELECT 'E' || id AS event_id, id AS customer_id, DATE '2022-03-01' AS occurred_on, DATE '2022-03-02' AS known_on, "
    "'legal_action' AS kind, NULL AS amount, NULL AS detail FROM court",
    "attributes": "SELECT id AS customer_id, DATE '2023-05-02' AS known_on, days_elsewhere, staff FROM bureau",
}


def write_book(folder: Path) -> None:
    """Eighty firms with two statements each; two were in court, none became insolvent."""
    random = np.random.default_rng(4)
    ids = [f"F{number:03d}" for number in range(80)]
    extract = folder / "extract"
    extract.mkdir()
    industry = np.array(["construction", "retail"])[random.integers(0, 2, 80)]
    pd.DataFrame({"id": ids, "industry": industry}).to_csv(extract / "firms.csv", index=False)
    years = pd.DataFrame({"id": np.repeat(ids, 2), "year": np.tile([2021, 2022], 80)})
    assets = random.uniform(1e5, 5e6, 160).round(2)
    years["revenue"], years["assets"] = (1.7 * assets).round(2), assets
    years["equity"] = (assets * random.uniform(-0.2, 0.7, 160)).round(2)
    years["profit"] = (assets * random.uniform(-0.1, 0.1, 160)).round(2)
    years.to_csv(extract / "years.csv", index=False)
    pd.DataFrame({"id": ids[:2]}).to_csv(extract / "court.csv", index=False)
    bureau = {"id": ids, "days_elsewhere": random.integers(0, 60, 80), "staff": random.integers(1, 90, 80)}  # fmt: skip
    pd.DataFrame(bureau).to_csv(extract / "bureau.csv", index=False)
    portfolio = folder / "configs/portfolios/newco"
    portfolio.mkdir()
    portfolio.with_suffix(".yaml").write_text(YAML, encoding="utf-8")
    for table, sql in SELECTS.items():
        (portfolio / f"{table}.sql").write_text(sql, encoding="utf-8")


@pytest.mark.slow
def test_a_book_without_a_single_default_ends_well(
    make_workspace: Callable[[str], Workspace],
) -> None:
    workspace = make_workspace("newco")
    write_book(workspace.folder)
    done = workspace.make("run", "PORTFOLIO=newco")

    assert "rests on stated experience" in done.stdout
    assert "wording is to be written" in done.stdout
    receipt = json.loads((workspace.folder / "data/model/receipt.json").read_text())
    assert (receipt["alias"], receipt["verdict"]) == ("champion", "champion")
    members = json.loads((workspace.folder / "data/model/members.json").read_text())
    stated = members["experience"]
    assert (stated["why"], stated["customers"]) == ("none", 0)
    assert stated["mean_pd"] < stated["stated_pd"]
    checks = {one["code"]: one for one in json.loads((workspace.folder / "reports/checks.json").read_text())}  # fmt: skip
    assert checks["PD-D1"]["outcome"] == "not_applicable"
    assert not any(one["stops"] for one in checks.values())
    for page in ("portfolio", "explanations", "validation_model"):
        text = (workspace.folder / f"reports/{page}.html").read_text()
        banner = text.index("This score rests on stated experience")
        assert banner < text.index("<h2>"), "it stands before anything else"
        assert "3.0% of customers in good standing" in text[banner : banner + 2_000]
    pages = list((workspace.folder / "reports/customers").glob("*.html"))
    assert pages
    assert all("rests on stated experience" in page.read_text() for page in pages)
    card = (workspace.folder / "data/model/bundle/model_card.md").read_text()
    assert "rests on stated experience" in card
    lineage = pd.read_parquet(workspace.folder / "data/features/lineage.parquet").set_index("feature")  # fmt: skip
    own = lineage.loc["attributes_days_elsewhere"]
    assert (own["unit"], own["direction"], own["wording_zh"]) == ("days", 1, "days elsewhere")
    assert lineage.loc["attributes_staff", "unit"] == "count"
    for page in ("monitoring", "recalibration"):
        assert (
            "rests on stated experience" in (workspace.folder / f"reports/{page}.html").read_text()
        )
    list_of_calls = pd.read_excel(workspace.folder / "reports/calls.xlsx", header=None, engine="calamine")  # fmt: skip
    assert "rests on stated experience" in list_of_calls.iloc[0, 0]
    _is_served_as_it_was_made(workspace)


def _is_served_as_it_was_made(workspace: Workspace) -> None:
    """`bonitas score` and MLflow's own loader answer as the text of the booster does, also where values are missing or new."""
    matrix = pd.read_parquet(workspace.folder / "data/features/matrix.parquet")
    asked = matrix[matrix["as_of"] == matrix["as_of"].max()].reset_index(drop=True)
    contract = ModelContract.from_json(json.loads((workspace.folder / "data/model/contract.json").read_text()))  # fmt: skip
    asked.loc[:9, contract.names] = None
    asked.loc[10:19, "customer_industry"] = "never heard of"
    asked.to_parquet(workspace.folder / "asked.parquet")
    workspace.call(
        "bonitas", "score", "--input", "asked.parquet", "--output", "answered.parquet", "--reasons"
    )
    found = pd.read_parquet(workspace.folder / "answered.parquet")
    chance = expit(booster.load(workspace.folder / "data/model", contract).margin(asked))
    is_scored = found["pd"].notna().to_numpy()
    assert is_scored[20:].all()
    np.testing.assert_allclose(found["pd"].to_numpy(float)[is_scored], chance[is_scored], rtol=1e-9)
    served = workspace.call(sys.executable, "-c", SERVED).stdout
    np.testing.assert_allclose(json.loads(served.splitlines()[-1]), chance, rtol=1e-9)


SERVED = """
import json, mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///mlflow.db")
model = mlflow.pyfunc.load_model("models:/bonitas-newco@champion")
asked = pd.read_parquet("asked.parquet")
names = [one.name for one in model.metadata.get_input_schema().inputs]
print(json.dumps(model.predict(asked[names])["pd"].tolist()))
"""
