"""The raw contract: what a portfolio's SELECTs must deliver. All dates are days; money is in the row's currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from contracts.config.attributes import AttributeConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.tables.spec import Column, Kind, Table, columns

INVOICE_KINDS = ("invoice", "credit_note")
PAYMENT_KINDS = ("payment", "discount", "fee", "reversal")
DEFAULT_EVENTS = ("insolvency", "write_off", "ceased_trading", "insurer_claim")
OTHER_EVENTS = ("legal_action", "payment_plan", "external_rating")

CUSTOMERS = Table(
    "customers",
    ("customer_id",),
    columns(
        """
        customer_id text - the supplier's own number
        name text - as printed on the invoice
        country text - ISO 3166-1 alpha-2
        industry text? - section or division of an industry classification
        legal_form text? - such as plc, ltd, partnership
        is_natural_person flag - a sole trader; personal-data rules apply
        founded_on day? - when the company was founded
        onboarded_on day - first day of the business relation
        parent_id text? - customer_id of the group's head
        currency text - ISO 4217, the currency it is billed in
        """
    ),
    meaning="One row per customer.",
)
MASTER_HISTORY = Table(
    "master_history",
    ("customer_id", "known_on"),
    columns(
        """
        customer_id text - whose master record
        known_on day - from when on the record said so, as we could read it
        country text? - ISO 3166-1 alpha-2; missing: as before
        industry text? - missing: as before
        legal_form text? - missing: as before
        parent_id text? - customer_id of the group's head, or its own; missing: as before
        is_natural_person flag? - missing: as before
        """
    ),
    happened="known_on",
    known="known_on",
    meaning="One row per customer and day its master record changed. Where the table is delivered, features read these columns here alone.",
)
CREDIT_TERMS = Table(
    "credit_terms",
    ("customer_id", "valid_from"),
    columns(
        """
        customer_id text - the customer the terms are granted to
        valid_from day - first day of these terms
        credit_limit money? - most that may be open at once
        payment_terms_days count - days from issue to due
        discount_days count?= - days from issue within which a cash discount may be taken
        discount_rate rate?= - share of the invoice that may then be deducted, 0..1
        insured_limit money? - part of the limit covered by a credit insurer
        insured_share rate? - share of an insured loss that is paid out, 0..1
        """
    ),
    happened="valid_from",
    known="valid_from",
    meaning="One row per customer and change of terms.",
)
INVOICES = Table(
    "invoices",
    ("invoice_id",),
    columns(
        """
        invoice_id text - number of the document
        customer_id text - the customer billed
        issued_on day - date of the document
        due_on day? - date it must be paid by; a credit note may have none
        amount money - positive, also for a credit note
        currency text - ISO 4217
        kind text[invoice|credit_note] - what the document is
        credits text?= - of a credit note: the invoice it cancels or reduces, where it names one
        booked_at day - when it entered the ledger
        """
    ),
    happened="issued_on",
    known="booked_at",
    meaning="One row per invoice or credit note.",
)
PAYMENTS = Table(
    "payments",
    ("payment_id", "invoice_id"),
    columns(
        """
        payment_id text - number of the booking; one payment of several invoices is a row for each
        invoice_id text? - the document it is applied to; missing for money on account
        customer_id text?= - whose money on account it is, in the customer's currency; not read where a document is named
        paid_on day - value date
        amount money - positive, in the invoice's currency
        kind text[payment|discount|fee|reversal]=payment - money that came, a discount or fee that settles without money, or a payment that was returned
        booked_at day - when it entered the ledger
        """
    ),
    happened="paid_on",
    known="booked_at",
    meaning="One row per payment and document it is applied to, or on account.",
)
DISPUTES = Table(
    "disputes",
    ("dispute_id",),
    columns(
        """
        dispute_id text - number of the case
        invoice_id text - the document in dispute
        opened_on day - when the customer objected
        closed_on day? - when it was settled; missing while open
        reason text? - as recorded
        """
    ),
    happened="opened_on",
    known="opened_on",
    meaning="One row per dispute of an invoice.",
)
FINANCIALS = Table(
    "financials",
    ("customer_id", "period_end", "published_on"),
    columns(
        """
        customer_id text - whose statement
        period_end day - last day of the period
        published_on day - when it could be read; a restatement is a later row of the same period
        months count - length of the period
        currency text - ISO 4217
        revenue money? - net sales
        cogs money? - cost of goods sold
        gross_profit money? - revenue less cogs
        ebitda money? - earnings before interest, tax, depreciation, amortisation
        ebit money? - earnings before interest and tax
        depreciation money? - depreciation and amortisation
        interest_expense money? - interest paid or accrued
        net_income money? - profit after tax
        operating_cash_flow money? - cash from operations
        total_assets money? - balance sheet total
        current_assets money? - due or convertible within a year
        cash money? - cash and equivalents
        receivables money? - trade receivables
        inventory money? - stock
        total_liabilities money? - all debts
        current_liabilities money? - debts due within a year
        long_term_debt money? - interest-bearing debt due later
        equity money? - total assets less total liabilities
        retained_earnings money? - accumulated profit
        market_value money? - market capitalisation, where listed
        """
    ),
    happened="period_end",
    known="published_on",
    meaning="One row per published version of a financial statement.",
)
EVENTS = Table(
    "events",
    ("event_id",),
    columns(
        """
        event_id text - number of the record
        customer_id text - whom it concerns
        occurred_on day - when it happened
        known_on day - when we could know it
        kind text[insolvency|write_off|ceased_trading|legal_action|insurer_claim|payment_plan|external_rating] - what happened
        amount money? - money concerned, in the customer's currency
        detail text? - free text; a payment plan gives its last instalment date as YYYY-MM-DD
        """
    ),
    happened="occurred_on",
    known="known_on",
    meaning="One row per credit event.",
)
ATTRIBUTES = Table(
    "attributes",
    ("customer_id", "known_on"),
    columns(
        """
        customer_id text - whom they describe
        known_on day - when these values became known
        """
    ),
    happened="known_on",
    known="known_on",
    open_ended=True,
    meaning="One row per customer and day its attributes became known; columns declared by the portfolio.",
)
FX_RATES = Table(
    "fx_rates",
    ("currency", "rate_on"),
    columns(
        """
        currency text - ISO 4217
        rate_on day - day of the rate
        rate rate - units of reporting currency for one unit of this currency
        """
    ),
    happened="rate_on",
    known="rate_on",
    meaning="One row per currency and day.",
)

RAW_TABLES = MappingProxyType(
    {
        table.name: table
        for table in (
            CUSTOMERS,
            MASTER_HISTORY,
            CREDIT_TERMS,
            INVOICES,
            PAYMENTS,
            DISPUTES,
            FINANCIALS,
            EVENTS,
            ATTRIBUTES,
            FX_RATES,
        )
    }
)
"""Every raw table by name. Only `customers` and one source of evidence are required; see `missing_evidence`."""

_ATTRIBUTE_KINDS = MappingProxyType({"number": Kind.NUMBER, "category": Kind.TEXT})


def portfolio_tables(portfolio: PortfolioConfig) -> Mapping[str, Table]:
    """Every raw table as this portfolio delivers it: `attributes` with the columns its yaml declares."""
    return tables_with(portfolio.attributes)


def tables_with(attributes: Iterable[AttributeConfig]) -> Mapping[str, Table]:
    """Every raw table, `attributes` with these columns."""
    declared = tuple(
        Column(one.name, _ATTRIBUTE_KINDS[one.dtype], one.wording_en, nullable=True)
        for one in attributes
    )
    return MappingProxyType({**RAW_TABLES, ATTRIBUTES.name: ATTRIBUTES.with_columns(declared)})


EVIDENCE = (("invoices", "payments"), ("financials",), ("attributes",))
"""At least one of these groups of tables must be delivered, or there is nothing to judge a customer on."""


def missing_evidence(names: frozenset[str]) -> bool:
    """Whether the delivered tables hold no evidence at all.

    >>> missing_evidence(frozenset({"customers", "invoices"}))
    True
    >>> missing_evidence(frozenset({"customers", "financials"}))
    False
    """
    return not any(names.issuperset(group) for group in EVIDENCE)
