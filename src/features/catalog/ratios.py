"""The ratios of a financial statement: formula, direction and wording, one line of thought each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from features.declaration import Role, ratio

DAYS = 365.0
LINES = MappingProxyType(
    {
        "current_assets": ("current assets", "流动资产"),
        "current_liabilities": ("current liabilities", "流动负债"),
        "cash": ("cash", "现金"),
        "inventory": ("inventory", "存货"),
        "receivables": ("receivables", "应收账款"),
        "operating_cash_flow": ("operating cash flow", "经营现金流"),
        "ebit": ("EBIT", "息税前利润"),
        "ebitda": ("EBITDA", "EBITDA"),
        "interest_expense": ("interest expense", "利息支出"),
        "net_income": ("net income", "净利润"),
        "gross_profit": ("gross profit", "毛利"),
        "revenue": ("revenue", "营业收入"),
        "cogs": ("cost of goods sold", "营业成本"),
        "depreciation": ("depreciation", "折旧"),
        "total_assets": ("total assets", "总资产"),
        "total_liabilities": ("total liabilities", "总负债"),
        "long_term_debt": ("long-term debt", "长期借款"),
        "equity": ("equity", "所有者权益"),
        "retained_earnings": ("retained earnings", "留存收益"),
        "market_value": ("market value", "市值"),
    }
)
"""Lines of a statement as formulas name them, in English and Chinese."""


def chinese(formula: str) -> str:
    """A formula with the Chinese names of its lines.

    >>> chinese("(current assets - inventory) / current liabilities")
    '(流动资产 - 存货) / 流动负债'
    """
    for english, name in sorted(LINES.values(), key=lambda pair: -len(pair[0])):
        formula = formula.replace(english, name)
    return formula


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one statement, in its own currency, on a year's footing; missing where not reported."""

    state: ir.Table
    prefix: str = ""

    def __getattr__(self, line: str) -> ir.FloatingValue:
        return self.state[f"{self.prefix}{line}"]

    def own_funds(self) -> ir.FloatingValue:
        """Equity; total assets less total liabilities where it is not reported."""
        return ibis.coalesce(self.equity, self.total_assets - self.total_liabilities)

    def gross(self) -> ir.FloatingValue:
        """Gross profit; revenue less cost of goods sold where it is not reported."""
        return ibis.coalesce(self.gross_profit, self.revenue - self.cogs)


@dataclass(frozen=True, slots=True)
class Ratio:
    """One ratio of a statement.

    Attributes:
        measure: part of the feature's name.
        formula: its value on the lines of one statement.
        direction: +1 more of it means more risk, -1 less, 0 free.
        english, chinese: its name.
        formula_en: the formula as a reader of statements writes it; a test computes it and compares.
        subject, role, unit, pillar: as of the feature.
        has_change: whether its change since the statement before is a feature as well.
        low, high: the range it can have, missing where open.
    """

    measure: str
    formula: Callable[[Lines], ir.FloatingValue]
    direction: int
    english: str
    chinese: str
    formula_en: str
    subject: str
    unit: str = "share"
    pillar: str = "financial_health"
    role: Role = "reason"
    has_change: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def formula_zh(self) -> str:
        """The formula with the lines' Chinese names."""
        return chinese(self.formula_en)


def altman_z(s: Lines) -> ir.FloatingValue:
    """Z = 1.2 WC/TA + 1.4 RE/TA + 3.3 EBIT/TA + 0.6 MVE/TL + 1.0 S/TA, listed companies.

    WC working capital, TA total assets, RE retained earnings, MVE market value of equity, TL total
    liabilities, S sales. Below 1.81 distress, above 2.99 safe. Source: Altman (1968), J. Finance 23(4).
    """
    assets = s.total_assets
    return (
        1.2 * ratio(s.current_assets - s.current_liabilities, assets)
        + 1.4 * ratio(s.retained_earnings, assets)
        + 3.3 * ratio(s.ebit, assets)
        + 0.6 * ratio(s.market_value, s.total_liabilities)
        + ratio(s.revenue, assets)
    )


