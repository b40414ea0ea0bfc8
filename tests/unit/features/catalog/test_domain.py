"""The domain's list of measures, word by word, beside the features that hold them; and the formulas as they are written."""

from __future__ import annotations

import re
from typing import Any

import ibis
import pytest

from contracts.config.attributes import AttributeConfig
from contracts.config.features import FeaturesConfig
from features.catalog import catalogue
from features.catalog.ratios import LINES, RATIOS, Lines
from features.declaration import ratio

DEFAULT = FeaturesConfig().windows_days
EVERY = {feature.name: feature for feature in catalogue(DEFAULT)}
W = "{90,365}d"
# what section 3 of the domain names, its direction there, and the columns; {90,365} stands for one column each
MEASURES: tuple[tuple[str, int, str], ...] = (
    ("amount-weighted days late over payments", 1, f"payments_days_late_mean_{W}"),
    ("also with open overdue items at today's age", 1, f"payments_days_late_with_open_mean_{W}"),
    ("worst days late, with open overdue items", 1, f"payments_days_late_with_open_max_{W}"),
    ("days late and their spread, of the nine months before", 1, "payments_days_late_before_{mean,std}"),
    ("share of amount late, with open overdue items", 1, f"payments_late_with_open_share_{W}"),
    ("share of amount > 30 days late, with open overdue items", 1, f"payments_late_over_30d_with_open_share_{W}"),
    ("share of invoices late, with open overdue items", 1, f"payments_invoices_late_with_open_share_{W}"),
    ("share of invoices > 30 days late, with open overdue items", 1, f"payments_invoices_late_over_30d_with_open_share_{W}"),
    ("trend, with open overdue items", 1, "payments_days_late_with_open_trend"),
    ("on-time streak, with open overdue items", -1, "payments_on_time_with_open_streak"),
    ("overdue share of balance and payments", 1, "ageing_overdue_owed_share"),
    ("buckets as shares of balance and payments", 1, "ageing_{1_to_30,31_to_60,61_to_90,over_90}d_owed_share"),
    ("worst days late", 1, f"payments_days_late_max_{W}"),
    ("share of amount paid late", 1, f"payments_late_share_{W}"),
    ("share of invoices paid late", 1, f"payments_invoices_late_share_{W}"),
    ("share of amount paid > 30 days late", 1, f"payments_late_over_30d_share_{W}"),
    ("share of invoices paid > 30 days late", 1, f"payments_invoices_late_over_30d_share_{W}"),
    ("spread of days late", 1, f"payments_days_late_std_{W}"),
    ("trend = 90-day minus 365-day days late", 1, "payments_days_late_trend"),
    ("share of payments that were partial", 1, f"payments_partial_share_{W}"),
    ("overdue amount", 1, "ageing_overdue_amount"),
    ("overdue share of balance", 1, "ageing_overdue_share"),
    ("oldest dpd", 1, "ageing_oldest_days"),
    ("buckets", 1, "ageing_{1_to_30,31_to_60,61_to_90,over_90}d_share"),
    ("their change over 90 days", 1, "ageing_{1_to_30,31_to_60,61_to_90,over_90}d_change_90d"),
    ("on-time streak", -1, "payments_on_time_streak"),
    ("open disputed share", 0, "disputes_open_share"),
    ("dispute rate", 0, f"disputes_opened_share_{W}"),
    ("adverse events in 12/36 months", 1, "events_adverse_count_{365,1095}d"),
    ("days since the last one", -1, "events_adverse_days_since"),
    ("payment plans asked for", 1, "events_payment_plans_count_1095d"),
    ("payment plans broken", 1, "events_payment_plans_broken_count_1095d"),
    ("open balance / limit", 1, "limits_used_share"),
    ("limit breaches", 1, f"limits_breaches_count_{W}"),
    ("balance growth vs billing growth", 1, "balance_growth_over_billing_90d"),
    ("customer's DSO", 1, f"balance_days_sales_outstanding_{W}"),
    ("billing 30/90/365", -1, "billing_amount_sum_{30,90,365}d"),
    ("billing growth", -1, "billing_amount_growth_90d"),
    ("volatility of billing", 1, "billing_amount_volatility"),
    ("months since last invoice", 1, "billing_months_since_last"),
    ("terms granted", 0, "limits_terms_days"),
    ("credit-note share", 1, f"billing_credit_notes_share_{W}"),
    ("current, quick and cash ratio", -1, "statement_{current,quick,cash}_ratio"),
    ("operating cash flow / current liabilities", -1, "statement_operating_cash_flow_to_current_liabilities"),
    ("interest coverage EBIT / interest", -1, "statement_interest_coverage"),
    ("working capital / assets", -1, "statement_working_capital_to_assets"),
    ("cash conversion cycle DSO + DIO - DPO", 1, "statement_cash_cycle"),
    ("our open balance / its revenue, / its equity", 1, "exposure_balance_to_{revenue,equity}"),
    ("equity / assets", -1, "statement_equity_to_assets"),
    ("liabilities / assets", 1, "statement_liabilities_to_assets"),
    ("net income / assets", -1, "statement_net_income_to_assets"),
    ("EBITDA margin", -1, "statement_ebitda_margin"),
    ("retained earnings / assets", -1, "statement_retained_earnings_to_assets"),
    ("revenue / assets", -1, "statement_revenue_to_assets"),
    ("revenue growth", -1, "statement_revenue_growth"),
    # trees and bins see only the order of values, which the logarithm keeps; a reader sees an amount
    ("log assets", -1, "statement_total_assets_amount"),
    ("debt / EBITDA", 1, "statement_debt_to_ebitda"),
    ("negative equity, loss, two losses in a row", 1, "statement_is_{equity_negative,loss,loss_repeated}"),
    ("one-year changes of the main ratios", -1, "statement_{equity_to_assets,net_income_to_assets,ebitda_margin,current_ratio}_change"),
    ("one-year changes of the main ratios", 1, "statement_{liabilities_to_assets,zmijewski}_change"),
    ("Altman Z, Z''", -1, "statement_altman_{z,z2}"),
    ("Zmijewski", 1, "statement_zmijewski"),
    ("age of the statement", 1, "statement_age"),
    ("tenure, age of the company", -1, "customer_{tenure,age}"),
    ("industry, country, legal form, size class", 0, "customer_{industry,country,legal_form,size_class}"),
    ("insured share, group size", 0, "customer_{insured_share,group_size}"),
    ("percentile of the main features, more is worse", 1, "peers_{payments_days_late_with_open_mean_365d,ageing_overdue_share,limits_used_share,statement_zmijewski}_rank"),
    ("percentile of the main features, more is better", -1, "peers_{statement_equity_to_assets,statement_net_income_to_assets,billing_amount_growth_90d}_rank"),
)  # fmt: skip


