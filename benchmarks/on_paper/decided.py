"""Score, grade, expected loss, terms and limit of a customer, from its PD and its ledger."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from math import log2
from typing import Any

from benchmarks.on_paper.ledger import NONE, Paper, Row, billed, cents, months_before, tolerance


def rated(paper: Paper, day: date, pd: Decimal, own: dict[str, Any], scale: Row) -> dict[str, Any]:
    """Score, grade, EAD and expected loss."""
    agreed = paper.in_force(day - timedelta(days=1))
    rate = paper.rate(paper.who["currency"], day)
    ead = cents(max(cents(own["exposure"]), cents(own["peak"])))
    insured = share = NONE
    if agreed and agreed["insured_limit"] is not None:
        insured, share = cents(agreed["insured_limit"] * rate), agreed["insured_share"]
    uninsured = ead - share * min(ead, insured)
    loss = pd * Decimal(str(paper.rules["lgd"])) * uninsured
    paper.workings.append(f"expected loss {pd} x {paper.rules['lgd']} x {uninsured} = {loss}")
    odds = (1 - pd) / pd / Decimal(scale["base_odds"])
    score = scale["base_score"] + scale["pdo"] * log2(odds)
    return {
        "score": min(max(round(score), 1), 999), "grade": 1 + sum(pd >= Decimal(str(one)) for one in scale["grade_bounds"]), "ead": ead,
        "expected_loss": cents(loss, ROUND_HALF_EVEN),
    } | ({} if agreed is None or agreed["credit_limit"] is None else {"current limit": cents(agreed["credit_limit"] * rate)})  # fmt: skip


def tidy(amount: Decimal, how: str = ROUND_FLOOR) -> Decimal:
    """Two significant digits, in steps of 100 at least."""
    step = max(Decimal(10) ** (max(amount, NONE).adjusted() - 1), Decimal(100)) if amount > 0 else Decimal(100)  # fmt: skip
    return (max(amount, NONE) / step).quantize(Decimal(1), how) * step


def days_late(paper: Paper, day: date, own: dict[str, Any]) -> Decimal:
    """Expected days late: what was paid in a year and stayed, and what is overdue, within 0 and 90 days, weighted by amount."""
    parts = [(one["rest"], one["days"]) for one in own["items"] if one["days"] > 0 and one["rest"] > tolerance(paper, one["row"]) * paper.rate(one["row"]["currency"], day)]  # fmt: skip
    for of in paper.invoices.values():
        rows = [row for row in paper.payments if row["invoice_id"] == of["invoice_id"] and row["kind"] in ("payment", "reversal") and paper.known(row, "paid_on") < day]  # fmt: skip
        if of["kind"] != "invoice":
            continue
        for row, amount in stood(paper, rows):
            value = max(row["paid_on"], of["issued_on"])
            if value >= day - timedelta(days=365):
                parts.append((amount * paper.rate(of["currency"], day), (value - of["due_on"]).days))  # fmt: skip
    weight = sum((money for money, _ in parts), NONE)
    return sum((money * min(max(days, 0), 90) for money, days in parts), NONE) / weight if weight else NONE  # fmt: skip


def stood(paper: Paper, rows: list[Row]) -> list[tuple[Row, Decimal]]:
    """The payments of one invoice less what came back: a return is of the newest payment of exactly its amount, else of the newest money."""
    pile: list[tuple[Row, Decimal]] = []
    for row in sorted(rows, key=lambda row: (paper.known(row, "paid_on"), row["kind"] == "reversal", row["payment_id"])):  # fmt: skip
        if row["kind"] == "payment":
            pile.append((row, row["amount"]))
            continue
        equal = [at for at, (_, left) in enumerate(pile) if left == row["amount"]]
        if equal:
            del pile[equal[-1]]
            continue
        back = row["amount"]
        while back > 0 and pile:
            whose, left = pile.pop()
            if left > back:
                pile.append((whose, left - back))
            back -= min(back, left)
    return pile


def best_month(paper: Paper, day: date) -> Decimal:
    """The most money that came for the invoices of one of the newest twelve months, and stayed."""
    found = []
    for ago in range(12):
        since, until, total = months_before(day, ago + 1), months_before(day, ago), NONE
        for of in paper.invoices.values():
            if of["kind"] == "invoice" and since <= of["issued_on"] < until and paper.known(of, "issued_on") < day:  # fmt: skip
                rows = [row for row in paper.payments if row["invoice_id"] == of["invoice_id"] and row["kind"] in ("payment", "reversal") and paper.known(row, "paid_on") < day]  # fmt: skip
                money = sum((row["amount"] * (1 if row["kind"] == "payment" else -1) for row in rows), NONE)  # fmt: skip
                total += min(max(money, NONE), of["amount"]) * paper.rate(of["currency"], day)
        found.append(total)
    return max(found)


def limit(paper: Paper, day: date, pd: Decimal, own: dict[str, Any], action: str) -> dict[str, Any]:
    """Terms, and the recommended limit: the least of need, capacity and appetite; the one in force stays where nothing is to be done."""
    rules: Row = {name: Decimal(str(one)) if isinstance(one, float) else one for name, one in paper.rules.items()}  # fmt: skip
    place = own["grade"] - 1
    late, agreed = days_late(paper, day, own), paper.in_force(day - timedelta(days=1))
    lgd, cost = rules["lgd"], rules["funding_rate"]
    offered = sorted({one for one in rules["terms_by_grade"] if 0 < one <= rules["terms_by_grade"][place]}, reverse=True)  # fmt: skip
    terms = next((one for one in offered if rules["gross_margin"] >= pd * lgd + cost * (one + late) / 360), 0)  # fmt: skip
    first = min(one["issued_on"] for one in paper.invoices.values() if one["kind"] == "invoice" and paper.known(one, "issued_on") < day)  # fmt: skip
    lived = Decimal(str(min(max((day - first).days / 30.4375, 1), 12)))
    forecast = max(NONE, *(billed(paper, day, n) / min(lived, Decimal(n)) for n in (3, 12)))
    days = min(terms, agreed["payment_terms_days"]) if agreed else terms
    need = forecast * (days + late) / 30 if days else NONE
    if days and own["grade"] <= rules["good_until_grade"]:
        need = max(need, tidy(own["exposure"], ROUND_CEILING))
    carried = capacity(paper, day, rules, place)
    most, insured, share = Decimal(str(rules["allowed_loss"])) / (pd * lgd), NONE, NONE
    if agreed and agreed["insured_limit"] is not None:
        insured, share = cents(agreed["insured_limit"] * paper.rate(paper.who["currency"], day)), agreed["insured_share"]  # fmt: skip
    appetite = most / (1 - share) if share < 1 and most <= (1 - share) * insured else most + share * insured  # fmt: skip
    paper.workings.append(f"need {forecast:.2f} a month x ({days} + {late:.2f}) / 30 = {need:.2f}; capacity {carried:.2f}; appetite {appetite:.2f}")  # fmt: skip
    found = tidy(min(need, carried, appetite))
    if action == "keep" and "current limit" in own:
        found = own["current limit"]
    if action == "reduce" and "current limit" in own:
        found = tidy(min(carried, appetite))
    return {"terms": terms if tidy(min(carried, appetite)) else 0, "limit": found}


def capacity(paper: Paper, day: date, rules: Row, place: int) -> Decimal:
    """By equity, else by turnover, else by what it has paid for; the starter limit at least where equity is not below nothing."""
    usable = [one for one in paper.statements if one["published_on"] < day and one["period_end"] >= months_before(day, rules["statement_months"])]  # fmt: skip
    start = Decimal(str(rules["starter_limit"])) if rules["capacity_share_of_equity"][place] > 0 else NONE  # fmt: skip
    if usable:
        row = max(usable, key=lambda one: (one["period_end"], one["published_on"]))
        rate, equity = paper.rate(row["currency"], day), row["equity"]
        if equity is None and None not in (row["total_assets"], row["total_liabilities"]):
            equity = row["total_assets"] - row["total_liabilities"]
        if equity is not None:
            carried = Decimal(equity) * rate * Decimal(str(rules["capacity_share_of_equity"][place]))  # fmt: skip
            return max(carried, start) if carried > 0 else NONE
        if row["revenue"] is not None and row["revenue"] > 0:
            yearly = Decimal(row["revenue"]) * 12 / Decimal(row["months"]) * rate
            return max(yearly * Decimal(str(rules["capacity_share_of_turnover"][place])), start)
    months = Decimal(str(rules["capacity_months_paid"][place]))
    return max(best_month(paper, day) * months, start)