def altman_z2(s: Lines) -> ir.FloatingValue:
    """Z'' = 6.56 WC/TA + 3.26 RE/TA + 6.72 EBIT/TA + 1.05 BVE/TL, private companies.

    BVE book value of equity. Below 1.10 distress, above 2.60 safe. Source: Altman (1995), Emerging Markets Review.
    """
    assets = s.total_assets
    return (
        6.56 * ratio(s.current_assets - s.current_liabilities, assets)
        + 3.26 * ratio(s.retained_earnings, assets)
        + 6.72 * ratio(s.ebit, assets)
        + 1.05 * ratio(s.own_funds(), s.total_liabilities)
    )


def zmijewski(s: Lines) -> ir.FloatingValue:
    """X = -4.336 - 4.513 NI/TA + 5.679 TL/TA + 0.004 CA/CL: above 0 means distress is likelier than not.

    NI net income, CA and CL current assets and liabilities. Source: Zmijewski (1984), J. Accounting Research 22.
    """
    return (
        -4.336
        - 4.513 * ratio(s.net_income, s.total_assets)
        + 5.679 * ratio(s.total_liabilities, s.total_assets)
        + 0.004 * ratio(s.current_assets, s.current_liabilities)
    )


def cash_cycle(s: Lines) -> ir.FloatingValue:
    """Cash conversion cycle in days: DSO + DIO - DPO; payables are current liabilities, for want of a line of their own."""
    return (
        ratio(s.receivables * DAYS, s.revenue)
        + ratio(s.inventory * DAYS, s.cogs)
        - ratio(s.current_liabilities * DAYS, s.cogs)
    )


