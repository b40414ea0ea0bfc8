"""What the rules found, judged against the tolerances: the report, or the one error that stops the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import RuleError
from contracts.tables.raw import RAW_TABLES
from quality.delivery.delivery import Validation
from quality.delivery.finding import Finding
from quality.rules.catalogue import Tolerances
from quality.rules.rule import MonthRule, Severity

_INSTEAD = {Severity.REPORT: "keep", Severity.REPAIR: "mend"}


def stop_if_beyond(validation: Validation, tolerances: Tolerances) -> None:
    """Lets a delivery pass whose findings are all within tolerance.

    Raises:
        RuleError: a finding is beyond its tolerance, or no row of a table is left; the message shows the
            first finding and names the others.
    """
    beyond = [one for one in validation.findings if one.share > tolerances.of(one.table, one.rule)]
    if not beyond:
        _check_left(validation)
        return
    first, example = beyond[0], beyond[0].examples[0]
    tolerance = tolerances.of(first.table, first.rule)
    others = "".join(f"\n         also {_brief(one)}" for one in beyond[1:])
    key = ", ".join(RAW_TABLES[first.table].grain)
    instead = _INSTEAD.get(first.rule.severity, "set aside")
    raise RuleError(
        f"{first.rule.title[0]}: {_brief(first)}; at most {tolerance:.3%} may.",
        where=f"{first.table}.{example.column} (rule {first.rule.name})",
        value=f"{example.column} = {example.value} at ({key}) = {example.key}{others}",
        next_step=f"{first.rule.remedy[0]}. To {instead} such rows and go on, set `validate > tolerance > "
        f"{first.table}.{first.rule.name}` in configs/params.yaml to {_rounded_up(first.share)}.",
    )


def _check_left(validation: Validation) -> None:
    for count in validation.counts:
        if count.rows_valid == 0:
            worst = max(
                (one for one in validation.findings if one.table == count.table),
                key=lambda one: one.broken,
            )
            raise RuleError(
                f"Every row of {count.table} is set aside.",
                where=f"{count.table} (rule {worst.rule.name})",
                value=f"{count.rows_quarantined} rows",
                next_step=f"{worst.rule.remedy[0]}; or remove {count.table}.sql. A tolerance is no way out here.",
            )


def _brief(finding: Finding) -> str:
    return f"{finding.broken} of {finding.rows} rows of {finding.table} ({finding.share:.3%}) break {finding.rule.name}"


def _rounded_up(share: float) -> float:
    """The share rounded up to four places, so that the figure shown would let the rows pass.

    >>> _rounded_up(1 / 3)
    0.3334
    """
    return math.ceil(share * 10_000) / 10_000


def report(
    settings: tuple[str, PortfolioConfig],
    validation: Validation,
    tolerances: Tolerances,
    *,
    delivery: str,
    previous: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """`reports/validation.json`: rows by table, and every rule asked with its examples and its last finding.

    Args:
        settings: the portfolio's name and its config.
        validation: what was found.
        tolerances: what the findings are judged against.
        delivery: what tells this delivery from others (see `quality.delivery.trend`).
        previous: the summary of the last delivery, None where there was none.
    """
    name, portfolio = settings
    last = {(one["rule"], one["table"]): one for one in previous["rules"]} if previous else {}
    return {
        "portfolio": name,
        "delivery": delivery,
        "complete_until": portfolio.complete_until.isoformat(),
        "currency": portfolio.reporting_currency,
        "tables": [asdict(count) for count in validation.counts],
        "previous": previous and {key: previous[key] for key in ("complete_until", "tables")},
        "rules": [
            _entry(finding, tolerances.of(finding.table, finding.rule))
            | {"previous": _found_last(last.get((finding.rule.name, finding.table)))}
            for finding in validation.findings
        ],
    }


def _found_last(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if entry is None else {key: entry[key] for key in ("broken", "share", "amount")}


_OUTCOMES = {Severity.REPORT: "reported", Severity.REPAIR: "repaired"}


def _entry(finding: Finding, tolerance: float) -> dict[str, Any]:
    rule = finding.rule
    found = _OUTCOMES.get(rule.severity, "quarantined")
    return {
        "rule": rule.name,
        "table": finding.table,
        "severity": rule.severity.value,
        "title_en": rule.title[0],
        "title_zh": rule.title[1],
        "remedy_en": rule.remedy[0],
        "remedy_zh": rule.remedy[1],
        "is_estimate": isinstance(rule, MonthRule),
        "broken": finding.broken,
        "share": finding.share,
        "tolerance": tolerance,
        "amount": finding.amount,
        "outcome": found if finding.broken else "clean",
        "examples": [asdict(example) for example in finding.examples],
    }
