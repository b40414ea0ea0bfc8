"""Every declared gate, found by listing `models.gates.declared`, under the overrides of `configs/gates.yaml`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from contracts.config.gates import GateConfig, GateOverride
from contracts.documents.checks import GateFinding
from contracts.errors import ConfigError
from models.gates import declared
from models.gates.evidence import Evidence
from models.gates.gate import Gate

WHERE = "configs/gates.yaml"


def _declared() -> dict[str, Gate[Any]]:
    found: dict[str, Gate[Any]] = {}
    for module in pkgutil.iter_modules(declared.__path__):
        gate: Gate[Any] = importlib.import_module(f"{declared.__name__}.{module.name}").GATE
        if gate.code in found:
            raise ValueError(f"Two gates are called {gate.code}; the second is in {module.name}.")
        found[gate.code] = gate
    return dict(sorted(found.items()))


GATES: Mapping[str, Gate[Any]] = MappingProxyType(_declared())
"""Every gate by its code."""


def configured(overrides: Mapping[str, GateOverride]) -> dict[str, GateConfig]:
    """Every gate's config: first those with an override, in its order, then the others with their defaults.

    Raises:
        ConfigError: overrides are for gates that nobody declares, a threshold lies where its gate would pass everything, or nothing, or a gate
            that stops registration is told not to without a reason: all of them in one message.
    """
    if wrong := [found for code, one in overrides.items() for found in _wrong(code, one)]:
        raise ConfigError.together(wrong)
    order = [*overrides, *(code for code in GATES if code not in overrides)]
    return {code: overrides.get(code, GateOverride()).over(GATES[code].config) for code in order}


def _wrong(code: str, override: GateOverride) -> Iterator[ConfigError]:
    if code not in GATES:
        yield ConfigError.from_unknown("gate", code, GATES, where=WHERE)
        return
    gate = GATES[code]
    beyond = override.beyond(gate.bounds, where=f"{WHERE} > {code} > threshold")
    unexplained = override.unexplained(gate.config, where=f"{WHERE} > {code}")
    yield from (one for one in (beyond, unexplained) if one is not None)


def excused(gates: Mapping[str, GateConfig]) -> dict[str, GateConfig]:
    """The gates as a score of stated experience is held to them: one of outcomes declines, and that does not stop it."""
    may = {"not_applicable_blocks": False}
    return {
        code: one.model_copy(update=may) if GATES[code].of_outcomes else one
        for code, one in gates.items()
    }


def judge_gates(evidence: Evidence, gates: Mapping[str, GateConfig]) -> list[GateFinding]:
    """What each gate says, in the order of the config.

    Raises:
        ConfigError: the config names a gate that nobody declares, or leaves out one that is declared.
    """
    for code in gates:
        if code not in GATES:
            raise ConfigError.from_unknown("gate", code, GATES, where=WHERE)
    if absent := [code for code in GATES if code not in gates]:
        raise ConfigError(
            "A gate is left out.",
            where=WHERE,
            value=", ".join(absent),
            next_step="Add it; to let a model pass that fails it, give it a `waiver` with the reason.",
        )
    return [GATES[code].finding(evidence, config) for code, config in gates.items()]