_PAY = "ability_to_pay"
RATIOS: tuple[Ratio, ...] = (
    Ratio("current_ratio", lambda s: ratio(s.current_assets, s.current_liabilities), -1, "current ratio", "流动比率", "current assets / current liabilities", "liquidity", "ratio", _PAY, has_change=True),
    Ratio("quick_ratio", lambda s: ratio(s.current_assets - s.inventory, s.current_liabilities), -1, "quick ratio", "速动比率", "(current assets - inventory) / current liabilities", "liquidity", "ratio", _PAY),
    Ratio("cash_ratio", lambda s: ratio(s.cash, s.current_liabilities), -1, "cash ratio", "现金比率", "cash / current liabilities", "liquidity", "ratio", _PAY),
    Ratio("operating_cash_flow_to_current_liabilities", lambda s: ratio(s.operating_cash_flow, s.current_liabilities), -1, "ratio of operating cash flow to current liabilities", "经营现金流与流动负债之比", "operating cash flow / current liabilities", "debt service", "ratio", _PAY),
    Ratio("interest_coverage", lambda s: ratio(s.ebit, s.interest_expense), -1, "interest coverage", "利息保障倍数", "EBIT / interest expense", "debt service", "ratio", _PAY),
    Ratio("working_capital_to_assets", lambda s: ratio(s.current_assets - s.current_liabilities, s.total_assets), -1, "ratio of working capital to total assets", "营运资本与总资产之比", "(current assets - current liabilities) / total assets", "liquidity", "share", _PAY, has_change=True),
    Ratio("cash_cycle", cash_cycle, 1, "cash conversion cycle", "现金转换周期", "receivables × 365 / revenue + inventory × 365 / cost of goods sold - current liabilities × 365 / cost of goods sold", "cash cycle", "days", _PAY),
    Ratio("receivables_days", lambda s: ratio(s.receivables * DAYS, s.revenue), 1, "receivables period (how long its own customers take to pay)", "应收账款周转天数（其自身客户的回款天数）", "receivables × 365 / revenue", "cash cycle", "days", _PAY, has_change=True),
    Ratio("inventory_days", lambda s: ratio(s.inventory * DAYS, s.cogs), 0, "inventory period", "存货周转天数", "inventory × 365 / cost of goods sold", "cash cycle", "days", _PAY, role="context"),
    Ratio("current_liabilities_to_assets", lambda s: ratio(s.current_liabilities, s.total_assets), 1, "ratio of current liabilities to total assets", "流动负债与总资产之比", "current liabilities / total assets", "liquidity", "share", _PAY),
    Ratio("equity_to_assets", lambda s: ratio(s.own_funds(), s.total_assets), -1, "equity ratio", "权益比率", "equity / total assets", "capital", has_change=True),
    Ratio("liabilities_to_assets", lambda s: ratio(s.total_liabilities, s.total_assets), 1, "ratio of liabilities to total assets", "资产负债率", "total liabilities / total assets", "capital", has_change=True),
    Ratio("long_term_debt_to_assets", lambda s: ratio(s.long_term_debt, s.total_assets), 1, "ratio of long-term debt to total assets", "长期借款与总资产之比", "long-term debt / total assets", "capital", has_change=True),
    Ratio("net_income_to_assets", lambda s: ratio(s.net_income, s.total_assets), -1, "return on assets", "总资产收益率", "net income / total assets", "earnings", has_change=True),
    Ratio("ebit_to_assets", lambda s: ratio(s.ebit, s.total_assets), -1, "ratio of EBIT to total assets", "息税前利润与总资产之比", "EBIT / total assets", "earnings", has_change=True),
    Ratio("ebitda_to_assets", lambda s: ratio(s.ebitda, s.total_assets), -1, "ratio of EBITDA to total assets", "EBITDA与总资产之比", "EBITDA / total assets", "earnings"),
    Ratio("ebitda_margin", lambda s: ratio(s.ebitda, s.revenue), -1, "EBITDA margin", "EBITDA利润率", "EBITDA / revenue", "earnings", has_change=True),
    Ratio("net_margin", lambda s: ratio(s.net_income, s.revenue), -1, "net margin", "净利润率", "net income / revenue", "earnings"),
    Ratio("gross_margin", lambda s: ratio(s.gross(), s.revenue), -1, "gross margin", "毛利率", "gross profit / revenue", "earnings", has_change=True),
    Ratio("retained_earnings_to_assets", lambda s: ratio(s.retained_earnings, s.total_assets), -1, "ratio of retained earnings to total assets", "留存收益与总资产之比", "retained earnings / total assets", "capital", has_change=True),
    Ratio("revenue_to_assets", lambda s: ratio(s.revenue, s.total_assets), -1, "asset turnover", "总资产周转率", "revenue / total assets", "asset turnover", "ratio", has_change=True),
    Ratio("debt_to_ebitda", lambda s: ratio(s.long_term_debt, s.ebitda), 1, "ratio of debt to EBITDA", "债务与EBITDA之比", "long-term debt / EBITDA", "debt burden", "ratio"),
    Ratio("liabilities_to_ebitda", lambda s: ratio(s.total_liabilities, s.ebitda), 1, "ratio of liabilities to EBITDA", "负债与EBITDA之比", "total liabilities / EBITDA", "debt burden", "ratio"),
    Ratio("depreciation_to_assets", lambda s: ratio(s.depreciation, s.total_assets), 0, "ratio of depreciation to total assets", "折旧与总资产之比", "depreciation / total assets", "depreciation", role="context"),
    Ratio("market_value_to_liabilities", lambda s: ratio(s.market_value, s.total_liabilities), -1, "ratio of market value to liabilities", "市值与负债之比", "market value / total liabilities", "market value", "ratio", has_change=True),
    Ratio("market_value_to_assets", lambda s: ratio(s.market_value, s.total_assets), -1, "ratio of market value to total assets", "市值与总资产之比", "market value / total assets", "market value", "ratio"),
    Ratio("altman_z", altman_z, -1, "Altman Z score (for listed companies)", "Altman Z值（适用于上市公司）", "1.2 × (current assets - current liabilities) / total assets + 1.4 × retained earnings / total assets + 3.3 × EBIT / total assets + 0.6 × market value / total liabilities + 1.0 × revenue / total assets", "distress score", "ratio", has_change=True),
    Ratio("altman_z2", altman_z2, -1, "Altman Z'' score (for private companies)", "Altman Z''值（适用于非上市公司）", "6.56 × (current assets - current liabilities) / total assets + 3.26 × retained earnings / total assets + 6.72 × EBIT / total assets + 1.05 × equity / total liabilities", "distress score", "ratio", has_change=True),
    Ratio("zmijewski", zmijewski, 1, "Zmijewski score", "Zmijewski分值", "-4.336 - 4.513 × net income / total assets + 5.679 × total liabilities / total assets + 0.004 × current assets / current liabilities", "distress score", "ratio", has_change=True),
)  # fmt: skip
"""Every ratio, liquidity first."""
