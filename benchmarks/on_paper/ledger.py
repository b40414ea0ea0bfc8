"""What a customer owes, was billed and paid, from its rows: the words of docs/glossary.md, written down once more."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

Row = dict[str, Any]
NONE, CENT = Decimal(0), Decimal("0.01")
BUCKETS = (("not_due", -(10**6), 0), ("1-30", 1, 30), ("31-60", 31, 60), ("61-90", 61, 90), ("90+", 91, 10**6))  # fmt: skip


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def cents(amount: Decimal, how: str = ROUND_HALF_UP) -> Decimal:
    """To the cent."""
    return amount.quantize(CENT, how)


@dataclass
class Paper:
    """What was delivered of one customer."""

    who: Row
    invoices: dict[str, Row]
    payments: list[Row]
    disputes: list[Row]
    events: list[Row]
    terms: list[Row]
    statements: list[Row]
    rates: list[Row]
    settlement: Row
    rules: Row
    workings: list[str] = field(default_factory=list)

    def rate(self, currency: str, day: date) -> Decimal:
        """The last before the day; of the reporting currency one."""
        known = [one for one in self.rates if one["currency"] == currency and one["rate_on"] < day]
        return Decimal(max(known, key=lambda one: one["rate_on"])["rate"]) if known else Decimal(1)

    def known(self, row: Row, happened: str) -> date:
        """When a booking could be known, and its document with it."""
        of = self.invoices.get(row.get("invoice_id") or "") if happened == "paid_on" else None
        days: list[date] = [row[happened], row["booked_at"]]
        days += [of["issued_on"], of["booked_at"]] if of else []
        return max(days)

    def in_force(self, day: date) -> Row | None:
        """Terms of a day."""
        held = [one for one in self.terms if one["valid_from"] <= day]
        return max(held, key=lambda one: one["valid_from"]) if held else None


def tolerance(paper: Paper, invoice: Row) -> Decimal:
    """1.00 or 0.5 %, whichever is more."""
    share = Decimal(str(paper.settlement["share"])) * invoice["amount"]
    return max(Decimal(str(paper.settlement["amount"])), cents(share, ROUND_FLOOR))


def open_of(paper: Paper, invoice: Row, day: date) -> tuple[Decimal, Decimal]:
    """(left to be paid, paid beyond) of an invoice by what was known before a day, in its currency."""
    left, in_time_left = invoice["amount"], invoice["amount"]
    agreed = paper.in_force(invoice["issued_on"])
    days = agreed["discount_days"] if agreed else None
    for row in paper.payments:
        if row["invoice_id"] == invoice["invoice_id"] and paper.known(row, "paid_on") < day:
            amount = -row["amount"] if row["kind"] == "reversal" else row["amount"]
            left -= amount
            paid = max(row["paid_on"], invoice["issued_on"])
            in_time = days is not None and paid <= invoice["issued_on"] + timedelta(days=days)
            in_time_left -= amount if in_time or row["kind"] != "payment" else NONE
    for note in paper.invoices.values():
        if note["credits"] == invoice["invoice_id"] and note["currency"] == invoice["currency"] and paper.known(note, "issued_on") < day:  # fmt: skip
            left, in_time_left = left - note["amount"], in_time_left - note["amount"]
    if left < 0:
        return NONE, -left
    left, allowed = min(left, invoice["amount"]), tolerance(paper, invoice)
    if agreed is not None and days is not None:
        discount = allowed + cents(agreed["discount_rate"] * invoice["amount"])
        if in_time_left <= discount:
            return NONE, NONE
    return (NONE if left <= allowed else left), NONE


def flags(paper: Paper, invoice: Row, day: date) -> tuple[bool, bool]:
    """In dispute, and under the payment plan in force, at the end of the day before."""
    last = day - timedelta(days=1)
    cases = [one for one in paper.disputes if one["invoice_id"] == invoice["invoice_id"] and one["opened_on"] <= last]  # fmt: skip
    disputed = any(one["closed_on"] is None or one["closed_on"] > last for one in cases)
    plans = [one for one in paper.events if one["kind"] == "payment_plan" and max(one["occurred_on"], one["known_on"]) <= last and one["detail"]]  # fmt: skip
    if not plans:
        return disputed, False
    newest = max(plans, key=lambda one: (one["occurred_on"], one["event_id"]))
    return disputed, date.fromisoformat(newest["detail"]) >= last and invoice["due_on"] < newest["occurred_on"]  # fmt: skip


def owed(paper: Paper, day: date, at: date) -> dict[str, Any]:
    """What is owed by what was known before a day, at the rates of another: items, open credits, and their sums."""
    items: list[Row] = []
    credit: dict[str, Decimal] = {}
    for one in paper.invoices.values():
        if paper.known(one, "issued_on") >= day:
            continue
        if one["kind"] == "invoice":
            left, beyond = open_of(paper, one, day)
            credit[one["currency"]] = credit.get(one["currency"], NONE) + beyond
            if left:
                items.append({"row": one, "open": left, "left": left * paper.rate(one["currency"], at), "flags": flags(paper, one, day)})  # fmt: skip
        else:
            of = paper.invoices.get(one["credits"] or "")
            set_off = of and of["kind"] == "invoice" and of["currency"] == one["currency"] and paper.known(of, "issued_on") < day  # fmt: skip
            used = sum((row["amount"] * (-1 if row["kind"] == "reversal" else 1) for row in paper.payments if row["invoice_id"] == one["invoice_id"] and paper.known(row, "paid_on") < day), NONE)  # fmt: skip
            credit[one["currency"]] = credit.get(one["currency"], NONE) + (NONE if set_off else one["amount"]) - used  # fmt: skip
    home = paper.who["currency"]
    for row in paper.payments:
        if row["invoice_id"] is None and paper.known(row, "paid_on") < day:
            credit[home] = credit.get(home, NONE) + (-row["amount"] if row["kind"] == "reversal" else row["amount"])  # fmt: skip
    loose = sum((amount * paper.rate(currency, at) for currency, amount in credit.items()), NONE)
    balance = sum((one["left"] for one in items), NONE) - loose
    items.sort(key=lambda one: (2 if one["flags"][0] else int(one["flags"][1]), one["row"]["due_on"], one["left"]))  # fmt: skip
    pool = loose
    for one in items:
        used = max(min(pool, one["left"]), NONE)
        pool, one["rest"] = pool - used, one["left"] - used
        one["days"] = (day - one["row"]["due_on"]).days
    return {"items": items, "credit": {name: amount for name, amount in credit.items() if amount}, "balance": balance, "debit": max(-loose, NONE)}  # fmt: skip


def figures_of_owed(paper: Paper, day: date) -> dict[str, Any]:
    """The section on what it owes."""
    now = owed(paper, day, day)
    rest = [one for one in now["items"] if one["rest"] > 0]
    late = [one["days"] for one in rest if one["days"] > 0 and one["rest"] > tolerance(paper, one["row"]) * paper.rate(one["row"]["currency"], day)]  # fmt: skip
    found: dict[str, Any] = {"balance": now["balance"], "exposure": max(now["balance"], NONE), "oldest_days": max(late, default=0)}  # fmt: skip
    for name, low, high in BUCKETS:
        found[name] = sum((one["rest"] for one in rest if low <= one["days"] <= high), NONE)
    found["not_due"] += now["debit"]
    found["overdue"] = sum((found[name] for name, low, _ in BUCKETS if low > 0), NONE)
    found["disputed"] = min(found["exposure"], sum((one["rest"] for one in rest if one["flags"][0]), NONE))  # fmt: skip
    found["peak"] = max(NONE, *(owed(paper, months_before(day, ago), day)["balance"] for ago in range(12)))  # fmt: skip
    found["n_items"] = len(now["items"])
    for one in sorted(now["items"], key=lambda one: (one["row"]["due_on"], one["row"]["invoice_id"]))[:25]:  # fmt: skip
        found[f"{one['row']['invoice_id']} open"] = one["open"]
        found[f"{one['row']['invoice_id']} days"] = one["days"]
        paper.workings.append(f"{one['row']['invoice_id']} of {one['row']['amount']} {one['row']['currency']}, due {one['row']['due_on']}: {one['open']} open")  # fmt: skip
    for currency, amount in now["credit"].items():
        found[f"credit {currency}"] = amount
        paper.workings.append(f"open credit {amount} {currency}")
    return found


def billed(paper: Paper, day: date, months: int) -> Decimal:
    """Invoices less credit notes of the newest months, by day of issue; a note that names an invoice counts with it."""
    total = NONE
    for one in paper.invoices.values():
        of = paper.invoices.get(one["credits"] or "")
        issued = (of if of and of["kind"] == "invoice" else one)["issued_on"]
        if paper.known(one, "issued_on") < day and months_before(day, months) <= issued < day:
            sign = 1 if one["kind"] == "invoice" else -1
            total += sign * one["amount"] * paper.rate(one["currency"], day)
    return total


def paid(paper: Paper, day: date) -> dict[str, Any]:
    """Payments by month of the value date: how many, how much, how much of it late, days late weighted by amount."""
    months: dict[str, list[tuple[Decimal, int]]] = {}
    for row in paper.payments:
        of = paper.invoices.get(row["invoice_id"] or "")
        if row["kind"] == "payment" and of and of["kind"] == "invoice" and paper.known(row, "paid_on") < day:  # fmt: skip
            money = row["amount"] * paper.rate(of["currency"], day)
            months.setdefault(f"{row['paid_on']:%Y-%m}-01", []).append((money, (row["paid_on"] - of["due_on"]).days))  # fmt: skip
    found: dict[str, Any] = {}
    for month, rows in months.items():
        total = sum((money for money, _ in rows), NONE)
        found[f"{month} payments"] = len(rows)
        found[f"{month} paid"] = total
        found[f"{month} late"] = sum((money for money, days in rows if days > 0), NONE)
        found[f"{month} days_late"] = sum((money * max(days, 0) for money, days in rows), NONE) / total  # fmt: skip
    return found
