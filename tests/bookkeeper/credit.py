"""The credit desk: from a PD and the books to grade, terms, limit, expected loss and action.

Loss, need, capacity, appetite and terms follow the words of the definitions. What these leave to the house is taken from its
documents: the forecast of billing, terms in force that are shorter, tidy numbers, and the table of actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import log2

from contracts.calendar import add_months, months_back
from contracts.config.decisions import RateConfig
from tests.bookkeeper.ability import limit_on
from tests.bookkeeper.ageing import position_row
from tests.bookkeeper.features import Desk
from tests.bookkeeper.items import NOTHING, cents
from tests.bookkeeper.trade import Record, peak, record
from tests.features_books import Row

BOUNDS = tuple(Decimal(one) / 10_000 for one in (5, 10, 25, 50, 100, 200, 500, 1_000, 3_000))
"""Upper bounds of the grades."""
OLD = ("31-60", "61-90", "90+")
"""What is long overdue."""


@dataclass(frozen=True, slots=True)
class File:
    """What the desk knows of one customer besides its books.

    Attributes:
        pd: probability of default.
        statements: its financial statements.
        rules: of the house.
    """

    pd: Decimal
    statements: Sequence[Row]
    rules: RateConfig


@dataclass(frozen=True, slots=True)
class Decision:
    """What the desk says; money in reporting currency, None where nothing is known to make it from."""

    grade: int
    terms: int
    exposure: Decimal
    overdue: Decimal
    ead: Decimal
    expected_loss: Decimal
    limit: Decimal
    bound: str
    current: Decimal | None
    action: str
    score: int
    review: date


def score_of(pd: Decimal) -> int:
    """600 points at odds of 30 to 1, 40 more where the odds double, within 1 and 999."""
    return min(max(round(600 + 40 * log2((1 - pd) / pd / 30)), 1), 999)


def review_on(as_of: date, grade: int, action: str, rules: RateConfig) -> date:
    """High risk monthly, medium quarterly, low yearly; the levels are those of the docs of `decisions.action`."""
    is_high = grade >= rules.at_risk_from_grade or action in ("stop", "secure")
    is_medium = grade > rules.good_until_grade or action in ("reduce", "review")
    return add_months(as_of, rules.review_months[0 if is_high else 1 if is_medium else 2])


def grade_of(pd: Decimal) -> int:
    """A PD on a bound belongs to the riskier grade."""
    return 1 + sum(pd >= bound for bound in BOUNDS)


def decide(desk: Desk, file: File) -> Decision:
    """The decision on one customer."""
    rules, kept, agreed = file.rules, record(desk), limit_on(desk.books, desk.as_of)
    grade, ead = grade_of(file.pd), cents(peak(desk))
    terms = terms_for(grade, file, kept)
    current = None if agreed is None or agreed["credit_limit"] is None else in_reporting(desk, agreed["credit_limit"])  # fmt: skip
    row = position_row(desk.position(), desk.as_of)
    owed, old = cents(Decimal(row["exposure"])), sum((Decimal(row[name]) for name in OLD), NOTHING)
    loss = file.pd * Decimal(str(rules.lgd)) * uninsured(desk, ead)
    bounds = {"need": _need(desk, grade, terms, kept, rules), "capacity": capacity(desk, grade, file, kept), "appetite": appetite(desk, file)}  # fmt: skip
    bound = min(bounds, key=lambda name: bounds[name])
    limit, ceiling = tidy(bounds[bound]), tidy(min(bounds["capacity"], bounds["appetite"]))
    view = View(grade, owed, old, loss, limit, ceiling, current, bound, _pays(agreed, terms, file, kept))  # fmt: skip
    action = action_for(view, rules)
    if limit == 0 and rules.terms_by_grade[grade - 1] == 0:
        bound = "grade"
    elif limit == 0 and terms == 0:
        bound = "margin"
    if action == "keep" and current is not None:
        limit, bound = current, "in_force"  # nothing is to be done
    elif action == "reduce" and current is not None and limit != ceiling:
        limit = ceiling  # what it needs is no reason to cut a limit further
        bound = "capacity" if bounds["capacity"] <= bounds["appetite"] else "appetite"
    dates = score_of(file.pd), review_on(desk.as_of, grade, action, rules)
    offered = terms if ceiling else 0  # no open terms beside a limit of nothing
    return Decision(grade, offered, owed, cents(Decimal(row["overdue"])), ead, loss, limit, bound, current, action, *dates)  # fmt: skip


def in_reporting(desk: Desk, amount: Decimal) -> Decimal:
    """An amount in the customer's own currency, to the cent."""
    return cents(amount * desk.rates(desk.books.customer["currency"]))


def _pays(agreed: Row | None, terms: int, file: File, kept: Record) -> bool:
    """Whether the margin pays for loss and funding at the terms in force; prepayment costs neither."""
    days = terms if agreed is None else agreed["payment_terms_days"]
    return days == 0 or breaks_even(days, file, kept)


def breaks_even(days: int, file: File, kept: Record) -> bool:
    """margin >= PD x LGD + funding rate x (terms + expected days late) / 360."""
    margin, cost = Decimal(str(file.rules.gross_margin)), Decimal(str(file.rules.funding_rate))
    return margin >= file.pd * Decimal(str(file.rules.lgd)) + cost * (days + _late(kept)) / 360


@dataclass(frozen=True, slots=True)
class View:
    """What the table of actions looks at; see `decisions.action.Case`."""

    grade: int
    owed: Decimal
    old: Decimal
    loss: Decimal
    limit: Decimal
    ceiling: Decimal
    current: Decimal | None
    bound: str
    pays: bool


