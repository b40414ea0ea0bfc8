"""The champion's registration sample against the newest cohorts: inputs, scores, outcomes, and what they ask for."""

from __future__ import annotations

import pandas as pd

from contracts.calendar import snapshots
from contracts.config.upkeep import MonitorConfig
from contracts.documents.data_quality import DataQuality
from contracts.documents.monitoring import Monitoring, Observed, Registered, Span, most
from models.registry.champion import Champion
from models.upkeep.budget import Allowance, looks_a_year
from models.upkeep.feeds import feed_finding, feeds
from models.upkeep.inputs import input_findings
from models.upkeep.outcomes import outcome_findings
from models.upkeep.ruling import Ruled, ruled
from models.upkeep.sequence import sequence_findings
from models.upkeep.watched import Watched, follow


def monitor(
    champion: Champion,
    seen: Watched,
    config: MonitorConfig,
    decided: Ruled | None = None,
    delivery: DataQuality | None = None,
) -> Monitoring:
    """Every check with what it asks for, and the most that any of them asks for.

    Args:
        champion: the version in use.
        seen: what is compared.
        config: the budget.
        decided: what is done about the calibration; what bears on it asks for that, and the months are held against what it waits for.
        delivery: what validation found of the feeds; None where it was not asked.
    """
    done = None if decided is None else decided.ruling
    allowed = allowance(seen, config)
    inputs, shifts = input_findings(seen, allowed)
    monthly, sequence = sequence_findings(
        seen, follow(seen), allowed, None if done is None else done.shown
    )
    outcomes, grades = outcome_findings(seen, allowed)
    told = [*monthly, *outcomes]
    heard = () if delivery is None else feeds(seen, delivery)
    inputs = inputs if delivery is None else [*inputs, feed_finding(seen, heard)]
    findings = (*inputs, *(told if done is None else ruled(told, done)))
    days = seen.current["as_of"]
    return Monitoring(
        portfolio=champion.bundle.json("contract.json")["portfolio"],
        champion=Registered(
            name=champion.name,
            version=champion.version,
            digest=champion.digest,
            from_=pd.Timestamp(seen.reference["from"]).date(),
            until=pd.Timestamp(seen.reference["until"]).date(),
        ),
        current=Observed(
            from_=days.min().date(),
            until=(days.max() + pd.Timedelta(days=1)).date(),
            rows=len(seen.current),
            customers=seen.customers[1],
        ),
        budget=allowed.told(),
        findings=findings,
        features=shifts,
        grades=grades,
        graded=_graded(seen),
        sequence=sequence,
        outlook=seen.outlook if decided is None else decided.outlook,
        ruling=done,
        rests_on=champion.rests_on,
        action=most(finding.action for finding in findings),
        feeds=heard,
    )


def allowance(seen: Watched, config: MonitorConfig) -> Allowance:
    """The budget at the pace of the book's days of decision."""
    rows = seen.current if seen.every is None else seen.every
    return Allowance(config.false_alarms_a_year, looks_a_year(rows["as_of"]))


def _graded(seen: Watched) -> Span | None:
    """The days of decision that the table of grades looks at: the matured ones whose outcome windows do not overlap."""
    days = snapshots(seen.matured["as_of"], seen.horizon_months)
    if not days:
        return None
    return Span(from_=days[0].date(), until=(days[-1] + pd.Timedelta(days=1)).date())
