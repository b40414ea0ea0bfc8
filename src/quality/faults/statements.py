"""Faults of financial statements."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import between, money_columns, quoted

# One statement a customer: where most of them are in thousands, the others are the odd ones.
_ONE_OF_THREE = (
    'JOIN (SELECT arg_min(".row", (".lot", ".row")) AS one FROM rows GROUP BY customer_id '
    'HAVING count(DISTINCT period_end) >= 3) AS a ON a.one = r.".row"'
)
_TWO_FIGURES = (
    "(r.total_assets <> 0)::INT + (r.total_liabilities <> 0)::INT + (r.revenue <> 0)::INT >= 2"
)
"""With one large figure alone nothing tells a unit from a change of the business."""


@fault(
    {"financials": "statement_unit_jump"},
    en="Statements are in thousands",
    zh="报表以千为单位",
    note="one statement each of customers with three or more periods; every money column is divided by 1,000",
)
def statements_in_thousands(sheet: Sheet) -> Strike:
    """The heading `in TEUR` was not read."""
    return _one_of_three(sheet, "/ 1000")


@fault(
    {"financials": "statement_unit_jump"},
    en="Statements are in cents",
    zh="报表以分为单位",
    note="one statement each of customers with three or more periods; every money column is multiplied by 100",
)
def statements_in_cents(sheet: Sheet) -> Strike:
    """The newest accounts came through an interface that sends whole numbers of the smallest unit."""
    return _one_of_three(sheet, "* 100")


def _one_of_three(sheet: Sheet, times: str) -> Strike:
    """One statement of a customer in another unit than its others."""
    return Strike(
        {name: f"r.{quoted(name)} {times}" for name in money_columns(sheet.contract)},
        joins=_ONE_OF_THREE,
        where=_TWO_FIGURES,
    )


@fault(
    {"financials": "overlapping_statements"},
    en="Statements overlap",
    zh="报表期间重叠",
    note="a further statement of the same length that ended three months earlier",
)
def overlapping_statements(_sheet: Sheet) -> Strike:
    """Twelve months to date were delivered among the years."""
    return Strike(
        {"period_end": "CAST(last_day(r.period_end - INTERVAL 3 MONTH) AS DATE)"},
        where="r.months >= 6",
        deed=Deed.ADDED,
    )


@fault(
    {"financials": "assets_do_not_balance"},
    en="Assets are not liabilities plus equity",
    zh="资产不等于负债加权益",
    note="statements with all three",
)
def unbalanced_statement(_sheet: Sheet) -> Strike:
    """Subscribed capital was taken for equity."""
    return Strike(
        {"equity": "r.total_assets - r.total_liabilities - r.total_assets * 0.2"},
        where="r.total_assets > 0 AND r.total_liabilities IS NOT NULL AND r.equity IS NOT NULL",
    )


@fault(
    {"financials": "part_exceeds_total"},
    en="A part of the balance sheet is in another unit than the whole",
    zh="资产负债表分项与总计单位不同",
    note="statements whose current assets are at least a fiftieth of all assets",
)
def part_in_another_unit(_sheet: Sheet) -> Strike:
    """Current assets in units, the rest in hundreds."""
    return Strike(
        {"current_assets": "r.current_assets * 100"},
        where="r.total_assets > 0 AND r.current_assets * 50 >= r.total_assets",
    )


@fault(
    {"financials": "published_before_period_end"},
    en="Statements were published before their period ended",
    zh="报表公布日早于期末日",
)
def published_before_period_end(_sheet: Sheet) -> Strike:
    """The beginning of the period was taken for the day of publication."""
    return Strike({"published_on": f"r.period_end - {between(1, 60)}"})


@fault(
    {"financials": "period_length_out_of_range"},
    en="The length of the period is in days",
    zh="报告期长度以天表示",
    note="12 months become 365",
)
def months_in_days(_sheet: Sheet) -> Strike:
    """365 for a year, 90 for a quarter."""
    return Strike({"months": "CAST(round(r.months * 365 / 12.0) AS BIGINT)"}, where="r.months >= 1")


@fault(
    {"financials": "cost_with_minus_sign"},
    en="Costs have a minus sign",
    zh="成本费用带负号",
    note="statements with revenue and costs of goods sold",
)
def costs_negative(_sheet: Sheet) -> Strike:
    """As a printed income statement has them."""
    return Strike(
        {name: f"-abs(r.{name})" for name in ("cogs", "depreciation", "interest_expense")},
        where="r.revenue > 0 AND r.cogs > 0",
    )


@fault(
    {"financials": "next_year_of_statements_missing"},
    en="The statements of a whole year were not delivered",
    zh="整个年度的报表未交付",
    note="the share is one of month-ends at which periods end; of the newest year that all have published",
)
def year_of_statements_missing(_sheet: Sheet) -> Strike:
    """The subscription to the register of companies lapsed."""
    month = "date_trunc('month', {})"
    ours = month.format("r.period_end")
    newest = (
        f"SELECT {month.format('period_end')} AS ended FROM rows "  # noqa: S608 - no outside text
        "WHERE period_end + 400 BETWEEN (SELECT max(published_on) - 365 FROM rows) AND (SELECT max(published_on) FROM rows) "
        "GROUP BY ended ORDER BY count(DISTINCT customer_id) DESC, ended LIMIT 1"
    )
    return Strike({}, where=f"{ours} = ({newest})", deed=Deed.REMOVED, whole=ours)


@fault(
    {"financials": "figure_with_wrong_sign"},
    en="Statements have the signs of their accounts",
    zh="报表采用账户借贷方向的正负号",
    note="statements with liabilities; the credit side has a minus",
)
def credit_side_with_a_minus(_sheet: Sheet) -> Strike:
    """A trial balance in place of a statement: revenue, debts and equity are credits."""
    names = ("revenue", "total_liabilities", "current_liabilities", "equity")
    return Strike({name: f"-r.{name}" for name in names}, where="r.total_liabilities > 0")


_BILLED = (
    "JOIN (SELECT customer_id, bool_or(billed * 1000 > sold * 3 AND sold > 0) AS is_seen FROM ("
    "SELECT f.customer_id, f.revenue AS sold, coalesce(sum(i.amount), 0) AS billed FROM rows AS f "
    "LEFT JOIN invoices AS i ON i.customer_id = f.customer_id AND i.currency = f.currency AND i.kind = 'invoice' "
    "AND i.issued_on BETWEEN f.period_end - CAST(floor(f.months * 30.4) AS INTEGER) + 1 AND f.period_end "
    'GROUP BY f.customer_id, f.revenue, f.".row") GROUP BY customer_id) AS b ON b.customer_id = r.customer_id'
)
"""Whether a customer was billed enough in one of its periods for a thousandth of the revenue to be a surprise."""


@fault(
    {"financials": "revenue_below_billing"},
    en="All statements of a customer are in thousands",
    zh="某客户的全部报表以千为单位",
    note="customers that bought more than three thousandths of their revenue from us in a period; their money columns are divided by 1,000",
)
def customer_in_thousands(sheet: Sheet) -> Strike:
    """One bureau prints in thousands, the other in units: no statement of the customer differs from the next."""
    if "invoices" not in sheet.tables:
        return Strike({}, where="FALSE")
    return Strike(
        {name: f"r.{quoted(name)} / 1000" for name in money_columns(sheet.contract)},
        joins=_BILLED,
        where="b.is_seen AND r.revenue > 0",
        whole="r.customer_id",
    )


@fault(
    {"financials": "restated_to_another_size"},
    en="Consolidated statements were delivered as restatements of single ones",
    zh="合并报表被当作单体报表的重述交付",
    note="a further version of the same period two months later, six times as large",
)
def group_beside_single(sheet: Sheet) -> Strike:
    """Both have the same customer and the same last day."""
    larger = {name: f"r.{quoted(name)} * 6" for name in money_columns(sheet.contract)}
    return Strike(
        {**larger, "published_on": "r.published_on + 60"},
        where="r.revenue > 0 AND r.total_assets > 0 AND r.published_on + 60 <= (SELECT max(published_on) FROM financials)",
        deed=Deed.ADDED,
    )


@fault(
    {"financials": "published_at_once"},
    en="Statements carry the last day of their period as that of publication",
    zh="报表以期末日作为公布日",
)
def published_on_the_last_day(_sheet: Sheet) -> Strike:
    """The source has one date only."""
    return Strike({"published_on": "r.period_end"})


_FLOWS = (
    "revenue", "cogs", "gross_profit", "ebitda", "ebit", "depreciation", "interest_expense", "net_income", "operating_cash_flow",
)  # fmt: skip


@fault(
    {"financials": "months_leave_a_gap"},
    en="Fifteen months are stated as twelve",
    zh="十五个月的数据写作十二个月",
    note="the newest of a customer's years; it ends three months later, and its flows are a quarter larger",
)
def long_year_as_twelve(_sheet: Sheet) -> Strike:
    """The year-end was moved; the column of months says 12 for everybody."""
    return Strike(
        {
            **{name: f"round(r.{name} * 5 / 4, 2)" for name in _FLOWS},
            "period_end": "CAST(last_day(r.period_end + INTERVAL 3 MONTH) AS DATE)",
            "published_on": "r.published_on + 90",
        },
        joins=(
            "JOIN (SELECT customer_id, max(period_end) AS newest, count(DISTINCT period_end) AS n FROM rows "
            "GROUP BY customer_id) AS y ON y.customer_id = r.customer_id AND y.newest = r.period_end AND y.n > 1"
        ),
        where="r.months = 12 AND r.published_on + 90 <= (SELECT max(published_on) FROM rows)",
    )


@fault(
    {"financials": "overlapping_statements"},
    en="Half-years are stated as years",
    zh="半年报写作年报",
    note="a further statement of the first half, its flows half of the year's",
)
def half_year_as_twelve(_sheet: Sheet) -> Strike:
    """Interim accounts were delivered among the annual ones; the column of months says 12 for everybody."""
    return Strike(
        {
            **{name: f"round(r.{name} / 2, 2)" for name in _FLOWS},
            "period_end": "CAST(last_day(r.period_end - INTERVAL 6 MONTH) AS DATE)",
            "published_on": "r.published_on - 150",
        },
        where="r.months = 12 AND r.published_on - 150 > r.period_end - 180",
        deed=Deed.ADDED,
    )