def action_for(view: View, rules: RateConfig) -> str:
    """By the table that the docs of `decisions.action` give: the definitions name the actions and not when they apply."""
    is_overdue = view.old > Decimal(str(rules.overdue_amount)) and view.old > Decimal(str(rules.overdue_share)) * view.owed  # fmt: skip
    band = 1 + Decimal(str(rules.limit_band))
    owes_beyond = view.current is None and view.owed > view.limit * band
    is_at_risk = view.grade >= rules.at_risk_from_grade
    if view.grade > len(BOUNDS) or (is_at_risk and is_overdue):
        return "stop"
    if is_at_risk or view.loss > Decimal(str(rules.allowed_loss)):
        return "secure"
    is_high = view.current is not None and view.current > view.ceiling * band
    if is_high or (owes_beyond and view.bound != "need"):
        return "reduce"
    is_over = view.owed > view.ceiling or (view.current is not None and view.owed > view.current)
    is_weak = view.grade >= rules.weak_from_grade
    if is_overdue or is_over or owes_beyond or is_weak or not view.pays:
        return "review"
    is_good = view.grade <= rules.good_until_grade
    if is_good and view.current is not None and view.limit > view.current * band:
        return "grow"
    return "keep"


def tidy(amount: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    """Two significant digits, in steps of 100 at least."""
    amount = max(amount, NOTHING)
    step = max(Decimal(10) ** (amount.adjusted() - 1), Decimal(100)) if amount else Decimal(100)
    return (amount / step).quantize(Decimal(1), rounding) * step


def _late(kept: Record) -> Decimal:
    return Decimal(kept.late or 0)


def terms_for(grade: int, file: File, kept: Record) -> int:
    """The longest terms of the table, not above the grade's, at which a sale pays for its loss and its funding."""
    most = file.rules.terms_by_grade[grade - 1]
    offered = sorted({days for days in file.rules.terms_by_grade if 0 < days <= most}, reverse=True)
    return next((days for days in offered if breaks_even(days, file, kept)), 0)


def insurance(desk: Desk) -> tuple[Decimal, Decimal]:
    """Insured limit in reporting currency, and the share of it that the insurer pays."""
    agreed = limit_on(desk.books, desk.as_of)
    if agreed is None or agreed["insured_limit"] is None:
        return NOTHING, NOTHING
    return in_reporting(desk, agreed["insured_limit"]), agreed["insured_share"]


def uninsured(desk: Desk, amount: Decimal) -> Decimal:
    """What no insurer pays of an amount."""
    limit, share = insurance(desk)
    return amount - share * min(amount, limit)


def appetite(desk: Desk, file: File) -> Decimal:
    """The EAD at which the expected loss reaches the allowed one."""
    limit, share = insurance(desk)
    most = Decimal(str(file.rules.allowed_loss)) / (file.pd * Decimal(str(file.rules.lgd)))
    return most / (1 - share) if share < 1 and most <= (1 - share) * limit else most + share * limit


def _need(desk: Desk, grade: int, terms: int, kept: Record, rules: RateConfig) -> Decimal:
    """Forecast monthly billing over terms, not longer than those in force, and expected days late; at prepayment nothing."""
    agreed = limit_on(desk.books, desk.as_of)
    days = terms if agreed is None else min(terms, agreed["payment_terms_days"])
    if days == 0:
        return NOTHING
    need = forecast(desk, kept) * (days + _late(kept)) / 30
    used = tidy(max(desk.position().balance, NOTHING), ROUND_CEILING)
    return max(need, used) if grade <= rules.good_until_grade else need


def forecast(desk: Desk, kept: Record) -> Decimal:
    """A month's billing: the larger of the means of the newest 3 and 12 months, or of as many as there were since the first invoice."""
    lived = 12 if kept.first is None else (desk.as_of - kept.first).days / 30.4375
    lived = min(max(lived, 1), 12)
    means = (sum(kept.billed[:n], NOTHING) / Decimal(min(lived, n)) for n in (3, 12))
    return max(NOTHING, *means)


def statement(desk: Desk, file: File) -> Row | None:
    """The newest published before the day whose period ended no longer ago than the rules allow."""
    oldest: date = months_back(desk.as_of, file.rules.statement_months)
    usable = [
        row
        for row in file.statements
        if row["published_on"] < desk.as_of and row["period_end"] >= oldest
    ]
    return max(usable, key=lambda row: (row["period_end"], row["published_on"]), default=None)


def capacity(desk: Desk, grade: int, file: File, kept: Record) -> Decimal:
    """A share of equity; of turnover where equity is not known; of what it has paid where there is neither."""
    rules, place = file.rules, grade - 1
    row = statement(desk, file)
    if row is not None:
        rate = desk.rates(row["currency"])
        equity = row["equity"]
        if equity is None and None not in (row["total_assets"], row["total_liabilities"]):
            equity = row["total_assets"] - row["total_liabilities"]
        if equity is not None:
            carried = (
                max(equity, NOTHING) * rate * Decimal(str(rules.capacity_share_of_equity[place]))
            )
            return carried if equity <= 0 else _started(carried, rules, grade)
        if (
            row["revenue"] is not None and row["revenue"] > 0
        ):  # nothing sold says nothing of what it can carry
            yearly = row["revenue"] * rate * 12 / row["months"]
            return _started(
                yearly * Decimal(str(rules.capacity_share_of_turnover[place])), rules, grade
            )
    return _started(kept.best * Decimal(str(rules.capacity_months_paid[place])), rules, grade)


def _started(amount: Decimal, rules: RateConfig, grade: int) -> Decimal:
    """Not below the starter limit where the grade supports any credit."""
    supports = rules.capacity_share_of_equity[grade - 1] > 0
    return max(amount, Decimal(str(rules.starter_limit))) if supports else amount
