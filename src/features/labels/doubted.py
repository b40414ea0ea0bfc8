"""Invoices that a rule set aside, of customers that went on neither to buy nor to pay: whether these are in default nobody knows.

An invoice of which nobody can say what is left of it leaves the ledger, and with it what made its customer late. Where the customer
was billed and paid on, it was in no default; where nothing was heard of it since, it may have failed, and it would look like one that owes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from features.labels.unheard import EARLIEST

SAID_ELSEWHERE = frozenset({"repeated_row", "copy_never_paid", "parent_row_quarantined"})
"""Rules that set a row aside whose other copy, or whose customer, says what it would."""
DATED = "belongs_to_a_row_set_aside"
"""Rule of payments that are as they should be, but for the invoice they name."""
_OF_ANOTHER_SCALE = "decimal_point_misplaced"
_SOON_DAYS = 90
"""Who was billed after the due day, and paid that so soon after the days of default, was in none."""
_LONGEST_DAYS = 366
"""A due day later than this after the day of issue is not believed."""


@dataclass(frozen=True, slots=True)
class Aside:
    """Rows of the ledger that rules set aside, and what is known of their customers.

    Attributes:
        invoices: set aside, with the columns of invoices and `rule`.
        payments: set aside, with the columns of payments and `rule`.
        paid: invoices that are used and were paid: customer_id, issued_on, paid_on (the first payment).
        customers: those that are there.
        highest: by currency the highest rate that was ever told, in units of the reporting currency.
    """

    invoices: pd.DataFrame
    payments: pd.DataFrame
    paid: pd.DataFrame
    customers: Collection[str]
    highest: Mapping[str, float] = field(default_factory=dict)


def doubted(aside: Aside, portfolio: PortfolioConfig) -> pd.DataFrame:
    """Who may have been in default by an invoice that was set aside, and from when until when: customer_id, since, over (missing: for ever).

    `since` is the first day on which the invoice would be late enough, `over` the end of cure after a later invoice was paid. Not
    among them: what was paid in time, what is no more than the materiality in all (at the highest rate of each currency), and customers that were billed after
    the due day and paid that within 90 days of `since`.

    Args:
        aside: what was set aside, and what is known all the same.
        portfolio: what default is, and the last complete day.

    >>> from datetime import date
    >>> from contracts.config.portfolio import PortfolioConfig
    >>> book = PortfolioConfig.model_validate({"title": "T", "reporting_currency": "EUR", "complete_until": date(2024, 12, 31), "source": {"kind": "files", "folder": "x", "files": {"customers": {"path": "a.csv"}}}, "default": {"preset": "irb_90dpd"}})
    >>> invoice = {"invoice_id": "I", "customer_id": "C", "issued_on": date(2024, 1, 1), "due_on": date(2024, 1, 31), "amount": 900, "currency": "EUR", "kind": "invoice", "credits": None, "booked_at": date(2024, 1, 1), "rule": "missing_value"}
    >>> none = pd.DataFrame(columns=["invoice_id", "paid_on", "amount", "kind", "rule", "customer_id", "issued_on"])
    >>> doubted(Aside(pd.DataFrame([invoice]), none, none, {"C"}), book)[["customer_id", "since"]].to_dict("records")
    [{'customer_id': 'C', 'since': Timestamp('2024-05-01 00:00:00')}]
    """
    if portfolio.default.preset == "events_only":
        return _spans(pd.DataFrame(columns=["customer_id", "since", "over"]))
    rows, until = aside.invoices, pd.Timestamp(portfolio.complete_until)
    rows = rows[rows["customer_id"].isin(list(aside.customers)) & ~rows["rule"].isin(SAID_ELSEWHERE)]  # fmt: skip
    rows = rows[rows["kind"].ne(INVOICE_KINDS[1])].reset_index(drop=True)
    rows["amount"] = pd.to_numeric(rows["amount"]).astype("float64")
    rows["base"] = _due(rows, until)
    rows["since"] = rows["base"] + pd.Timedelta(days=portfolio.default.days + 1)
    rows = rows[~(rows["since"] > until)]
    rows = rows[~_settled_in_time(rows, aside)]
    rows = rows[_is_material(rows, portfolio, aside.highest)]
    rows = rows[~_went_on(rows, aside.paid)]
    rows["over"] = _cured(rows, aside.paid) + pd.Timedelta(days=portfolio.default.cure_days)
    return _spans(rows)


def _spans(rows: pd.DataFrame) -> pd.DataFrame:
    found = rows[["customer_id", "since", "over"]].reset_index(drop=True)
    found["since"] = found["since"].fillna(pd.Timestamp(EARLIEST))
    return found.astype({"since": "datetime64[us]", "over": "datetime64[us]"})


def _days(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, errors="coerce").astype("datetime64[us]")


def _due(rows: pd.DataFrame, until: pd.Timestamp) -> pd.Series:
    """The day on which each fell due; of issue or booking where that cannot be believed, missing where none can."""
    issued, due, booked = (_days(rows[name]) for name in ("issued_on", "due_on", "booked_at"))
    first = pd.Timestamp(EARLIEST)
    is_issued = issued.between(first, until)
    is_due = is_issued & due.between(issued, issued + pd.Timedelta(days=_LONGEST_DAYS))
    return due.where(is_due, issued.where(is_issued, booked.where(booked.between(first, until))))


def _settled_in_time(rows: pd.DataFrame, aside: Aside) -> pd.Series:
    """Whether half of it or more was paid or credited before it was late enough, by rows that left for its sake alone."""
    paid = aside.payments[aside.payments["rule"].eq(DATED) & aside.payments["kind"].ne(PAYMENT_KINDS[-1])]  # fmt: skip
    notes = aside.invoices[aside.invoices["rule"].eq(DATED) & aside.invoices["kind"].eq(INVOICE_KINDS[1])]  # fmt: skip
    names = ["invoice_id", "on", "amount"]
    every = [
        paid.rename(columns={"paid_on": "on"})[names],
        notes.drop(columns="invoice_id").rename(columns={"issued_on": "on", "credits": "invoice_id"})[names],
    ]  # fmt: skip
    made = pd.concat([one for one in every if len(one)] or every[:1])
    both = rows[["invoice_id", "since"]].merge(made, on="invoice_id")
    both = both[_days(both["on"]) < both["since"]]
    sums = pd.to_numeric(both["amount"]).astype("float64").groupby(both["invoice_id"]).sum()
    settled = pd.Series(sums.reindex(rows["invoice_id"]).to_numpy("float64"), index=rows.index)
    is_scaled = rows["rule"].eq(_OF_ANOTHER_SCALE)
    return settled.notna() & (is_scaled | (settled * 2 >= rows["amount"]))


def _is_material(
    rows: pd.DataFrame, portfolio: PortfolioConfig, highest: Mapping[str, float]
) -> pd.Series:
    """Whether its customer's come to more than the materiality, each at the highest rate of its currency; an amount that nobody knows, or of a currency without rates, may."""
    rates = {code: rate for code, rate in highest.items() if rate > 0} | {
        portfolio.reporting_currency: 1.0
    }
    rate = rows["currency"].map(rates).astype("float64")
    is_known = rows["amount"].gt(0) & rate.notna()
    worth = (rows["amount"] * rate).where(is_known, float("inf"))
    return worth.groupby(rows["customer_id"]).transform("sum") > portfolio.default.materiality


def _went_on(rows: pd.DataFrame, paid: pd.DataFrame) -> pd.Series:
    """Whether the customer was billed after the due day, and paid that by 90 days after `since`."""
    both = rows[["customer_id", "base", "since"]].reset_index(names="row").merge(paid, on="customer_id")  # fmt: skip
    is_on = (_days(both["issued_on"]) > both["base"]) & (
        _days(both["paid_on"]) <= both["since"] + pd.Timedelta(days=_SOON_DAYS)
    )
    return rows.index.to_series().isin(both.loc[is_on, "row"])


def _cured(rows: pd.DataFrame, paid: pd.DataFrame) -> pd.Series:
    """The day on which the customer first paid an invoice that was issued from `since` on; missing where it never did."""
    both = rows[["customer_id", "since"]].reset_index(names="row").merge(paid, on="customer_id")
    both = both[_days(both["issued_on"]) >= both["since"]]
    first = _days(both["paid_on"]).groupby(both["row"]).min()
    return _days(first.reindex(rows.index))
