"""Contracts of what is said of earlier days: by the model of today, why it says something else now, and by the recipe of that day."""

from __future__ import annotations

from contracts.tables.spec import Table, columns

HISTORY = Table(
    "history",
    ("customer_id", "as_of"),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        margin number - log-odds of the booster before calibration, by the model of today on what was knowable on as_of
        pd number - calibrated probability of default
        score number - before rounding and clipping: points_base + the points of the four pillars
        grade count - by the scale of today
        points_base number - points before any feature speaks
        points_credit_record number - points of the pillar credit record
        points_ability_to_pay number - points of the pillar ability to pay
        points_financial_health number - points of the pillar financial health
        points_business_context number - points of the pillar business context
        points_per_log_odd number - points of a feature = phi of the feature x this
        """
    ),
    known="as_of",
    open_ended=True,
    meaning="One row per (customer_id, as_of), one file a day of decision; one more column per feature of the model, `phi_<feature>`: its SHAP value in log-odds, single precision. Every day is judged by the model, the calibrator and the scale of today: it is not what was said on that day.",
)
MOVEMENTS = Table(
    "movements",
    ("customer_id", "since", "rank"),
    columns(
        """
        customer_id text - a customer of both books
        as_of day - the latest day of decision
        since day - the earlier one
        rank count - 1 moved the score most; the last one of a customer is what all others add up to
        kind text[behaviour|new_statement|statement|context|ours|others] - what moved: what it does and owes; a statement that became known in between, which moves what is owed beside it as well; statements without a new one, which age, or whose peers moved; what it cannot change; our own decision
        subject text? - the one idea; missing of the others
        pillar text? - it counts to
        feature text? - the one that led the subject: of those whose own change speaks that way, the one with most points; missing where none does
        unit text? - of the feature's values
        points number - score points, above 0 is healthier; those of a customer sum to its score on as_of less its score on since
        value_then number? - the feature's value on since; missing too where it is a category, which value_then_text names
        value_now number? - the same on as_of
        value_then_text text? - its value on since as people read it, or the category
        value_now_text text? - the same on as_of
        wording_en text? - what the feature measures
        wording_zh text? - the same in Chinese
        """
    ),
    meaning="One row per (customer_id, since, rank): why the score of a customer moved, by the model of today on both days.",
)
ORIGINS = Table(
    "origins",
    ("origin", "customer_id", "as_of"),
    columns(
        """
        origin day - the day on which the recipe was fitted on what was final then
        customer_id text - the customer
        as_of day - the day of decision, in the year that followed
        pd number - calibrated probability of default
        defaulted flag - the outcome
        """
    ),
    meaning="One row per matured observation of the year after a rolling origin. Empty where no origin holds enough defaults.",
)
HISTORY_TABLES = (HISTORY, MOVEMENTS, ORIGINS)
