"""Strangers' first runs: columns of one's own alone, with six defaults to judge by, or one day of decision. Each ends well and names its pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.pipeline.conftest import Workspace

YAML = """
title: Columns of our own
reporting_currency: EUR
complete_until: "2024-12-31"
horizon_months: 12
source:
  kind: files
  folder: extract
  files:
    firms: {path: firms.csv}
    court: {path: court.csv}
    bureau: {path: bureau.csv}
default:
  preset: events_only
  events: [insolvency]
cohort:
  every: year
  anchor: "06-01"
attributes:
  from: table
  defaults: {pillar: credit_record, unit: count}
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
    "customers": "SELECT id AS customer_id, id AS name, 'DE' AS country, NULL AS industry, NULL AS legal_form, FALSE AS is_natural_person, "
    "NULL AS founded_on, DATE '2015-01-01' AS onboarded_on, NULL AS parent_id, 'EUR' AS currency FROM firms",
    "events": "SELECT 'E' || id AS event_id, id AS customer_id, day AS occurred_on, day AS known_on, 'insolvency' AS kind, NULL AS amount, "
    "NULL AS detail FROM court",
    "attributes": "SELECT id AS customer_id, day AS known_on, days_elsewhere, staff FROM bureau",
}
FIRMS = 400


def write_book(folder: Path, years: range, failed: dict[int, int]) -> None:
    """Firms with one row of the bureau in May of each year; so many fail in the September of a year, mostly those that pay late.

    Args:
        folder: of the project.
        years: with a row of the bureau.
        failed: by year, how many.
    """
    random = np.random.default_rng(9)
    ids = np.array([f"F{number:03d}" for number in range(FIRMS)])
    late = random.gamma(2.0, 12.0, FIRMS)
    extract = folder / "extract"
    extract.mkdir()
    pd.DataFrame({"id": ids}).to_csv(extract / "firms.csv", index=False)
    order = np.argsort(-(late + random.gamma(2.0, 8.0, FIRMS)))
    fallen = [(year, place) for year, many in failed.items() for place in range(many)]
    court = pd.DataFrame({"id": ids[order[: len(fallen)]], "day": [f"{year}-09-15" for year, _ in fallen]})  # fmt: skip
    court.to_csv(extract / "court.csv", index=False)
    rows = [
        pd.DataFrame({"id": ids, "day": f"{year}-05-02", "days_elsewhere": np.round(late + random.normal(0.0, 3.0, FIRMS)), "staff": random.integers(1, 90, FIRMS)})
        for year in years
    ]  # fmt: skip
    pd.concat(rows).to_csv(extract / "bureau.csv", index=False)
    portfolio = folder / "configs/portfolios/own"
    portfolio.mkdir()
    portfolio.with_suffix(".yaml").write_text(YAML, encoding="utf-8")
    for table, sql in SELECTS.items():
        (portfolio / f"{table}.sql").write_text(sql, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("years", "failed", "in_test"),
    [
        pytest.param(range(2017, 2025), {2018: 8, 2020: 8, 2021: 8, 2023: 6}, 6, id="six"),
        pytest.param(range(2023, 2024), {2023: 14}, None, id="one_day"),
    ],
)
def test_columns_of_ones_own_are_enough_for_a_first_run(
    years: range,
    failed: dict[int, int],
    in_test: int | None,
    make_workspace: Callable[[str], Workspace],
) -> None:
    workspace = make_workspace(f"own{len(years)}")
    write_book(workspace.folder, years, failed)
    done = workspace.make("run", "PORTFOLIO=own")

    named = done.stdout.split("Open in a browser")[1]
    assert "reports/portfolio.html" in named
    assert "reports/validation.html" in named
    metrics = json.loads((workspace.folder / "reports/metrics.json").read_text())
    cohort = pd.read_parquet(workspace.folder / "data/interim/cohort.parquet")
    assert int(cohort["defaulted"].fillna(value=False).sum()) == sum(failed.values())
    if in_test is None:
        assert len(set(cohort.loc[cohort["defaulted"].notna(), "as_of"])) == 1
        # no point is stated for an input of this book: its fourteen defaults weigh its own
        assert (
            "It was learned from few defaults, and its level rests on a stated rate" in done.stdout
        )
        pages = [workspace.folder / "reports/portfolio.html", *(workspace.folder / "reports/customers").glob("*.html")]  # fmt: skip
        assert all("This score was learned from few defaults" in page.read_text() for page in pages)
        assert not any("rests on stated experience" in page.read_text() for page in pages)
        rated = pd.read_parquet(workspace.folder / "data/scored/portfolio.parquet")
        late = pd.read_csv(workspace.folder / "extract/bureau.csv").set_index("id")[
            "days_elsewhere"
        ]
        assert rated.set_index("customer_id")["pd"].corr(late, method="spearman") > 0.8
    else:
        assert metrics["test"]["defaults"] == in_test
    rated = pd.read_parquet(workspace.folder / "data/scored/portfolio.parquet")
    assert len(rated) > 0
    # columns of one's own bound no limit; a grade without credit has one of nothing
    assert (rated["limit"].dropna().astype(float) == 0.0).all()
    assert rated["limit"].isna().any()
