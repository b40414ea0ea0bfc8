"""Which gates stop a registration: only `passed` passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.config.gates import GateConfig

PASSED, NOT_APPLICABLE = "passed", "not_applicable"


def blocked_by(checks: Sequence[Mapping[str, Any]], gates: Mapping[str, GateConfig]) -> list[str]:
    """Codes of the gates that stop registration; only "passed" passes.

    A gate that declines (`not_applicable`) stops it as a failed one does, unless the config says otherwise: what could
    not be examined was not shown. A blocking gate without a check stops it in any case.

    >>> gates = {"A": GateConfig(title="", threshold=0), "B": GateConfig(title="", threshold=0, blocks=False)}
    >>> blocked_by([{"code": "A", "outcome": "not_applicable"}, {"code": "B", "outcome": "failed"}], gates)
    ['A']
    >>> blocked_by([], gates)
    ['A']
    """
    outcomes = {check["code"]: check["outcome"] for check in checks}
    stopped = []
    for code, gate in gates.items():
        outcome = outcomes.get(code, "absent")
        excused = outcome == NOT_APPLICABLE and not gate.not_applicable_blocks
        if gate.blocks and outcome != PASSED and not excused:
            stopped.append(code)
    return stopped
