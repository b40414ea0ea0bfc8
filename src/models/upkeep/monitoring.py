"""The champion's registration sample against the newest cohorts: inputs, scores, outcomes, and what they ask for."""

from __future__ import annotations

import pandas as pd

from contracts.calendar import snapshots
from contracts.config.upkeep import MonitorConfig
from contracts.documents.monitoring import Monitoring, Observed, Registered, Span, most
from models.registry.champion import Champion
from models.upkeep.inputs import input_findings, input_shifts
from models.upkeep.outcomes import looked_ahead, outcome_findings
from models.upkeep.watched import Watched


def monitor(champion: Champion, seen: Watched, config: MonitorConfig) -> Monitoring:
    """Every check with what it asks for, and the most that any of them asks for."""
    shifts = input_shifts(seen, config)
    outcomes, grades = outcome_findings(
        seen.reference,
        seen.current,
        seen.matured,
        seen.horizon_months,
        seen.n_grades,
        config.significance,
    )
    findings = (*input_findings(seen, shifts, config), *looked_ahead(outcomes, seen.outlook))
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
        findings=findings,
        features=shifts,
        grades=grades,
        graded=_graded(seen),
        outlook=seen.outlook,
        rests_on=champion.rests_on,
        action=most(finding.action for finding in findings),
    )


def _graded(seen: Watched) -> Span | None:
    """The days of decision that the table of grades looks at: the matured ones whose outcome windows do not overlap."""
    days = snapshots(seen.matured["as_of"], seen.horizon_months)
    if not days:
        return None
    return Span(from_=days[0].date(), until=(days[-1] + pd.Timedelta(days=1)).date())
