"""The portfolios that come with the project: templates that keep the contract, and three on real data, checked against the files."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.files import write_json
from contracts.tables.raw import RAW_TABLES, portfolio_tables
from contracts.tables.store import read_table
from pipelines import ROOT, paths
from pipelines.ingest import ingest
from pipelines.settings import Settings, load, load_portfolio, portfolio_names
from pipelines.validate import validate

pytestmark = pytest.mark.long

REAL = ("american", "ibm_ar", "sba504")


def real_folder() -> Path:
    """Where the real data lies."""
    return Path(os.environ.get("BONITAS_REAL_DATA", ROOT / "../shared/data")).resolve()


needs_real_data = pytest.mark.skipif(
    not real_folder().is_dir(),
    reason="the real data is not here; set BONITAS_REAL_DATA to the folder that holds it",
)


# six of 77,735 American statements bear costs below nought, and their own gross profit says that they mean it
# revenue, current assets, receivables or long-term debt below nought
SET_ASIDE: dict[str, dict[str, int]] = {"american": {"figure_with_wrong_sign": 19}}


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Ingests and validates a portfolio once and returns a reader of its valid tables."""
    made: dict[str, Path] = {}

    def read(name: str, table: str) -> pd.DataFrame:
        if name not in made:
            made[name] = _run(name, tmp_path_factory.mktemp(name))
        contract = portfolio_tables(load_portfolio_of(name))[table]
        return read_table(made[name] / f"data/valid/{table}.parquet", contract)

    return read


