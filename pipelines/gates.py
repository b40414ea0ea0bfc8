"""The gates as the project and its portfolio configure them: declared defaults, `configs/gates.yaml`, waivers."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.config.gates import GateConfig
from contracts.errors import ConfigError
from models.gates.gates import configured
from pipelines.settings import gate_overrides


def load_gates(waivers: Mapping[str, object] | None = None) -> dict[str, GateConfig]:
    """Code -> gate, after the waivers that the portfolio's yaml gives reasons for.

    Raises:
        ConfigError: `configs/gates.yaml` has a wrong key or a gate that nobody declares, or a waiver names no gate.
    """
    gates = configured(gate_overrides())
    for code, reason in (waivers or {}).items():
        if code not in gates:
            raise ConfigError.from_unknown("gate", code, gates, where="portfolio: waivers")
        gates[code] = gates[code].waived(str(reason))
    return gates
