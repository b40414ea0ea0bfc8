"""What the rules found, judged against the tolerances: the document, and the one error that stops the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from contracts.config.portfolio import PortfolioConfig
from contracts.documents.data_quality import (
    Before,
    DataQuality,
    Done,
    Doubt,
    Example,
    InDoubt,
    RowsBefore,
    RuleFinding,
    TableCount,
)
from contracts.errors import RuleError
from contracts.tables.raw import RAW_TABLES
from quality.delivery.finding import Finding, Validation
from quality.rules.catalogue import FEW, Tolerances, rules_of
from quality.rules.rule import FeedRule, MonthRule, Rule, Severity

CONSEQUENCES = ("parent_row_quarantined", "belongs_to_a_row_set_aside")
"""Rules that set a row aside for the sake of another."""
_INSTEAD = {Severity.REPORT: "keep", Severity.REPAIR: "mend"}
_DONE: Mapping[Severity, Done] = {Severity.REPORT: "reported", Severity.REPAIR: "repaired"}


def beyond(validation: Validation, tolerances: Tolerances) -> tuple[Finding, ...]:
    """The findings that stop the run: more rows than tolerated; else, where no row of a table is left, the one that took most."""
    found = [one for one in validation.findings if _is_beyond(one, tolerances)]
    return tuple(found or _emptied(validation))


def _is_beyond(finding: Finding, tolerances: Tolerances) -> bool:
    return _has_many_rows(finding, tolerances) or bool(in_doubt(finding, tolerances))


def _has_many_rows(finding: Finding, tolerances: Tolerances) -> bool:
    is_more = finding.share > tolerances.of(finding.table, finding.rule)
    return is_more and finding.broken >= finding.rule.least


def in_doubt(finding: Finding, tolerances: Tolerances) -> tuple[Doubt, ...]:
    """What hangs on the rows that a rule set aside by more than is tolerated; nothing where few customers are concerned."""
    if finding.effect is None or finding.effect.customers < FEW:
        return ()
    return tuple(
        what for what, share in finding.effect.share.items() if share > tolerances.in_doubt(what)
    )


def _emptied(validation: Validation) -> list[Finding]:
    return [
        max(
            (one for one in validation.findings if one.table == count.table),
            key=lambda one: one.broken,
        )
        for count in validation.counts
        if count.rows_in and not count.rows_valid
    ]


def stop_if_beyond(validation: Validation, tolerances: Tolerances, portfolio: str = "") -> None:
    """Lets a delivery pass whose findings are all within tolerance.

    Args:
        validation: what was found.
        tolerances: what it is judged against.
        portfolio: whose tolerances may be changed.

    Raises:
        RuleError: the message shows the first finding, and names every other one that stops the run.
    """
    found = beyond(validation, tolerances)
    if not found:
        return
    # the cause before what follows from it
    found = tuple(sorted(found, key=lambda one: one.rule.name in CONSEQUENCES))
    first, others = (
        found[0],
        "".join(f"\n         also {_brief(one, tolerances)}" for one in found[1:]),
    )
    if not _is_beyond(first, tolerances):
        raise RuleError(
            f"Every row of {first.table} is set aside.",
            where=f"{first.table} (rule {first.rule.name})",
            value=f"{first.broken} of {first.rows} rows{others}",
            next_step=f"{first.rule.remedy[0]}; or remove {first.table}.sql. A tolerance is no way out here. {_SEEN}",
        )
    if takes_all := _takes_all(first, validation):
        raise RuleError(
            f"{first.rule.title[0]}: {_broken(first)}; {takes_all}.",
            where=f"{first.table}.{first.examples[0].column} (rule {first.rule.name})",
            value=f"{_example(first)}{others}",
            next_step=f"{first.rule.remedy[0]}. A tolerance is no way out here: it would leave nobody to rate. {_SEEN}",
        )
    if not _has_many_rows(first, tolerances):
        raise _hanging(first, tolerances, portfolio, others)
    instead = _INSTEAD.get(first.rule.severity, "set aside")
    name = f"{first.table}.{first.rule.name}"
    raise RuleError(
        f"{first.rule.title[0]}: {_broken(first)}; at most {tolerances.of(first.table, first.rule):.3%} may.",
        where=f"{first.table}.{first.examples[0].column} (rule {first.rule.name})",
        value=f"{_example(first)}{others}",
        next_step=f"{first.rule.remedy[0]}. To {instead} such rows and go on, set `validate > tolerance > "
        f"{name}` in configs/params.yaml to {_rounded_up(first.share)}; for this portfolio alone, "
        f"`tolerance > {name}` in configs/portfolios/{portfolio or '<name>'}.yaml. {_SEEN}",
    )


_HANGS: Mapping[Doubt, str] = {
    "defaults": "{share:.1%} of the customers that are more than {days} days late ({n} of {of}) are so only by what {table} set aside by {rule} would say",
    "money": "{share:.1%} of the open balance hangs on {table} set aside by {rule}",
}


def _hanging(finding: Finding, tolerances: Tolerances, portfolio: str, others: str) -> RuleError:
    """The error of a rule that set few rows aside on which much hangs."""
    what = in_doubt(finding, tolerances)[0]
    effect = finding.effect
    share = effect.share[what] if effect else 0.0
    return RuleError(
        f"{finding.rule.title[0]}: {_hangs(finding, what)}; at most {tolerances.in_doubt(what):.0%} may.",
        where=f"{finding.table}.{finding.examples[0].column} (rule {finding.rule.name})",
        value=f"{_example(finding)}{others}",
        next_step=f"{finding.rule.remedy[0]}. To go on without what hangs on these rows, set `validate > tolerance > {what}_in_doubt` in "
        f"configs/params.yaml to {_rounded_up(share)}; for this portfolio alone, `tolerance > {what}_in_doubt` in "
        f"configs/portfolios/{portfolio or '<name>'}.yaml. {_SEEN}",
    )


def _hangs(finding: Finding, what: Doubt) -> str:
    effect = finding.effect
    if effect is None:
        return ""
    late = max(effect.late_believed, effect.late_used)
    return _HANGS[what].format(
        share=effect.share[what], days=effect.days, n=abs(effect.late_believed - effect.late_used), of=late,
        table=finding.table, rule=finding.rule.name,
    )  # fmt: skip


def _takes_all(finding: Finding, validation: Validation) -> str:
    """What is left of nothing where the rows of a rule are set aside: of its own table, or of the customers. Empty otherwise."""
    if finding.rule.severity in _INSTEAD:
        return ""
    empty = {one.table for one in validation.counts if one.rows_in and not one.rows_valid}
    if "customers" in empty:
        return "with them every customer is set aside"
    return "that is every row" if finding.broken >= finding.rows else ""


_SEEN = "reports/validation.html shows every finding, data/quarantine the rows."


def _brief(finding: Finding, tolerances: Tolerances) -> str:
    if not _is_beyond(finding, tolerances):
        return f"every row of {finding.table} is set aside, most by {finding.rule.name}"
    if not _has_many_rows(finding, tolerances):
        what = in_doubt(finding, tolerances)[0]
        return f"{_hangs(finding, what)}; at most {tolerances.in_doubt(what):.0%} may"
    most = tolerances.of(finding.table, finding.rule)
    return f"{_broken(finding)}; at most {most:.3%} may: {_example(finding)}"


def _broken(finding: Finding) -> str:
    if finding.customers is not None:
        n, of = finding.customers
        return f"{n} of {of} customers ({finding.share:.3%}) have {finding.broken} {finding.table} that break {finding.rule.name}"
    return f"{finding.broken} of {finding.rows} rows of {finding.table} ({finding.share:.3%}) break {finding.rule.name}"


def _example(finding: Finding) -> str:
    first, key = finding.examples[0], ", ".join(RAW_TABLES[finding.table].grain)
    return f"{first.column} = {first.value} at ({key}) = {first.key}"


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
) -> DataQuality:
    """`reports/validation.json`: rows by table, and every rule with what it found, its examples and its last finding.

    Args:
        settings: the portfolio's name and its config.
        validation: what was found.
        tolerances: what the findings are judged against.
        delivery: what tells this delivery from others (see `quality.delivery.trend`).
        previous: the summary of the last delivery, None where there was none.
    """
    name, portfolio = settings
    last = {(one["rule"], one["table"]): one for one in previous["rules"]} if previous else {}
    asked = [
        _entry(finding, tolerances, last.get((finding.rule.name, finding.table)))
        for finding in validation.findings
    ]
    return DataQuality(
        portfolio=name,
        delivery=delivery,
        complete_until=portfolio.complete_until.isoformat(),
        currency=portfolio.reporting_currency,
        stopped_by=tuple(f"{one.table}.{one.rule.name}" for one in beyond(validation, tolerances)),
        tables=tuple(TableCount(**asdict(count)) for count in validation.counts),
        previous=None if previous is None else _rows_before(previous),
        in_doubt=InDoubt(
            defaults=tolerances.in_doubt("defaults"), money=tolerances.in_doubt("money")
        ),
        rules=(*asked, *_not_asked(validation, tolerances)),
    )


def _rows_before(previous: Mapping[str, Any]) -> RowsBefore:
    tables = tuple(TableCount.model_validate(one) for one in previous["tables"])
    return RowsBefore(complete_until=previous["complete_until"], tables=tables)


def _not_asked(validation: Validation, tolerances: Tolerances) -> list[RuleFinding]:
    """The rules of a delivered table that had nothing to look at: no such column, no balance stated."""
    asked = {(one.table, one.rule.name) for one in validation.findings}
    return [
        _found(Finding(rule, count.table, 0, 0, None, ()), tolerances, "not_asked", None)
        for count in validation.counts
        for rule in rules_of(count.table)
        if (count.table, rule.name) not in asked
    ]


def _entry(finding: Finding, tolerances: Tolerances, last: Mapping[str, Any] | None) -> RuleFinding:
    done = _DONE.get(finding.rule.severity, "quarantined") if finding.broken else "clean"
    return _found(finding, tolerances, done, last)


def _found(
    finding: Finding, tolerances: Tolerances, done: Done, last: Mapping[str, Any] | None
) -> RuleFinding:
    rule: Rule = finding.rule
    is_asked = done != "not_asked"
    return RuleFinding(
        code=rule.name,
        subject=finding.table,
        outcome="not_applicable" if not is_asked else "failed" if finding.broken else "passed",
        value=finding.share if is_asked else None,
        threshold=tolerances.of(finding.table, rule),
        severity=rule.severity.value,
        title_en=rule.title[0],
        title_zh=rule.title[1],
        remedy_en=rule.remedy[0],
        remedy_zh=rule.remedy[1],
        is_estimate=isinstance(rule, MonthRule | FeedRule),
        broken=finding.broken,
        amount=finding.amount,
        done=done,
        is_beyond=_is_beyond(finding, tolerances),
        examples=tuple(Example(**asdict(one)) for one in finding.examples),
        previous=None
        if last is None or last["share"] is None  # nothing of it was asked then: no such column
        else Before(**{key: last[key] for key in ("broken", "share", "amount")}),
        measure="rows" if finding.customers is None else "customers",
        effect=finding.effect,
        in_doubt=in_doubt(finding, tolerances),
        heard=finding.heard,
    )
