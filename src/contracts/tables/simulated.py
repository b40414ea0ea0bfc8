"""Contracts of what only a simulated portfolio knows: the truth behind its books."""

from __future__ import annotations

from contracts.tables.spec import Table, columns

TRUTH = Table(
    "truth",
    ("customer_id", "as_of"),
    columns(
        """
        customer_id text - a simulated customer
        as_of day - first of a month
        true_pd number - probability of entering default within 12 months, given the hidden state
        state number - hidden health, standardised; lower is worse
        driver text? - what would cause its default: distress, sudden, contagion
        """
    ),
    known="as_of",
    meaning="One row per (customer_id, first of a month) of a simulated portfolio. Read by evaluate only.",
)
TRUE_DEFAULTS = Table(
    "true_defaults",
    ("customer_id",),
    columns(
        """
        customer_id text - a simulated customer in default on the last day
        defaulted_on day - the insolvency, or the day its oldest unpaid invoice is more than 90 days past due
        driver text[distress|sudden|contagion] - what caused it
        arrears_from day? - first day of the month in which the arrears began; missing where sudden
        by_lasting_health number? - log-odds of falling into arrears in that month, from health that does not change
        by_recent_health number? - the same from health that does
        by_industry number? - the same from the industry
        by_economy number? - the same from the economy
        """
    ),
    known="defaulted_on",
    meaning="One row per customer of a simulated portfolio that defaulted, and why. Never read by a feature.",
)

SIMULATED_TABLES = (TRUTH, TRUE_DEFAULTS)