def columns(pattern: str) -> list[str]:
    """The names that a pattern with one {a,b} stands for.

    >>> columns("x_{1,2}d")
    ['x_1d', 'x_2d']
    """
    found = re.search(r"\{(.*)\}", pattern)
    return [pattern.replace(found[0], one) for one in found[1].split(",")] if found else [pattern]


@pytest.mark.parametrize(("measure", "direction", "pattern"), MEASURES)
def test_every_measure_of_the_domain_is_a_feature(
    measure: str, direction: int, pattern: str
) -> None:
    for name in columns(pattern):
        assert name in EVERY, measure
        assert EVERY[name].direction == direction, measure


def test_the_default_config_and_every_window_of_the_domain() -> None:
    assert len(EVERY) >= 120
    assert len({feature.pillar for feature in EVERY.values()}) == 4
    wide = {feature.name for feature in catalogue((30, 90, 180, 365))}
    windowed = {name for _, _, pattern in MEASURES if W in pattern for name in columns(pattern)}
    for name in windowed:
        stem = re.sub(r"\d+d$", "", name)
        assert {f"{stem}{window}d" for window in (30, 90, 180, 365)} <= wide


def _value(formula: str, lines: dict[str, float]) -> float:
    """A formula as written, computed by Python."""
    for line, (english, _) in sorted(LINES.items(), key=lambda pair: -len(pair[1][0])):
        formula = formula.replace(english, f"({lines[line]})")
    return float(eval(formula.replace("×", "*"), {"__builtins__": {}}))  # noqa: S307 - our own formulas


def test_formulas_are_what_is_computed() -> None:
    lines = {line: 7.0 + 3.0 * place for place, line in enumerate(LINES)}
    table = ibis.memtable({line: [value] for line, value in lines.items()})
    con = ibis.duckdb.connect()
    exprs = {one.measure: one.formula(Lines(table)) for one in RATIOS}
    found = con.to_pyarrow(table.select(**exprs)).to_pylist()[0]
    assert found == pytest.approx({one.measure: _value(one.formula_en, lines) for one in RATIOS})
    assert not re.search("[a-z]{3}", "".join(one.formula_zh for one in RATIOS))


def test_a_ratio_needs_a_positive_denominator() -> None:
    cases: list[tuple[Any, Any, Any]] = [
        (6.0, 3.0, 2.0),
        (-6.0, 3.0, -2.0),
        (6.0, 0.0, None),
        (6.0, -3.0, None),
        (0.0, 3.0, 0.0),
        (0.0, 0.0, None),
        (None, 3.0, None),
        (6.0, None, None),
    ]
    over, under, wanted = zip(*cases, strict=True)
    schema = {"over": "float64", "under": "float64"}
    table = ibis.memtable({"over": list(over), "under": list(under)}, schema=schema)
    con = ibis.duckdb.connect()
    found = con.to_pyarrow(table.select(x=ratio(table.over, table.under))).column("x")
    assert found.to_pylist() == list(wanted)


