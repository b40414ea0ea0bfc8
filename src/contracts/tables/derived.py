"""Contracts of the tables that stages hand to each other. File paths are fixed in `dvc.yaml`."""

from __future__ import annotations

from types import MappingProxyType

from contracts.tables.history import HISTORY_TABLES
from contracts.tables.ledger import DEFAULTS, POSITION, TRADING
from contracts.tables.simulated import SIMULATED_TABLES
from contracts.tables.spec import Table, columns

KEY = ["customer_id", "as_of"]  # the grain of every table of observations
PARTS = ("train", "calibrate", "test", "recent", "holdout", "gap")
PILLARS = ("credit_record", "ability_to_pay", "financial_health", "business_context")
EARLIER = "earlier"
"""The family of measures that a payment may worsen: built, for models that were fitted on them, and not learned from unless asked."""
ACTIONS = ("grow", "keep", "review", "reduce", "secure", "stop")
N_REASONS = 4

COHORT = Table(
    "cohort",
    (*KEY,),
    columns(
        """
        customer_id text - a customer in good standing and active on as_of
        as_of day - the day of decision
        matured_on day - first day after the horizon, as_of + horizon
        defaulted flag? - enters default in [as_of, matured_on); missing until matured
        """
    ),
    known="as_of",
    meaning="One row per (customer_id, as_of).",
)
MATRIX = Table(
    "matrix",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - every feature was knowable strictly before this day
        """
    ),
    known="as_of",
    open_ended=True,
    meaning="One row per (customer_id, as_of) of the cohort; one column per feature (number, or text for a category).",
)
KNOWN = Table(
    "known",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        industry text? - whose members its ranks among peers compare it with; missing where customers are not read
        fingerprint count - 64 bits that change with anything that was usable on as_of: rows, size of the group, exchange rates
        """
    ),
    known="as_of",
    meaning="One row per (customer_id, as_of) of the matrix: what it was computed from, in one number.",
)
HELD = Table(
    "held",
    ("customer_id",),
    columns(
        """
        customer_id text - the customer
        low count - sum of the lower halves of the hashes of all its rows, in no order
        high count - sum of the upper halves
        """
    ),
    meaning="One row per customer: what the tables held of it, in one number; where it is the same nothing is compared closer.",
)
LINEAGE = Table(
    "lineage",
    ("position",),
    columns(
        """
        position count - column order in the matrix, from 0
        feature text - column name in the matrix
        pillar text[credit_record|ability_to_pay|financial_health|business_context] - which pillar it counts to
        family text - the group it was generated with, such as payments or ageing
        subject text - the one idea a reader takes it for; a customer's reasons name each subject once
        role text[reason|context|ours] - whether it may be given as a reason, is context, or is our own decision
        dtype text[number|category] - how the model reads it
        unit text - days, share, percentage_points, money, count, months, ratio, category
        direction count - +1: more of it means more risk, -1: less, 0: free
        speaks count - where its reason holds: +1 above the typical value, -1 below, 0 either side
        is_change flag - a difference from its own past; its reason says which way it moved
        window_days count? - length of the trailing window, missing where it has none
        tables text - raw tables it is computed from, joined by commas
        wording_en text - what it measures, for a reader who is not a programmer
        wording_zh text - the same in Chinese
        reason_en text - a full sentence for a risk team, with {value} and {typical} where the numbers go and {peers} for whose the typical one is
        reason_zh text - the same in Chinese
        """
    ),
    meaning="One row per feature of the matrix: its declaration, carried to the rooms that cannot import it.",
)
PARTITION = Table(
    "partition",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        part text[train|calibrate|test|recent|holdout|gap] - recent: not matured; holdout: in-time rows of held-out customers; gap: matured too late for the part before, decided too early for the next
        is_held_out flag - a customer kept out of training entirely, chosen by hashed id
        defaulted flag? - the outcome, missing in recent
        """
    ),
    meaning="One row per row of the cohort: what it may be used for.",
)
TRIALS = Table(
    "trials",
    ("number",),
    columns(
        """
        number count - order in which the trials finished, from 0
        state text - complete, or pruned: given up after a fold
        log_loss number? - mean over the time-ordered folds, lower is better
        params text - JSON of the values tried, keys sorted
        """
    ),
    meaning="One row per finished trial of the search; one that failed is run again.",
)
UNSEEN = Table(
    "unseen",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        margin number - log-odds before calibration, by boosters that learned from no calibrate row of this customer
        pd_baseline number - probability of default by the scorecard fitted on the train part alone
        """
    ),
    meaning="One row per row of the calibrate part: answers of models that had not learned from it, though the final ones may have.",
)
REHEARSED = Table(
    "rehearsed",
    ("origin", "is_judged", "customer_id", "as_of"),
    columns(
        """
        origin day - the day the later rows begin: what had matured by then was learned from
        is_judged flag - a later row, on which calibrators are judged; false: of the newest block, which they learn from
        customer_id text - the customer
        as_of day - the day of decision
        margin number - log-odds before calibration, by boosters that had not learned from the row
        defaulted flag - the outcome
        """
    ),
    meaning="One row per row of a rehearsal: the run's refit and calibration, done at earlier origins inside train. Empty where none holds enough defaults.",
)
SCORED_TEST = Table(
    "test",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        defaulted flag - the outcome
        margin number - log-odds of the booster before calibration
        pd number - calibrated probability of default
        pd_baseline number - probability of default by the scorecard
        """
    ),
    meaning="One row per matured observation of the out-of-time test part.",
)
EXPLANATIONS = Table(
    "explanations",
    (*KEY, "feature"),
    columns(
        """
        customer_id text - the customer
        as_of day - the day of decision
        feature text - column of the matrix
        pillar text - which pillar it counts to
        value number? - the customer's own value; missing too where it is a category, which value_text names
        typical number? - the value typical of healthy customers, likewise
        value_text text? - the customer's own value as people read it, or the category, without the unit's word
        typical_text text? - the typical one likewise
        phi number - SHAP value, log-odds of the booster
        points number - score points; base points + sum of points = score before clipping
        """
    ),
    meaning="One row per (customer_id, as_of, feature) of the latest book.",
)
REASONS_TABLE = Table(
    "reasons",
    (*KEY, "rank"),
    columns(
        """
        customer_id text - the customer
        as_of day - the latest day of decision
        rank count - 1 is the strongest reason against; what is no reason comes after the reasons, strengths last
        role text[reason|context|ours|strength] - a reason; context, which the customer cannot change; our own decision; or what speaks for it
        feature text - column of the matrix
        points number - score points this feature costs, below 0; of a strength what it adds, above 0
        sentence_en text - for a risk team: a reason with the customer's own number and the typical one, or the context
        sentence_zh text - the same in Chinese
        """
    ),
    meaning="One row per (customer_id, as_of, rank) of the latest book: at most N_REASONS reasons, two of context and N_REASONS strengths a customer, none for many.",
)
PORTFOLIO = Table(
    "portfolio",
    (*KEY,),
    columns(
        """
        customer_id text - the customer
        as_of day - the latest day of decision
        pd number - calibrated probability of default within the horizon
        score count - customer health score, 1..999, higher is healthier
        grade count - 1 (exceptional) to one more than the scale has bounds (at or above the last one, or in default)
        points_base number - points before any feature speaks
        points_credit_record number - points of the pillar credit record
        points_ability_to_pay number - points of the pillar ability to pay
        points_financial_health number - points of the pillar financial health
        points_business_context number - points of the pillar business context
        reason_1 text? - strongest reason against, in English, as a sentence with the customer's number
        reason_2 text? - second
        reason_3 text? - third
        reason_4 text? - fourth
        reason_1_zh text? - the same in Chinese
        reason_2_zh text? - second
        reason_3_zh text? - third
        reason_4_zh text? - fourth
        exposure money - open balance on as_of, reporting currency
        overdue money - part of it past due
        ead money - expected peak open balance
        expected_loss money - PD x LGD x uninsured EAD
        limit money? - recommended credit limit, reporting currency; missing where neither ledger nor statement supports one
        limit_bound text[need|capacity|appetite|grade|margin|in_force]? - what set it: the least of three; a grade without open credit, a margin that pays for no terms; or the limit in force, which stays; missing without a limit
        limit_current money? - limit in force on as_of, reporting currency
        terms_days count - recommended payment terms; 0 is prepayment
        action text[grow|keep|review|reduce|secure|stop] - what to do
        because text[worst_grade|at_risk_overdue|at_risk|loss_above_allowed|limit_above|balance_above|balance_above_need|overdue|over_limit|weak_grade|terms_unpaid|room|nothing] - what made the action
        review_on day - when to look again
        """
    ),
    meaning="One row per customer of the latest cohort: the decision.",
)
REPAIRS = Table(
    "repairs",
    ("table", "row", "column", "rule"),
    columns(
        """
        table text - raw table
        row count - number of the row in its raw file, from 0
        column text - which value
        rule text - the repair's name
        key text - key of the row
        before text? - the value as delivered
        after text? - the value as used
        """
    ),
    meaning="One row per value that validation mended.",
)

DERIVED_TABLES = MappingProxyType(
    {
        table.name: table
        for table in (
            COHORT,
            MATRIX,
            *(DEFAULTS, POSITION, TRADING),
            *(KNOWN, HELD),
            LINEAGE,
            PARTITION,
            TRIALS,
            UNSEEN,
            REHEARSED,
            SCORED_TEST,
            EXPLANATIONS,
            *HISTORY_TABLES,
            REASONS_TABLE,
            PORTFOLIO,
            *SIMULATED_TABLES,
            REPAIRS,
        )
    }
)
"""Every derived table by name."""