def load_portfolio_of(name: str) -> Any:
    """The portfolio's config, read from the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("BONITAS_REAL_DATA", str(real_folder()))
        return load_portfolio(name)


def _run(name: str, folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        settings = Settings(name, load().params, load_portfolio_of(name))
        (folder / "configs").symlink_to(ROOT / "configs")
        patch.chdir(folder)
        ingest(settings)
        write_json(paths.OUTSIDE_PREVIOUS, None)  # as `look` leaves it before the first delivery
        validate(settings)
        report = json.loads(Path("reports/validation.json").read_text(encoding="utf-8"))
    aside = {one["rule"]: one["broken"] for one in report["rules"] if one["done"] == "quarantined"}
    assert aside == SET_ASIDE.get(name, {})
    return folder


@pytest.mark.parametrize("name", ["demo", *REAL])
def test_every_portfolio_has_a_mapping(name: str) -> None:
    assert name in {path.stem for path in (ROOT / "configs/portfolios").glob("*.yaml")}
    assert (ROOT / f"configs/portfolios/{name}/customers.sql").is_file()


@pytest.mark.parametrize("table", RAW_TABLES)
def test_the_demo_is_a_template_with_a_comment_per_column(table: str) -> None:
    text = (ROOT / f"configs/portfolios/demo/{table}.sql").read_text(encoding="utf-8")
    for column in RAW_TABLES[table].columns:
        kind = f"{column.kind.value}{'?' if column.nullable else ''}"
        line = rf"^  {column.name} +AS {column.name},? +-- {re.escape(f'{kind}: {column.meaning}')}"
        assert len(re.findall(line, text, re.MULTILINE)) == 1, column.name


@pytest.mark.parametrize("name", REAL)
def test_the_outcome_of_a_real_portfolio_is_read_by_its_events_only(name: str) -> None:
    outcome = {"american": "status_label", "sba504": "GrossChargeOffAmount", "ibm_ar": "DaysLate"}[
        name
    ]
    readers = [
        path.stem
        for path in (ROOT / f"configs/portfolios/{name}").glob("*.sql")
        if outcome in "\n".join(line.split("--")[0] for line in path.read_text(encoding="utf-8").splitlines())
    ]  # fmt: skip
    assert readers == ([] if name == "ibm_ar" else ["events"])


@needs_real_data
def test_american_has_a_row_per_firm_and_year_in_dollars(valid: Any) -> None:
    source = pd.read_csv(real_folder() / "american_bankruptcy.csv.gz")
    financials = valid("american", "financials")
    assert len(valid("american", "customers")) == source.company_name.nunique() == 8957
    # revenue, current assets, receivables or long-term debt below nought: no statement to reckon with
    below = (source[["X1", "X5", "X7", "X9", "X11", "X14", "X17"]] < 0).any(axis=1)
    assert (len(source), below.sum()) == (77_735, 19)
    assert len(financials) == 77_735 - 19
    one = financials[
        (financials.customer_id == "C_1") & (financials.period_end == "1999-12-31")
    ].iloc[0]
    # X10 = 740.998 and X17 = 401.483 millions
    assert (one.total_assets, one.total_liabilities, one.equity) == (
        740_998_000,
        401_483_000,
        339_515_000,
    )
    assert one.published_on == pd.Timestamp("2000-03-30")  # 31 December + 90 days
    assert str(one.revenue) == "1024333000.000"


@needs_real_data
def test_american_insolvencies_follow_the_last_statement_within_twelve_months(valid: Any) -> None:
    events = valid("american", "events").set_index("customer_id")
    last = valid("american", "financials").groupby("customer_id").period_end.max()
    decided = pd.to_datetime((last.dt.year + 1).astype(str) + "-04-01").loc[events.index]
    assert (events.occurred_on >= decided).all()
    assert (events.occurred_on < decided + pd.DateOffset(years=1)).all()
    year = last.loc[events.index].dt.year
    parts = pd.cut(year, [1998, 2011, 2014, 2018]).value_counts(sort=False)
    assert parts.tolist() == [403, 87, 118]


@needs_real_data
def test_ibm_dates_are_read_month_first_and_lateness_is_the_files_own(valid: Any) -> None:
    source = pd.read_csv(real_folder() / "ibm_accounts_receivable.csv").set_index("invoiceNumber")
    invoices = valid("ibm_ar", "invoices").set_index("invoice_id")
    payments = valid("ibm_ar", "payments").set_index("invoice_id")
    late = (payments.paid_on - invoices.due_on).dt.days.clip(lower=0)
    own = source.DaysLate.rename(index=str).loc[late.index]
    assert (late == own).all()
    assert (late >= 15).sum() == 196
    assert invoices.loc[late[late >= 15].index].customer_id.nunique() == 50
    assert valid("ibm_ar", "customers").country.value_counts().to_dict() == {
        "XA": 25, "XB": 23, "XC": 20, "XD": 16, "XE": 16,
    }  # fmt: skip
    assert valid("ibm_ar", "credit_terms").payment_terms_days.unique().tolist() == [30]


@needs_real_data
def test_sba_observes_a_loan_only_while_it_is_open(valid: Any) -> None:
    attributes, events = valid("sba504", "attributes"), valid("sba504", "events")
    assert len(attributes) == 732_427
    assert set(attributes.known_on.dt.strftime("%m-%d")) == {"12-31"}
    both = attributes.merge(events[["customer_id", "occurred_on"]], on="customer_id")
    assert (both.known_on < both.occurred_on).all()
    assert attributes.share_of_term_elapsed.between(0, 1).all()
    assert (attributes.months_on_book < attributes.term_months + 1).all()
    # outcomes of the cohort 2008-01-01, counted from the file itself
    loans = pd.read_csv(
        real_folder() / "sba504_loans.csv.gz", parse_dates=["ApprovalDate", "ChargeOffDate"]
    )
    day = pd.Timestamp("2008-01-01")
    end = loans.apply(lambda one: one.ApprovalDate + pd.DateOffset(months=one.TermInMonths), axis=1)
    is_open = (
        (loans.ApprovalDate < day)
        & ~(loans.ChargeOffDate < day)
        & (end > day - pd.Timedelta(days=1))
    )
    seen = attributes[attributes.known_on == day - pd.Timedelta(days=1)]
    assert len(seen) == is_open.sum()
    charged_off = loans[is_open].ChargeOffDate.between(day, day + pd.Timedelta(days=365)).sum()
    matched = seen.merge(events, on="customer_id")
    assert matched.occurred_on.dt.year.eq(2008).sum() == charged_off == 616


def test_portfolio_names_are_those_of_the_yaml_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert set(portfolio_names()) >= {"demo", *REAL}
