"""What the rules found, judged against the tolerances: the report, or the one error that stops the run."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import RuleError
from contracts.raw import RAW_TABLES
from contracts.rules.catalogue import Tolerances
from contracts.rules.rule import Severity
from sources.checks import Finding
from sources.delivery import Validation


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
    instead = "keep" if first.rule.severity is Severity.REPORT else "set aside"
    raise RuleError(
        f"{first.rule.title_en}: {_brief(first)}; at most {tolerance:.3%} may.",
        where=f"{first.table}.{example.column} (rule {first.rule.name})",
        value=f"{example.column} = {example.value} at ({key}) = {example.key}{others}",
        next_step=f"{first.rule.remedy}. To {instead} such rows and go on, set `validate > tolerance > "
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
                next_step=f"{worst.rule.remedy}; or remove {count.table}.sql. A tolerance is no way out here.",
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
    name: str, portfolio: PortfolioConfig, validation: Validation, tolerances: Tolerances
) -> dict[str, Any]:
    """`reports/validation.json`: rows in, valid and set aside by table, and every rule asked with its examples."""
    return {
        "portfolio": name,
        "complete_until": portfolio.complete_until.isoformat(),
        "currency": portfolio.reporting_currency,
        "tables": [asdict(count) for count in validation.counts],
        "rules": [
            _entry(finding, tolerances.of(finding.table, finding.rule))
            for finding in validation.findings
        ],
    }


def _entry(finding: Finding, tolerance: float) -> dict[str, Any]:
    rule = finding.rule
    found = "reported" if rule.severity is Severity.REPORT else "quarantined"
    return {
        "rule": rule.name,
        "table": finding.table,
        "severity": rule.severity.value,
        "title_en": rule.title_en,
        "title_zh": rule.title_zh,
        "broken": finding.broken,
        "share": finding.share,
        "tolerance": tolerance,
        "amount": finding.amount,
        "outcome": found if finding.broken else "clean",
        "examples": [asdict(example) for example in finding.examples],
    }
