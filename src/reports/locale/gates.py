"""What a gate asks and what it found, in one language: the page and `reports/checks.json` say the same."""

from __future__ import annotations

from contracts.documents.checks import Check, GateFinding
from contracts.documents.finding import Finding
from reports.locale.catalogue import Language, say


def detail(language: Language, finding: Finding) -> str:
    """What was found; the value and the threshold may stand in the sentence beside its other figures."""
    given = {"value": finding.value, "threshold": finding.threshold}
    return say(language, finding.entry, given | finding.values)


def told(language: Language, finding: GateFinding) -> str:
    """What a gate found, and why it is waived where it does not pass."""
    found = detail(language, finding)
    if finding.waiver is None or finding.outcome == "passed":
        return found
    return say(language, "gate.waived", {"detail": found, "waiver": finding.waiver})


def check(finding: GateFinding, *, stops: bool) -> Check:
    """A gate as `reports/checks.json` has it, in English; `stops` says whether it keeps the model out of the registry."""
    return Check(
        code=finding.code,
        title=say("en", f"{finding.code}.title"),
        outcome=finding.outcome,
        value=finding.value,
        threshold=finding.threshold,
        detail=told("en", finding),
        stops=stops,
        blocks=finding.blocks,
        waiver=finding.waiver,
    )
