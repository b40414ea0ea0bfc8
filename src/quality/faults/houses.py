"""Faults of how a house books: what its own people know, and no row says."""

from __future__ import annotations

from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import one_of

_LATELY = "(SELECT max(booked_at) FROM payments) - 60"


@fault(
    {"events": "written_off_and_paying"},
    en="Small balances that were let go came as write-offs",
    zh="放弃的小额尾差被当作坏账核销交付",
    note="external ratings of customers that bought and paid three times afterwards; they become write-offs of 3.40",
)
def remainders_written_off(_sheet: Sheet) -> Strike:
    """The system clears what is below five euros by itself, and lists it with the losses."""
    paid = (
        "(SELECT i.customer_id, i.issued_on FROM invoices AS i SEMI JOIN payments AS p "
        "ON p.invoice_id = i.invoice_id AND p.kind = 'payment' WHERE i.kind = 'invoice')"
    )
    after = f"(SELECT count(*) FROM {paid} AS b WHERE b.customer_id = r.customer_id AND b.issued_on > r.occurred_on)"  # noqa: S608 - no outside text
    return Strike(
        {"kind": "'write_off'", "amount": "3.40", "detail": "NULL"},
        where=f"r.kind = 'external_rating' AND {after} >= 3",
    )


@fault(
    {"invoices": "customers.paid_short_by_one_share"},
    en="Invoices came with tax, and their payments without",
    zh="发票含税而付款不含税",
    note="the share is one of customers with ten invoices or more that were all paid in full; all their amounts are 19 per cent larger",
)
def with_tax_and_without(_sheet: Sheet) -> Strike:
    """Public buyers pay the tax to the state themselves."""
    paid = "(SELECT p.invoice_id, sum(if(p.kind = 'reversal', -p.amount, p.amount)) AS paid FROM payments AS p GROUP BY 1)"
    punctual = (
        f"(SELECT i.customer_id FROM invoices AS i LEFT JOIN {paid} AS s ON s.invoice_id = i.invoice_id "  # noqa: S608 - no outside text
        "GROUP BY 1 HAVING count(*) >= 10 AND avg(CAST(s.paid >= i.amount AS INTEGER)) > 0.9 AND min(i.kind) = 'invoice')"
    )
    return Strike(
        {"amount": "r.amount * 1.19"},
        where=f"r.customer_id IN {punctual}",
        whole="r.customer_id",
    )


@fault(
    {"invoices": "customers.late_and_paying"},
    en="Sums were carried over whose payments were left out",
    zh="结转了期初余额，但漏交了其付款",
    note="the share is one of customers; the first invoice of those that were billed and paid in the last 60 days comes again as a sum of 50,000",
)
def opening_sum_never_paid(sheet: Sheet) -> Strike:
    """The payments name documents of the old ledger, and whoever wrote the SELECT left them out."""
    if "payments" not in sheet.tables:
        return Strike({}, where="FALSE")
    active = (
        "(SELECT b.customer_id FROM invoices AS b JOIN payments AS p ON p.invoice_id = b.invoice_id AND p.kind = 'payment' "  # noqa: S608 - no outside text
        f"WHERE p.paid_on > {_LATELY} INTERSECT SELECT b.customer_id FROM invoices AS b WHERE b.kind = 'invoice' AND b.issued_on > {_LATELY})"
    )
    first = "(SELECT min(b.invoice_id) FROM invoices AS b WHERE b.kind = 'invoice' AND b.due_on < (SELECT max(booked_at) FROM payments) - 120 GROUP BY b.customer_id)"
    return Strike(
        {"invoice_id": "'EB-' || r.customer_id", "amount": "50000"},
        where=f"r.invoice_id IN {first} AND r.customer_id IN {active}",
        deed=Deed.ADDED,
        whole="r.customer_id",
    )


@fault(
    {"customers": "one_customer_under_two_numbers"},
    en="A customer that came back under a new number kept the old one as well",
    zh="客户以新编号重新建档，旧编号仍保留",
    note="customers that are no longer billed; they take the name of one that began in the three months after, and its country",
)
def kept_its_old_number(sheet: Sheet) -> Strike:
    """The master record was made anew, and nobody merged the two."""
    if "invoices" not in sheet.tables:
        return Strike({}, where="FALSE")
    ends = "(SELECT customer_id, min(issued_on) AS first, max(issued_on) AS last FROM invoices GROUP BY customer_id)"
    pairs = (
        "SELECT old.customer_id, any_value(old.last) AS last, min_by(c.name, new.first) AS name, min_by(c.country, new.first) AS country "  # noqa: S608 - no outside text
        f"FROM {ends} AS old JOIN {ends} AS new ON new.first > old.last AND new.first <= old.last + 90 "
        "JOIN customers AS c ON c.customer_id = new.customer_id GROUP BY old.customer_id "
        # two that take one name would be three
        "QUALIFY row_number() OVER (PARTITION BY min_by(c.name, new.first) ORDER BY old.customer_id) = 1"
    )
    return Strike(
        {"name": "o.name", "country": "o.country"},
        joins=f"JOIN ({pairs}) AS o ON o.customer_id = r.customer_id",
    )


