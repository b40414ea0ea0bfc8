"""Every rule, in the order that decides which one a row with several faults is set aside by.

A rule is found by being declared in a file of this room or of `habits`; `_FIRST` only says which are asked before the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from contracts.documents.data_quality import Doubt
from contracts.errors import ConfigError
from quality.rules import (
    amounts,
    copies,
    currencies,
    dates,
    extent,
    figures,
    incidents,
    keys,
    periods,
    redated,
    repairs,
    scales,
    series,
    statements,
)
from quality.rules.habits import (
    accounts,
    agreed,
    anew,
    clocks,
    closing,
    customs,
    feeds,
    held_back,
    leaving,
    losses,
    materiality,
    overwritten,
    payers,
    promises,
    rests,
    settlement,
    twice,
)
from quality.rules.rule import Rule

_FIRST: tuple[Rule, ...] = (
    repairs.spaces_around_key,
    repairs.code_in_lower_case,
    repairs.mojibake_text,
    repairs.founded_on_filler,
    repairs.announced_before_it_happened,
    repairs.billed_ahead,
    keys.missing_value,
    copies.repeated_row,
    copies.duplicate_key,
    keys.illegal_value,
    dates.known_after_delivery,
    dates.date_too_early,
    keys.unknown_customer,
    keys.money_of_nobody,
    keys.unknown_invoice,
    keys.parent_row_quarantined,
    currencies.unknown_currency,
    amounts.not_positive_amount,
    settlement.returned_more_than_paid,
    amounts.negative_amount,
    incidents.event_amount_negative,
    incidents.plan_without_last_date,
    incidents.event_told_before,
    currencies.not_positive_rate,
    currencies.own_rate_not_one,
    currencies.rate_turned_over,
    amounts.share_out_of_range,
    amounts.terms_out_of_range,
    dates.due_before_issued,
    dates.due_far_off,
    dates.happened_after_known,
    dates.disputed_before_issued,
    dates.closed_before_opened,
    dates.published_before_period_end,
    statements.period_length_out_of_range,
    statements.cost_with_minus_sign,
    figures.figure_with_wrong_sign,
    statements.statement_unit_jump,
    figures.revenue_below_billing,
    scales.values_of_another_scale,
    copies.copy_never_paid,
    redated.value_date_of_migration,
    redated.credited_on_day_of_migration,
    settlement.paid_by_its_group,
    settlement.paid_on_another_invoice,
    settlement.decimal_point_misplaced,
    dates.booked_long_after_issue,
    series.open_in_a_missing_month,
    series.cancelled_in_a_missing_month,
    keys.belongs_to_a_row_set_aside,
    dates.paid_before_issued,
    dates.booked_before_value_date,
    keys.credits_unknown_invoice,
    settlement.remainder_tolerated,
    settlement.discount_not_stated,
    copies.loaded_twice,
    currencies.currency_differs_from_customer,
    amounts.amount_far_from_usual,
    amounts.amount_far_below_usual,
    currencies.finer_than_the_currency,
    currencies.withdrawn_currency,
    amounts.limit_of_nought_in_use,
    dates.terms_differ_from_agreed,
    series.piled_on_one_day,
    series.month_missing,
    series.data_ends_early,
    series.ledger_differs_from_balance,
    amounts.paid_more_than_invoiced,
    amounts.paid_more_than_billed,
    amounts.bad_country_code,
    keys.parent_is_unknown,
    keys.never_in_master_history,
    dates.founded_after_onboarded,
    dates.issued_before_onboarded,
    statements.assets_do_not_balance,
    statements.part_exceeds_total,
    statements.assets_not_positive,
    statements.overlapping_statements,
)
_FILES = (
    repairs,
    keys,
    copies,
    dates,
    amounts,
    currencies,
    settlement,
    materiality,
    held_back,
    payers,
    customs,
    anew,
    accounts,
    losses,
    leaving,
    extent,
    statements,
    figures,
    periods,
    incidents,
    scales,
    redated,
    series,
    feeds,
    rests,
    twice,
    clocks,
    agreed,
    closing,
    promises,
    overwritten,
)


def _declared() -> list[Rule]:
    return [one for file in _FILES for one in vars(file).values() if isinstance(one, Rule)]


RULES: tuple[Rule, ...] = (*_FIRST, *(one for one in _declared() if one not in _FIRST))
"""Those that go first, then the others in the order of their files."""

_TABLES = sorted({f"{table}.<rule>" for rule in RULES for table in rule.tables})


FEW = 5
"""What hangs on rows of fewer customers is looked up by hand, and stops no run by its share."""
IN_DOUBT: Mapping[Doubt, float] = MappingProxyType({"defaults": 0.5, "money": 0.25})
"""How much may hang on the rows that one rule set aside. They leave nothing false behind, for what hangs on them leaves with
them; but where that is most of the customers so late, or much of the open money, what is left is no picture of the book. A
quarter of the open balance is about what a hundredth of all payments settles."""


def rules_of(table: str) -> tuple[Rule, ...]:
    """The rules asked of a table, in order; every rule where no table is named.

    >>> {"rate_turned_over", "due_before_issued"} & {one.name for one in rules_of("fx_rates")}
    {'rate_turned_over'}
    """
    return tuple(rule for rule in RULES if not table or table in rule.tables)


def _wrong(name: str, share: float, where: str) -> Iterator[ConfigError]:
    """What is wrong with one tolerance."""
    table = name.partition(".")[0] if "." in name else ""
    legal = {f"{table}.{rule.name}" if table else rule.name for rule in rules_of(table)}
    legal |= set() if table else {f"{what}_in_doubt" for what in IN_DOUBT}
    if name not in legal:
        yield ConfigError.from_unknown("rule", name, legal or _TABLES, where=where)
    if not 0 <= share <= 1:
        yield ConfigError(
            "A tolerance is a share of rows, of customers or of money.",
            where=f"{where} > {name}",
            value=share,
            next_step="Give a number from 0 to 1; 0.05 is five per cent.",
        )


class Tolerances:
    """The share of rows each rule may find broken, and how much may hang on those that one sets aside.

    Args:
        overrides: by `rule` or, taking precedence, by `table.rule`; and `defaults_in_doubt`, `money_in_doubt`.
        where: the config key, for messages.
        beneath: asked about a rule that these say nothing of; the defaults where there are none.

    Raises:
        ConfigError: unknown rules, or shares outside 0..1: all in one message.

    >>> tolerances = Tolerances({"paid_before_issued": 0.2, "invoices.missing_value": 0}, where="params.yaml")
    >>> rules = {rule.name: rule for rule in RULES}
    >>> tolerances.of("payments", rules["paid_before_issued"])
    0.2
    >>> tolerances.of("payments", rules["missing_value"])
    0.001
    >>> own = Tolerances({"payments.paid_before_issued": 0.5}, where="demo.yaml", beneath=tolerances)
    >>> own.of("payments", rules["paid_before_issued"]), own.of("invoices", rules["missing_value"])
    (0.5, 0.0)
    """

    def __init__(
        self,
        overrides: Mapping[str, float],
        *,
        where: str,
        beneath: Tolerances | None = None,
    ) -> None:
        wrong = [found for name, share in overrides.items() for found in _wrong(name, share, where)]
        if wrong:
            raise ConfigError.together(wrong)
        self._overrides = MappingProxyType(dict(overrides))
        self._beneath = beneath

    def of(self, table: str, rule: Rule) -> float:
        """The tolerance of a rule on a table."""
        override = self._overrides.get(f"{table}.{rule.name}", self._overrides.get(rule.name))
        if override is not None:
            return float(override)
        return rule.tolerance if self._beneath is None else self._beneath.of(table, rule)

    def in_doubt(self, what: Doubt) -> float:
        """How much of the defaults, or of the open money, may hang on the rows that one rule set aside; see `IN_DOUBT`.

        >>> common = Tolerances({}, where="params.yaml")
        >>> own = Tolerances({"money_in_doubt": 0.4}, where="demo.yaml", beneath=common)
        >>> own.in_doubt("money"), own.in_doubt("defaults")
        (0.4, 0.5)
        """
        override = self._overrides.get(f"{what}_in_doubt")
        if override is not None:
            return float(override)
        return IN_DOUBT[what] if self._beneath is None else self._beneath.in_doubt(what)
