"""The gates as the project and its portfolio configure them: declared defaults, `configs/gates.yaml`, waivers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from contracts.config.gates import GateConfig
from contracts.errors import ConfigError
from models.gates.gates import GATES, configured, excused
from pipelines.settings import Settings, gate_overrides, tried


def load_gates(
    waivers: Mapping[str, object] | None = None, *, is_stated: bool = False
) -> dict[str, GateConfig]:
    """Code -> gate, after the waivers that the portfolio's yaml gives reasons for.

    Args:
        waivers: reasons by code.
        is_stated: whether the score rests on stated experience; gates of outcomes decline and do not stop it.

    Raises:
        ConfigError: `configs/gates.yaml` has a wrong key or a gate that nobody declares, or waivers name no gate: all in one message.
    """
    found, wrong = tried(lambda: configured(gate_overrides()))
    given = waivers or {}
    wrong += [ConfigError.from_unknown("gate", code, GATES, where="portfolio: waivers") for code in given if code not in GATES]  # fmt: skip
    if wrong or found is None:
        raise ConfigError.together(wrong)
    gates = found | {code: found[code].waived(str(reason)) for code, reason in given.items()}
    return excused(gates) if is_stated else gates


def checked_inputs(settings: Settings, lineage: pd.DataFrame) -> frozenset[str]:
    """Inputs that the portfolio's yaml says a person has checked.

    Raises:
        ConfigError: one of them is no feature of this run.
    """
    features = list(lineage["feature"])
    for name in settings.portfolio.checked_inputs:
        if name not in features:
            raise ConfigError.from_unknown("feature", name, features, where="portfolio: checked_inputs")  # fmt: skip
    return frozenset(settings.portfolio.checked_inputs)