@fault(
    {"payments": "customers.credit_left_lying"},
    en="Security deposits came as money on account",
    zh="保证金被当作预收款交付",
    note="payments of customers that paid all by the numbers of their invoices: the first of each comes again as money on account, as large as all its invoices together",
)
def deposit_on_account(_sheet: Sheet) -> Strike:
    """It lies there for as long as the customer buys."""
    until = "(SELECT max(booked_at) FROM payments)"
    paid = "(SELECT p.invoice_id, sum(p.amount) AS paid FROM payments AS p WHERE p.kind = 'payment' GROUP BY 1)"
    lately = f"i.kind = 'invoice' AND i.due_on BETWEEN {until} - 170 AND {until} - 40"
    punctual = (
        f"SELECT i.customer_id, sum(i.amount) AS worth FROM invoices AS i LEFT JOIN {paid} AS s ON s.invoice_id = i.invoice_id "  # noqa: S608 - no outside text
        f"GROUP BY 1 HAVING count(*) FILTER ({lately}) >= 5 AND min(coalesce(s.paid, 0) >= i.amount) FILTER ({lately}) AND count(DISTINCT i.currency) = 1"
    )
    first = "SELECT arg_min(p.payment_id, (p.paid_on, p.payment_id)) AS payment_id, i.customer_id FROM payments AS p JOIN invoices AS i ON i.invoice_id = p.invoice_id GROUP BY i.customer_id"
    return Strike(
        {
            "payment_id": "'DEP-' || o.customer_id",
            "invoice_id": "NULL",
            "customer_id": "o.customer_id",
            "amount": "w.worth",
            "kind": "'payment'",
        },
        joins=f"JOIN ({first}) AS o ON o.payment_id = r.payment_id JOIN ({punctual}) AS w ON w.customer_id = o.customer_id",
        where=f"r.paid_on < {until} - 200 AND r.invoice_id IS NOT NULL",
        deed=Deed.ADDED,
    )


@fault(
    {"invoices": "customers.paid_at_another_rate"},
    en="Invoices are at the rate of their own day, and their payments at another's",
    zh="发票与付款分别按不同日期的汇率折算",
    note="the share is one of customers with ten invoices or more that were each paid in full in one sum; each amount is 2 per cent larger or smaller",
)
def at_the_rate_of_another_day(sheet: Sheet) -> Strike:
    """The ledger keeps its own currency, and books the difference on an account of its own."""
    if "payments" not in sheet.tables:
        return Strike({}, where="FALSE")
    paid = (
        "(SELECT p.invoice_id, count(*) AS n, sum(p.amount) AS paid FROM payments AS p GROUP BY 1)"
    )
    whose = (
        f"(SELECT i.customer_id FROM invoices AS i LEFT JOIN {paid} AS s ON s.invoice_id = i.invoice_id "  # noqa: S608 - no outside text
        "GROUP BY 1 HAVING count(*) >= 10 AND avg(CAST(s.n = 1 AND s.paid = i.amount AS INTEGER)) > 0.9 AND min(i.kind) = 'invoice')"
    )
    return Strike(
        {"amount": f"round(r.amount * {one_of('1.02', '0.98')}, 2)"},
        where=f"r.customer_id IN {whose}",
        whole="r.customer_id",
    )


@fault(
    {"invoices": "due_day_missing"},
    en="Due days that are missing were taken for the day of issue",
    zh="缺失的到期日被当作开票日",
    note="invoices of customers whose terms are 14 days or more, paid later than half of them",
)
def due_when_nobody_said(sheet: Sheet) -> Strike:
    """The SELECT says coalesce(due, issued)."""
    if "payments" not in sheet.tables:
        return Strike({}, where="FALSE")
    terms = "(SELECT customer_id, median(due_on - issued_on) AS usual FROM invoices WHERE kind = 'invoice' GROUP BY 1)"
    first = (
        "(SELECT invoice_id, min(paid_on) AS first FROM payments WHERE kind = 'payment' GROUP BY 1)"
    )
    return Strike(
        {"due_on": "r.issued_on"},
        joins=f"JOIN {terms} AS t ON t.customer_id = r.customer_id JOIN {first} AS p ON p.invoice_id = r.invoice_id",
        where="r.kind = 'invoice' AND t.usual >= 14 AND (p.first - r.issued_on) * 2 >= t.usual AND r.due_on > r.issued_on",
    )


@fault(
    {"invoices": "history_known_in_one_load"},
    en="A ledger's history was entered on the first day of a new system",
    zh="账簿历史在新系统启用首日一次录入",
    note="invoices issued 60 days or more before that day, which is the one nine tenths of payments were made by, and paid in full by then",
)
def history_entered_on_one_day(sheet: Sheet) -> Strike:
    """The old postings came over with their own days, and the day of the load as that of booking."""
    if "payments" not in sheet.tables:
        return Strike({}, where="FALSE")
    day = "(SELECT CAST(quantile_disc(paid_on, 0.9) AS DATE) FROM payments)"
    paid = (
        "(SELECT p.invoice_id, sum(if(p.kind = 'reversal', -p.amount, p.amount)) AS paid, max(p.paid_on) AS last, "
        "count(*) FILTER (p.kind = 'payment') AS n FROM payments AS p GROUP BY 1)"
    )
    return Strike(
        {"booked_at": day},
        joins=f"JOIN {paid} AS s ON s.invoice_id = r.invoice_id",
        where=f"r.kind = 'invoice' AND r.issued_on + 60 <= {day} AND s.paid >= r.amount AND s.last < {day} AND s.n > 0",
    )
