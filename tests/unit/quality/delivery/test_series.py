"""Rules that look at many rows: records under two numbers, a customer's usual figures, days and months of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.errors import RuleError
from quality.delivery.findings import stop_if_beyond
from quality.rules.catalogue import Tolerances
from quality.rules.rule import Balance, Month
from quality.rules.series import ledger_differs_from_balance, missing_end, thin_months
from tests.sources_books import PORTFOLIO, Row, Tables, balances, check, clean_book, found

pytestmark = pytest.mark.long


def book(**tables: list[Row]) -> Tables:
    """Customers and rates of the clean book, and these tables."""
    clean = clean_book()
    return {name: clean[name] for name in ("customers", "fx_rates")} | tables


def invoices(amounts: Sequence[int | Decimal], **values: object) -> list[Row]:
    """One invoice of C1 a day."""
    first = clean_book()["invoices"][0]
    return [
        first
        | {"invoice_id": f"I{number:04}", "amount": Decimal(amount)}
        | {name: first[name] + timedelta(days=number) for name in ("issued_on", "due_on", "booked_at")}
        | values
        for number, amount in enumerate(amounts)
    ]  # fmt: skip


def statements(figures: list[tuple[date, dict[str, Decimal]]]) -> list[Row]:
    """Statements of C1, published half a year after their period."""
    first = clean_book()["financials"][0]
    none = dict.fromkeys(("current_assets", "current_liabilities", "equity"))
    return [
        first | none | values | {"period_end": end, "published_on": end + timedelta(days=180)}
        for end, values in figures
    ]


def test_the_same_record_under_another_number_counts_once(tmp_path: Path) -> None:
    same, other = invoices([100, 100]), invoices([100, 100, 100])
    same[1] |= {name: same[0][name] for name in ("issued_on", "due_on", "booked_at")}
    assert found(check(book(invoices=same), tmp_path / "1")) == {"invoices.loaded_twice": 1}
    assert found(check(book(invoices=other), tmp_path / "2")) == {}


def test_a_missing_detail_equals_a_missing_detail(tmp_path: Path) -> None:
    event = clean_book()["events"][0]
    tables = book(events=[event, event | {"event_id": "E2"}])
    assert found(check(tables, tmp_path)) == {"events.loaded_twice": 1}


@pytest.mark.parametrize(("amount", "expected"), [(2500, {"invoices.amount_far_from_usual": 1}), (2499, {})])  # fmt: skip
def test_an_amount_is_compared_with_the_median_of_five(
    amount: int, expected: dict[str, int], tmp_path: Path
) -> None:
    # median of 90, 100, 100, 110 and the amount is 100; 25 x 100 = 2,500
    tables = book(invoices=invoices([90, 100, 100, 110, amount]))
    assert found(check(tables, tmp_path)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"), [("0.40", {"invoices.amount_far_below_usual": 1}), ("0.41", {})]
)
def test_an_amount_far_below_is_compared_with_the_same_median(
    amount: str, expected: dict[str, int], tmp_path: Path
) -> None:
    # median of 90, 100, 100, 110 and the amount is 100; 100 / 250 = 0.40. Of either so much may be left that nothing is owed
    tables = book(invoices=invoices([90, 100, 100, 110, Decimal(amount)]))
    small = {"invoices.tolerated_though_a_fifth_is_left": 1}
    assert found(check(tables, tmp_path)) == expected | small


def test_four_documents_are_too_few_to_know_what_is_usual(tmp_path: Path) -> None:
    assert found(check(book(invoices=invoices([90, 100, 110, 9000])), tmp_path)) == {}


def _figures(
    assets: str, liabilities: str | None, revenue: str | None
) -> dict[str, Decimal | None]:
    names = ("total_assets", "total_liabilities", "revenue")
    texts = (assets, liabilities, revenue)
    return {name: None if text is None else Decimal(text) for name, text in zip(names, texts, strict=True)}  # fmt: skip


USUAL = _figures("1000000", "600000", "2000000")


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (_figures("1100", "650", "2100"), 1),  # in thousands
        (_figures("1200000000", None, "1900000000"), 1),  # a thousand times too large
        (_figures("1100", "650000", "2100"), 0),  # one figure says otherwise
        (_figures("1100", None, None), 0),  # one figure alone proves nothing
        (
            _figures("12000", "7000", "25000"),
            1,
        ),  # in hundreds: all three to one and the same hundredth
        (_figures("100000000", "60000000", "210000000"), 1),  # in cents
        (_figures("104", "61", "215"), 1),  # in ten thousands
        (_figures("1.04", "0.61", "2.15"), 1),  # in millions
        (
            _figures("12000", "2500", "60000"),
            0,
        ),  # shrunk to a hundredth or so, each by its own part
        (
            _figures("45000000", "30000000", "210000000"),
            0,
        ),  # grown forty-, fifty- and a hundredfold
        (_figures("20000000", "12000000", "40000000"), 0),  # twentyfold in all is no unit
    ],
)
def test_a_statement_in_another_unit(odd: dict[str, Decimal], expected: int, tmp_path: Path) -> None:  # fmt: skip
    ends = [date(year, 12, 31) for year in (2020, 2021, 2022)]
    tables = book(financials=statements([(ends[0], USUAL), (ends[1], odd), (ends[2], USUAL)]))
    assert found(check(tables, tmp_path)).get("financials.statement_unit_jump", 0) == expected


def test_a_statement_in_another_currency_is_in_no_other_unit(tmp_path: Path) -> None:
    """A subsidiary's accounts in yen after its parent's in euros, 150 times as large in all: nobody mistook a unit."""
    ends = [date(year, 12, 31) for year in (2019, 2020, 2021, 2022)]
    yen = _figures("150000000", "90000000", "300000000")
    rows = statements(list(zip(ends, (USUAL, yen, USUAL, yen), strict=True)))
    for row in rows:
        row["currency"] = "JPY" if row["total_assets"] == yen["total_assets"] else row["currency"]
    first, end = clean_book()["fx_rates"][0], ends[0]
    rates = [*clean_book()["fx_rates"], first | {"currency": "JPY", "rate_on": end, "rate": Decimal("0.0065")}]  # fmt: skip
    said = found(check(book(financials=rows) | {"fx_rates": rates}, tmp_path / "both"))
    assert "financials.statement_unit_jump" not in said
    rows[3] |= {name: value * 100 for name, value in yen.items() if value is not None}
    said = found(check(book(financials=rows) | {"fx_rates": rates}, tmp_path / "jump"))
    assert said["financials.statement_unit_jump"] == 2, (
        "the two in yen: nobody can say which is in sen"
    )


def test_a_shell_that_buys_a_business_is_in_no_other_unit(tmp_path: Path) -> None:
    """A thousand times its last accounts, by its own part in each figure, and twenty to a hundred and fifty times its usual ones: of no unit."""
    told = [("576000", "7000", "25000"), ("3964000", "303000", "1000"), ("1056000", "168000", "610000"), ("20000", "30000", "40000"), ("23538000", "24916000", "17223000")]  # fmt: skip
    ends = [date(1999 + number, 12, 31) for number in range(len(told))]
    rows = statements(list(zip(ends, (_figures(*one) for one in told), strict=True)))
    assert "financials.statement_unit_jump" not in found(check(book(financials=rows), tmp_path))


THOUSANDS = _figures("1100", "650", "2100")


@pytest.mark.parametrize(
    "figures",
    [
        pytest.param([USUAL, THOUSANDS], id="two"),
        pytest.param([THOUSANDS, THOUSANDS, USUAL, USUAL, USUAL, USUAL], id="from one year on"),
        pytest.param([USUAL, THOUSANDS, THOUSANDS, USUAL], id="two years"),
    ],
)
def test_where_nobody_can_say_which_statements_are_in_thousands_all_are_unknown(
    figures: list[dict[str, Decimal | None]], tmp_path: Path
) -> None:
    ends = [date(2018 + number, 12, 31) for number in range(len(figures))]
    tables = book(financials=statements(list(zip(ends, figures, strict=True))))
    assert found(check(tables, tmp_path)) == {"financials.statement_unit_jump": len(figures)}


def periods(tmp_path: Path, *stated: tuple[date, int]) -> int:
    """Of statements with these ends and months, those whose months leave a gap."""
    rows = statements([(end, USUAL) for end, _ in stated])
    for row, (_, months) in zip(rows, stated, strict=True):
        row["months"] = months
    return found(check(book(financials=rows), tmp_path)).get("financials.months_leave_a_gap", 0)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ([(date(2019, 12, 31), 12), (date(2020, 12, 31), 12), (date(2022, 3, 31), 12)], 1),
        ([(date(2019, 12, 31), 12), (date(2020, 12, 31), 12), (date(2022, 3, 31), 15)], 0),
        # the short period between is there
        ([(date(2019, 12, 31), 12), (date(2020, 3, 31), 3), (date(2021, 3, 31), 12)], 0),
        ([(date(2019, 12, 31), 12), (date(2021, 3, 31), 12)], 1),
        # a year that nobody delivered, and years of 52 and 53 weeks
        ([(date(2018, 12, 31), 12), (date(2019, 12, 31), 12), (date(2021, 12, 31), 12)], 0),
        ([(date(2018, 12, 29), 12), (date(2020, 1, 4), 12), (date(2021, 1, 2), 12)], 0),
        # quarters beside years, and one that is missing
        ([(date(2020, 12, 31), 12), (date(2021, 3, 31), 3), (date(2021, 12, 31), 12)], 0),
        ([(date(2020, 3, 31), 3), (date(2020, 9, 30), 3), (date(2020, 12, 31), 3)], 0),
        # years that are said to be half-years, every one of them; and half-years
        ([(date(2019, 12, 31), 6), (date(2020, 12, 31), 6), (date(2021, 12, 31), 6)], 2),
        ([(date(2020, 12, 31), 6), (date(2021, 6, 30), 6), (date(2021, 12, 31), 6)], 0),
    ],
)
def test_a_period_begins_where_the_one_before_ended(
    stated: list[tuple[date, int]], expected: int, tmp_path: Path
) -> None:
    assert periods(tmp_path, *stated) == expected


def test_half_years_that_are_said_to_be_years_overlap(tmp_path: Path) -> None:
    """Each covers twelve months, and the next one ends six months later."""
    ends = [date(2020, 12, 31), date(2021, 6, 30), date(2021, 12, 31)]
    tables = book(financials=statements([(end, USUAL) for end in ends]))
    assert found(check(tables, tmp_path))["financials.overlapping_statements"] == 2


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (
            date(2021, 6, 30),
            2,
        ),  # covers half of 2020 and half of 2021: it overlaps 2020, 2021 overlaps it
        (date(2021, 1, 10), 0),  # 2020 with 53 weeks
        (date(2021, 12, 31), 0),  # 2021 restated
    ],
)
def test_statements_of_equal_length_must_not_overlap(
    end: date, expected: int, tmp_path: Path
) -> None:
    ends = [date(2019, 12, 31), date(2020, 12, 31), date(2021, 12, 31)]
    rows = statements([(one, USUAL) for one in ends])
    odd = statements([(end, USUAL)])[0]
    odd["published_on"] += timedelta(days=30)
    tables = book(financials=[*rows, odd])
    assert found(check(tables, tmp_path)).get("financials.overlapping_statements", 0) == expected


def test_a_quarter_inside_its_year_is_no_overlap(tmp_path: Path) -> None:
    rows = statements([(date(2020, 12, 31), USUAL), (date(2020, 6, 30), USUAL)])
    rows[1]["months"] = 3
    assert found(check(book(financials=rows), tmp_path)) == {}


@pytest.mark.parametrize(
    ("filers", "filed_next", "lag", "expected"),
    [
        (
            30,
            7,
            120,
            30,
        ),  # 7 of 30 are fewer than a quarter; due 2024-01-01 + 120 + 30 days = 2024-05-30
        (30, 8, 120, 0),  # 8 are more
        (29, 0, 120, 0),  # of so few it may be chance
        (30, 0, 335, 30),  # 2024-01-01 + 335 + 30 days = 2024-12-31, the last complete day
        (30, 0, 336, 0),  # published so late as a rule that those of 2023 may still come
    ],
)
def test_a_year_of_statements_that_is_missing(
    filers: int, filed_next: int, lag: int, expected: int, tmp_path: Path
) -> None:
    one, first = clean_book()["customers"][0], statements([(date(2022, 12, 31), USUAL)])[0]
    customers = [one | {"customer_id": f"S{number:02}"} for number in range(filers)]
    rows = [
        first | {"customer_id": f"S{number:02}", "period_end": end, "published_on": end + timedelta(days=lag)}
        for end, count in ((date(2021, 12, 31), filers), (date(2022, 12, 31), filers), (date(2023, 12, 31), filed_next))
        for number in range(count)
    ]  # fmt: skip
    tables = book(financials=rows) | {"customers": customers}
    findings = found(check(tables, tmp_path))
    assert findings.get("financials.next_year_of_statements_missing", 0) == expected


def test_rows_piled_on_one_day(tmp_path: Path) -> None:
    # 40 days with one invoice each, 101 on one day: more than 100, and more than eight times a busy day
    rows = invoices([100 + number for number in range(141)])
    for row in rows[40:]:
        row |= {name: rows[39][name] for name in ("issued_on", "due_on", "booked_at")}
    assert found(check(book(invoices=rows), tmp_path)) == {"invoices.piled_on_one_day": 102}


def months(counts: list[int], amounts: list[float | None] | None = None) -> list[Month]:
    return [
        Month(date(2020 + number // 12, number % 12 + 1, 1), rows, (amounts or [None] * 99)[number])
        for number, rows in enumerate(counts)
    ]


def test_a_thin_month_is_compared_with_those_around_it() -> None:
    # the median of the other eleven is 100; a quarter of it is 25
    assert [gap.rows for gap in thin_months(months([100] * 6 + [24] + [100] * 5))] == [76]
    assert thin_months(months([100] * 6 + [25] + [100] * 5)) == []
    assert [gap.month.first for gap in thin_months(months([100] * 11 + [0]))] == [date(2020, 12, 1)]  # fmt: skip


def test_a_first_month_or_a_book_with_few_rows_is_no_gap() -> None:
    assert thin_months(months([3] + [100] * 11)) == []
    assert thin_months(months([29] * 6 + [0] + [29] * 5)) == []


def test_the_start_of_a_book_is_no_gap() -> None:
    # what was carried over in the first month, then the first customers: the book begins with three usual months
    assert thin_months(months([900, 3, 20, 90, *[100] * 8])) == []
    assert thin_months(months([100, 100, 3, *[100] * 9])) == []
    assert [gap.rows for gap in thin_months(months([100, 100, 100, 3, *[100] * 8]))] == [97]


@pytest.mark.parametrize(("other", "n"), [(49, 0), (50, 1)])
def test_a_month_that_is_thin_in_every_year_is_a_season(other: int, n: int) -> None:
    """The fifth month of the second year holds 9 rows; that of the first and of the third hold half of what is usual, or less."""
    year = [100] * 4 + [other] + [100] * 7
    rows = [*year, *year[:4], 9, *year[5:], *year]
    assert len(thin_months(months(rows))) == n


def test_growth_and_a_lasting_fall_are_no_gaps() -> None:
    assert thin_months(months([round(40 * 1.15**number) for number in range(30)])) == []
    # a customer base that halves stays above a quarter of what is around it
    assert thin_months(months([100] * 12 + [50] * 12)) == []


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        ([100] * 12 + [0] * 12, 12),  # complete_until a year after the data
        ([100] * 12 + [24, 0, 3], 3),
        ([100] * 12 + [24], 0),  # thin, and reported
        ([100] * 12 + [0], 1),
        ([100] * 12 + [25], 0),
        ([100] * 12, 0),
        ([4] * 12 + [0] * 8, 8),  # a small book: 32 rows
        ([4] * 12 + [0] * 7, 0),  # 28 rows may be chance
        ([100] * 5 + [0] * 12, 0),  # too short to say what is usual
        ([500, 0, 0, 0] * 6, 0),  # quarterly
        ([500, 0, 0, 0] * 6 + [0], 4),  # ... and a quarter that did not come
        ([round(400 * 0.8**number) for number in range(30)], 0),  # a run-off
        ([100, 100, 0, 100, 100, 100, 100, 100, 0], 0),  # one month was empty before as well
        ([100, 100, 0, 100, 100, 100, 100, 100, 0, 0], 2),
        ([900] + [40] * 12 + [0] * 3, 3),  # the state of the first day, then what came: its end is seen
        ([900, 300] + [40] * 12 + [0] * 3, 3),
        ([900] + [40] * 12, 0),
        ([500, 2, 2] * 6, 0),  # a quarter's lot, and little between
        ([500, 2, 2] * 6 + [2], 3),  # ... and one that did not come
    ],
)  # fmt: skip
def test_data_that_ends_before_it_is_said_to(counts: list[int], missing: int) -> None:
    assert len(missing_end(months(counts))) == missing


def test_the_run_stops_where_the_data_ends_and_says_both_months(tmp_path: Path) -> None:
    rows = invoices([100] * 366)
    start = date(2023, 1, 1)
    for number, row in enumerate(rows):
        row["issued_on"] = row["booked_at"] = start + timedelta(days=number)
        row["due_on"] = row["issued_on"] + timedelta(days=30)
    until = PORTFOLIO.model_copy(update={"complete_until": date(2024, 12, 31)})
    validation = check(book(invoices=rows), tmp_path, until)
    with pytest.raises(RuleError, match="data ends before complete_until") as caught:
        stop_if_beyond(validation, Tolerances({}, where=""), "firm")
    for words in ("last usual month is 2023-12", "complete_until holds 2024-12 to be complete", "invoices.rows"):  # fmt: skip
        assert words in str(caught.value)
    assert "Set complete_until" in caught.value.next_step


def test_the_missing_money_is_estimated_from_the_months_around(tmp_path: Path) -> None:
    rows = invoices([100] * 366)
    for row in rows:
        row["due_on"], row["amount"] = row["issued_on"] + timedelta(days=30), Decimal(100)
    start = date(2024, 1, 1)
    for number, row in enumerate(rows):
        row["issued_on"] = row["booked_at"] = start + timedelta(days=number)
        row["due_on"] = row["issued_on"] + timedelta(days=30)
    kept = [row for row in rows if row["issued_on"].month != 5]
    validation = check(book(invoices=kept), tmp_path)
    finding = next(one for one in validation.findings if one.rule.name == "month_missing")
    # the ten months around May have 29, four times 30, five times 31 days: the median is 30.5 rows of 100.00
    assert (finding.broken, finding.amount) == (30, 3050.0)
    example = finding.examples[0]
    assert (example.key, example.column, example.value) == ("2024-05", "rows", "0")


def test_the_ledger_is_compared_with_the_balance_stated(tmp_path: Path) -> None:
    # by the end of 2024-02-05 P2 is booked as well: 100 - 100 + 100 - 50 - 50 = 0; a dollar is 0.9
    stated = balances(
        ("2024-02-05", "EUR", "0"), ("2024-02-04", "EUR", "60"), ("2024-02-05", "USD", "60")
    )
    portfolio = PORTFOLIO.model_copy(update={"balances": stated})
    validation = check(clean_book(), tmp_path, portfolio)
    finding = next(one for one in validation.findings if one.broken)
    assert (finding.rule.name, finding.broken, finding.rows) == (
        "ledger_differs_from_balance",
        2,
        3,
    )
    assert finding.amount == 10 + 9
    assert [(one.key, one.value) for one in finding.examples] == [
        ("2024-02-04 EUR", "50.00 / 60"),
        ("2024-02-05 USD", "50.00 / 60"),
    ]


def test_a_balance_may_differ_by_the_tolerated_share() -> None:
    differs = ledger_differs_from_balance.differs
    at = (date(2024, 1, 1), "EUR", Decimal(1000))
    assert not differs(Balance(*at, Decimal(999), 0.001))
    assert differs(Balance(*at, Decimal("998.99"), 0.001))
    assert differs(Balance(date(2024, 1, 1), "EUR", Decimal(0), Decimal("0.01"), 0.001))