def test_what_a_customer_cannot_change_or_we_decided_is_no_reason() -> None:
    """The list of issue 19, and what is like it."""
    context = {
        "customer_country", "customer_industry", "customer_legal_form", "customer_size_class", "customer_group_size",
        "customer_insured_share", "customer_tenure", "customer_age", "statement_depreciation_to_assets",
        "statement_inventory_days", "statement_number_count", "statement_total_assets_growth", "balance_amount",
    }  # fmt: skip
    ours = {"limits_limit_amount", "limits_terms_days", "limits_cuts_count_365d"}
    assert {
        one.name for one in EVERY.values() if one.role == "context" and not one.ranked
    } == context
    assert {one.name for one in EVERY.values() if one.role == "ours"} == ours
    brought = [
        AttributeConfig(name=name, dtype=dtype, pillar=pillar, unit="count", direction=direction, wording_en="x", wording_zh="x", role=role)
        for name, dtype, pillar, direction, role in (
            ("employees", "number", "business_context", 0, None), ("loan", "number", "credit_record", 0, None),
            ("index", "number", "credit_record", -1, None), ("rated", "category", "credit_record", 0, None),
            ("asked", "number", "business_context", 0, "reason"),
        )
    ]  # fmt: skip
    roles = [one.role for one in catalogue(DEFAULT, brought)[-5:]]
    assert roles == ["context", "reason", "reason", "reason", "reason"]


def test_a_reason_has_a_side_and_a_change_says_which_way() -> None:
    reasons = [one for one in EVERY.values() if one.role == "reason" and one.dtype == "number"]
    assert [one.name for one in reasons if not one.speaks] == []
    for one in EVERY.values():
        assert "chang" not in one.reason_en
        assert "变化" not in one.reason_zh
        is_difference = one.name.endswith(
            ("_change", "_change_90d", "_trend", "_growth", "_growth_90d")
        )
        assert one.is_change == (is_difference or one.measure == "growth_over_billing"), one.name
        if one.is_change and one.role == "reason":
            rises = any(word in one.reason_en for word in (" rose ", " later ", " grew faster "))
            assert rises == (one.speaks > 0), one.name
            assert rises != (" fell " in one.reason_en), one.name
            assert "{typical}" not in one.texts()["reason_en"]


def test_a_difference_of_shares_is_in_points() -> None:
    """From 30 % to 51 % is 21 points; growth is a share of what was before, and stays in per cent."""
    for one in EVERY.values():
        if one.is_change and one.unit in {"share", "percentage_points"}:
            of_before = "growth_" in f"{one.aggregate}_" or "of the credit limit" in one.reason_en
            assert one.unit == ("share" if of_before else "percentage_points"), one.name


def test_a_rank_belongs_to_what_it_ranks() -> None:
    """Payments, ageing and statements among peers counted as business context, 24 % of the score's points."""
    ranks = [one for one in EVERY.values() if one.ranked]
    assert len(ranks) > 20
    for one in ranks:
        assert one.ranked is not None
        assert (one.pillar, one.subject, one.role) == (
            one.ranked.pillar,
            one.ranked.subject,
            one.ranked.role,
        )
    assert {one.pillar for one in ranks} == {"credit_record", "ability_to_pay", "financial_health"}


PILLAR_OF = {
    "credit_record": {"lateness", "overdue", "disputes", "deductions", "part payments", "payment plans", "returned payments", "events", "external rating"},
    "ability_to_pay": {"billing", "cash cycle", "credit notes", "debt service", "discounts", "liquidity", "our claim against its size", "our limit and terms", "turnover of the balance", "use of the limit"},
    "financial_health": {"age of the statement", "asset turnover", "capital", "debt burden", "depreciation", "distress score", "earnings", "growth", "market value", "size", "statements on file"},
    "business_context": {"who it is"},
}  # fmt: skip
"""By pillar, the ideas that count to it: what a credit department files under each."""


def test_each_input_stands_in_the_pillar_of_its_subject() -> None:
    """An idea told in two pillars would move a score twice under one name; a rank of a payment is no business context."""
    pillar_of = {subject: pillar for pillar, subjects in PILLAR_OF.items() for subject in subjects}
    assert sum(map(len, PILLAR_OF.values())) == len(pillar_of)
    assert {one.subject for one in EVERY.values()} == set(pillar_of)
    for one in EVERY.values():
        assert one.pillar == pillar_of[one.subject], one.name
    # what a customer does, owes and files is nowhere the context that it cannot change
    assert {one.role for one in EVERY.values() if one.pillar == "business_context"} == {"context"}
