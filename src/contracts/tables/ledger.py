"""What the features' ledger hands to decisions: what customers owe, and how they traded. A model reads neither."""

from __future__ import annotations

from contracts.tables.spec import Table, columns

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "90+")
"""Ageing, by days past due: the columns of `POSITION` that add up to the exposure."""
_KEY = ("customer_id", "as_of")

POSITION = Table(
    "position",
    _KEY,
    columns(
        """
        customer_id text - a customer whose open items and open credits do not cancel out, in the cohort or not
        as_of day - what was known strictly before this day
        balance money - open invoices less open credits; negative where the customer is in credit
        exposure money - the balance, 0 where the customer is in credit
        overdue money - part of the exposure past due, after open credits have cleared the oldest items
        not_due money - part of it not yet past due
        1-30 money - part of it 1 to 30 days past due
        31-60 money - part of it 31 to 60 days past due
        61-90 money - part of it 61 to 90 days past due
        90+ money - part of it more than 90 days past due
        disputed money - open amount under dispute, at most the exposure
        oldest_days count - days past due of the oldest open item, 0 where nothing is overdue
        peak_balance money? - highest balance on this day and on the same day of the eleven months before it, at the rates of this day, not below 0; on the newest day alone
        """
    ),
    known="as_of",
    meaning="One row per (customer_id, as_of): what is owed on the days that decisions read, in reporting currency, to the cent.",
)
TRADING = Table(
    "trading",
    _KEY,
    columns(
        """
        customer_id text - a customer that was ever billed or credited
        as_of day - the newest day of decision; what was known strictly before it
        first_issued day? - day of the first invoice
        billed_1 money - invoices issued in the month before the day, less what was credited of them
        billed_2 money - invoices issued in month 2 before the day, less what was credited of them, 1 the newest
        billed_3 money - invoices issued in month 3 before the day, less what was credited of them, 1 the newest
        billed_4 money - invoices issued in month 4 before the day, less what was credited of them, 1 the newest
        billed_5 money - invoices issued in month 5 before the day, less what was credited of them, 1 the newest
        billed_6 money - invoices issued in month 6 before the day, less what was credited of them, 1 the newest
        billed_7 money - invoices issued in month 7 before the day, less what was credited of them, 1 the newest
        billed_8 money - invoices issued in month 8 before the day, less what was credited of them, 1 the newest
        billed_9 money - invoices issued in month 9 before the day, less what was credited of them, 1 the newest
        billed_10 money - invoices issued in month 10 before the day, less what was credited of them, 1 the newest
        billed_11 money - invoices issued in month 11 before the day, less what was credited of them, 1 the newest
        billed_12 money - invoices issued in month 12 before the day, less what was credited of them, 1 the newest
        booked_1 money - invoices less credit notes booked in month 1 before the day, 1 the newest
        booked_2 money - invoices less credit notes booked in month 2 before the day, 1 the newest
        booked_3 money - invoices less credit notes booked in month 3 before the day, 1 the newest
        booked_4 money - invoices less credit notes booked in month 4 before the day, 1 the newest
        booked_5 money - invoices less credit notes booked in month 5 before the day, 1 the newest
        booked_6 money - invoices less credit notes booked in month 6 before the day, 1 the newest
        booked_7 money - invoices less credit notes booked in month 7 before the day, 1 the newest
        booked_8 money - invoices less credit notes booked in month 8 before the day, 1 the newest
        booked_9 money - invoices less credit notes booked in month 9 before the day, 1 the newest
        booked_10 money - invoices less credit notes booked in month 10 before the day, 1 the newest
        booked_11 money - invoices less credit notes booked in month 11 before the day, 1 the newest
        booked_12 money - invoices less credit notes booked in month 12 before the day, 1 the newest
        best_paid_month money - the most that was paid, and not returned, of the invoices of one of these months
        days_late number? - days late of the payments of 365 days and of open items at today's age, each from 0 to 90, weighted by amount; open credits are laid off against the oldest items
        """
    ),
    known="as_of",
    meaning="One row per customer of the ledger: the trading record that a limit is made from, in reporting currency, to the cent.",
)
ITEMS = Table(
    "items",
    ("customer_id", "invoice_id"),
    columns(
        """
        customer_id text - who owes it
        invoice_id text - number of the document
        issued_on day - date of the document
        due_on day - date it must be paid by
        days count - days past due on the day of decision, below 0 where it is not yet due
        currency text - ISO 4217
        amount money - of the document, in its currency
        open money - what is still owed of it, before open credits are set off
        is_disputed flag - in dispute on the day
        is_planned flag - under a payment plan on the day
        """
    ),
    meaning="One row per open document of some customers, as known before a day. Never written: it is read from the ledger when asked for.",
)
CREDITS = Table(
    "credits",
    ("customer_id", "currency"),
    columns(
        """
        customer_id text - whose they are
        currency text - ISO 4217
        credit money - credit notes that name no invoice, overpayments, and money on account
        """
    ),
    meaning="One row per customer and currency with open credits, as known before a day. Never written.",
)
DEFAULTS = Table(
    "defaults",
    ("customer_id", "entered_on"),
    columns(
        """
        customer_id text - a customer, in the cohort or not
        entered_on day - the day it entered default, as far as the data tell
        """
    ),
    known="entered_on",
    meaning="One row per entry into default up to the last complete day, whether or not an observation has matured: for upkeep, which may not wait a year.",
)
