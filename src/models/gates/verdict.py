"""Which gates stop a registration: only `passed` passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from contracts.config.gates import GateConfig
from contracts.errors import ContractError

PASSED, NOT_APPLICABLE = "passed", "not_applicable"


class Stopping(Protocol):
    """What decides whether a gate stops: its config, or a finding that carries it."""

    @property
    def blocks(self) -> bool:
        """Whether failing stops registration."""

    @property
    def not_applicable_blocks(self) -> bool:
        """Whether declining does."""


def blocked_by(checks: Sequence[Mapping[str, Any]], gates: Mapping[str, GateConfig]) -> list[str]:
    """Codes of the gates that stop registration; only "passed" passes.

    A gate that declines (`not_applicable`) stops it as a failed one does, unless the config says otherwise: what could
    not be examined was not shown. A blocking gate without a check stops it in any case.

    Raises:
        ContractError: a check is of no gate that is declared: nobody can say whether it stops.

    >>> gates = {"A": GateConfig(threshold=0), "B": GateConfig(threshold=0, blocks=False)}
    >>> blocked_by([{"code": "A", "outcome": "not_applicable"}, {"code": "B", "outcome": "failed"}], gates)
    ['A']
    >>> blocked_by([], gates)
    ['A']
    """
    outcomes = {check["code"]: check["outcome"] for check in checks}
    if strange := [code for code in outcomes if code not in gates]:
        raise ContractError(
            "The checks of the model name gates that nobody declares.",
            where="reports/checks.json, src/models/gates/declared",
            value=", ".join(f"{code} ({outcomes[code]})" for code in strange),
            next_step="`dvc repro evaluate` judges by the gates of today; or put back the file that declares the gate.",
        )
    return [code for code, gate in gates.items() if stops(outcomes.get(code, "absent"), gate)]


def stops(outcome: str, gate: Stopping) -> bool:
    """Whether a gate with this outcome stops registration.

    >>> stops("not_applicable", GateConfig(threshold=0, not_applicable_blocks=False))
    False
    """
    excused = outcome == NOT_APPLICABLE and not gate.not_applicable_blocks
    return gate.blocks and outcome != PASSED and not excused
