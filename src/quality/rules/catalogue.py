"""Every rule, in the order that decides which one a row with several faults is set aside by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from contracts.errors import ConfigError
from quality.rules import amounts, copies, dates, keys, repairs, series, statements
from quality.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    repairs.spaces_around_key,
    repairs.code_in_lower_case,
    repairs.mojibake_text,
    keys.missing_value,
    copies.repeated_row,
    copies.duplicate_key,
    keys.illegal_value,
    dates.known_after_delivery,
    dates.date_too_early,
    keys.unknown_customer,
    keys.unknown_invoice,
    keys.parent_row_quarantined,
    amounts.unknown_currency,
    amounts.not_positive_amount,
    amounts.negative_amount,
    amounts.not_positive_rate,
    amounts.share_out_of_range,
    amounts.terms_out_of_range,
    dates.due_before_issued,
    dates.happened_after_known,
    dates.paid_before_issued,
    dates.disputed_before_issued,
    dates.closed_before_opened,
    dates.published_before_period_end,
    statements.period_length_out_of_range,
    statements.statement_unit_jump,
    copies.loaded_twice,
    amounts.currency_differs_from_customer,
    amounts.amount_far_from_usual,
    dates.terms_differ_from_agreed,
    series.piled_on_one_day,
    series.month_missing,
    series.ledger_differs_from_balance,
    amounts.paid_more_than_invoiced,
    amounts.paid_more_than_billed,
    amounts.bad_country_code,
    keys.parent_is_unknown,
    dates.founded_after_onboarded,
    dates.issued_before_onboarded,
    statements.assets_do_not_balance,
    statements.part_exceeds_total,
    statements.assets_not_positive,
    statements.overlapping_statements,
)


_TABLES = sorted({f"{table}.<rule>" for rule in RULES for table in rule.tables})


def rules_of(table: str) -> tuple[Rule, ...]:
    """The rules asked of a table, in order; every rule where no table is named.

    >>> rules_of("fx_rates")[-1].name
    'not_positive_rate'
    """
    return tuple(rule for rule in RULES if not table or table in rule.tables)


class Tolerances:
    """The share of rows each rule may find broken: its default, or what the configuration says instead.

    Args:
        overrides: by `rule` or, taking precedence, by `table.rule`.
        where: the config key, for messages.

    Raises:
        ConfigError: an unknown rule, or a share outside 0..1.

    >>> tolerances = Tolerances({"paid_before_issued": 0.2, "invoices.missing_value": 0}, where="params.yaml")
    >>> rules = {rule.name: rule for rule in RULES}
    >>> tolerances.of("payments", rules["paid_before_issued"])
    0.2
    >>> tolerances.of("payments", rules["missing_value"])
    0.001
    """

    def __init__(self, overrides: Mapping[str, float], *, where: str) -> None:
        for name, share in overrides.items():
            table = name.partition(".")[0] if "." in name else ""
            legal = {f"{table}.{rule.name}" if table else rule.name for rule in rules_of(table)}
            if name not in legal:
                raise ConfigError.from_unknown("rule", name, legal or _TABLES, where=where)
            if not 0 <= share <= 1:
                raise ConfigError(
                    "A tolerance is a share of rows.",
                    where=f"{where} > {name}",
                    value=share,
                    next_step="Give a number from 0 to 1; 0.05 is five per cent.",
                )
        self._overrides = MappingProxyType(dict(overrides))

    def of(self, table: str, rule: Rule) -> float:
        """The tolerance of a rule on a table."""
        override = self._overrides.get(f"{table}.{rule.name}", self._overrides.get(rule.name))
        return rule.tolerance if override is None else float(override)
