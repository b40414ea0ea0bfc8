"""Statement features by hand: which version is read, on which day, and what the ratios are."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.config.features import FeaturesConfig
from tests.features_books import Row, Tables, customer, matrix, portfolio, statement

CHOICE = FeaturesConfig(families=("statements", "customers", "peers"))
Y20, Y21, Y22 = (date(year, 12, 31) for year in (2020, 2021, 2022))


def book() -> Tables:
    return {
        "customers": [customer("A"), customer("B", parent_id="A"), customer("C", industry="F")],
        "financials": [
            statement("A", Y20, date(2021, 4, 1), total_assets=100, net_income=-10, equity=30),
            statement(
                "A",
                Y21,
                date(2022, 4, 1),
                total_assets=200,
                net_income=-4,
                equity=50,
                revenue=400,
                ebit=10,
                current_assets=120,
                current_liabilities=60,
                retained_earnings=20,
                total_liabilities=150,
                market_value=300,
                interest_expense=0,
                ebitda=-5,
                long_term_debt=40,
            ),
            statement("A", Y20, date(2022, 6, 1), total_assets=100, net_income=5, equity=30),
            statement("A", Y21, date(2022, 9, 1), total_assets=200, net_income=6, equity=-20),
            statement(
                "B", Y21, date(2022, 4, 1), total_assets=0, net_income=1, months=6, revenue=5
            ),
            statement("C", Y21, date(2022, 4, 1), total_assets=100, net_income=50),
        ],
    }


Rows = dict[tuple[str, date], Row]
APRIL_1, APRIL_2, MAY, JUNE, SEPTEMBER = (
    date(2022, month, day) for month, day in ((4, 1), (4, 2), (5, 1), (6, 2), (9, 2))
)


@pytest.fixture(scope="module")
def known() -> Rows:
    """The features of the book by customer and day, built once."""
    asked = [(name, day) for name in "AB" for day in (APRIL_1, APRIL_2, MAY, JUNE, SEPTEMBER)]
    return dict(zip(asked, matrix(book(), asked, choice=CHOICE).to_pylist(), strict=True))


def test_a_statement_counts_from_the_day_after_publication(known: Rows) -> None:
    before, after = known["A", APRIL_1], known["A", APRIL_2]
    assert before["statement_net_income_to_assets"] == pytest.approx(-0.10)
    assert before["statement_age"] == pytest.approx(456 * 12 / 365.25)  # 2020-12-31 + 456 days
    assert after["statement_net_income_to_assets"] == pytest.approx(-0.02)
    assert after["statement_net_income_to_assets_change"] == pytest.approx(-0.02 + 0.10)
    assert after["statement_is_loss_repeated"] == 1
    assert after["statement_total_assets_growth"] == pytest.approx(1.0)


def test_ratios_by_hand(known: Rows) -> None:
    row = known["A", MAY]
    # 1.2 x 60/200 + 1.4 x 20/200 + 3.3 x 10/200 + 0.6 x 300/150 + 400/200
    assert row["statement_altman_z"] == pytest.approx(0.36 + 0.14 + 0.165 + 1.2 + 2.0)
    # 6.56 x 0.3 + 3.26 x 0.1 + 6.72 x 0.05 + 1.05 x 50/150
    assert row["statement_altman_z2"] == pytest.approx(1.968 + 0.326 + 0.336 + 0.35)
    # -4.336 + 4.513 x 0.02 + 5.679 x 0.75 + 0.004 x 2
    assert row["statement_zmijewski"] == pytest.approx(-4.336 + 0.09026 + 4.25925 + 0.008)
    assert row["statement_interest_coverage"] is None  # no interest
    assert row["statement_debt_to_ebitda"] is None  # EBITDA below zero
    assert row["statement_quick_ratio"] is None  # inventory not reported


def test_a_restatement_replaces_from_its_publication_on(known: Rows) -> None:
    middle, late = known["A", JUNE], known["A", SEPTEMBER]
    # the restatement of 2020 changes the statement before, not the latest one
    assert middle["statement_net_income_to_assets"] == pytest.approx(-0.02)
    assert middle["statement_net_income_to_assets_change"] == pytest.approx(-0.02 - 0.05)
    assert middle["statement_is_loss_repeated"] == 0
    assert late["statement_net_income_to_assets"] == pytest.approx(0.03)
    assert late["statement_is_equity_negative"] == 1
    assert (middle["statement_number_count"], late["statement_number_count"]) == (2, 2)
    assert (middle["statement_losses_share"], late["statement_losses_share"]) == (0.5, 0)


def test_zero_assets_and_short_periods(known: Rows) -> None:
    row = known["B", MAY]
    assert row["statement_net_income_to_assets"] is None
    assert row["statement_revenue_amount"] == 10  # 5 in 6 months
    assert row["customer_group_size"] == 2  # A heads the group of B
    assert row["customer_size_class"] == "micro"


def test_spread_needs_three_periods_and_is_a_standard_deviation() -> None:
    tables = book()
    tables["financials"].append(
        statement("A", Y22, date(2023, 4, 1), total_assets=100, net_income=10)
    )
    days = (date(2023, 4, 1), date(2023, 4, 2))
    two, three = matrix(tables, [("A", day) for day in days], choice=CHOICE).to_pylist()
    assert two["statement_return_std"] is None
    # 0.05, 0.03, 0.10: mean 0.06, squares (1 + 9 + 16) e-4 / 2
    assert three["statement_return_std"] == pytest.approx(0.0013**0.5)


def test_ranks_are_within_industry_and_day() -> None:
    tables = book()
    income = {"D": 0, "E": 9, "F": 9, "G": 11, "H": 12}
    nobody = [f"N{place}" for place in range(7)]
    tables["customers"] += [customer(name) for name in income]
    tables["customers"] += [customer(name, industry=None) for name in nobody]
    tables["financials"] += [
        statement(name, Y21, date(2022, 4, 1), total_assets=100, net_income=made)
        for name, made in (income | dict.fromkeys(nobody, 5)).items()
    ]
    day, later = date(2022, 5, 1), date(2022, 5, 2)
    asked = [(name, day) for name in (*"ABCDEFGH", *nobody)] + [(name, later) for name in "ADEFG"]
    rows = matrix(tables, asked, choice=CHOICE).to_pylist()
    rank = {(row["customer_id"], row["as_of"]): row["peers_statement_net_income_to_assets_rank"] for row in rows}  # fmt: skip
    # in industry C: A -0.02, D 0, E and F 0.09, G 0.11, H 0.12, so five others each; B has no ratio; C is alone in industry F
    found = [rank[name, day] for name in "ABCDEFGH"]
    assert found == [0, None, None, 0.2, 0.4, 0.4, 0.8, 1]
    # without an industry there is no peer group where others have one, however many there are
    assert {rank[name, day] for name in nobody} == {None}
    # a day later H is not asked for: four others are too few
    assert {rank[name, later] for name in "ADEFG"} == {None}


def test_attributes_flow_through_as_declared() -> None:
    known = [(date(2022, 1, 1), 10.0, "north"), (date(2022, 3, 1), 12.0, None)]
    tables = {
        "customers": [customer("A")],
        "attributes": [
            {"customer_id": "A", "known_on": day, "employees": n, "region": where}
            for day, n, where in known
        ],
    }
    rows = matrix(
        tables,
        [("A", date(2022, 1, 1)), ("A", date(2022, 3, 1)), ("A", date(2022, 3, 2))],
        config=portfolio(),
    ).to_pylist()
    assert [row["attributes_employees"] for row in rows] == [None, 10, 12]
    assert [row["attributes_region"] for row in rows] == [None, "north", None]
    assert rows[0]["customer_tenure"] == pytest.approx(731 / 30.4375)


def test_statements_on_file_do_not_count_the_years_of_the_book() -> None:
    """Two equal customers of two calendar years may not differ by how long the book has been kept."""
    tables = {
        "customers": [customer("A"), customer("B")],
        "financials": [
            statement(
                name, date(year, 12, 31), date(year + 1, 4, 1), total_assets=100, net_income=5
            )
            for name, first in (("A", 2013), ("B", 2018))
            for year in range(first, 2022)
        ],
    }
    rows = matrix(tables, [("A", MAY), ("B", MAY)], choice=CHOICE).to_pylist()
    assert [row["statement_number_count"] for row in rows] == [5, 4]  # nine periods known, and four
    long_kept = matrix(tables, [("A", date(2019, 5, 1))], choice=CHOICE).to_pylist()
    assert long_kept[0]["statement_number_count"] == 5  # six known by then
