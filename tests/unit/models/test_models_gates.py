"""Every gate passes, fires and declines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.config.params import GateConfig
from contracts.errors import ConfigError
from models.certificate import Violation
from models.drift import Shift
from models.gates import GATES, Evidence, check_gates
from models.intervals import Premium
from models.metrics import Cox, Measures

GOOD = Measures(
    n=1000, defaults=40, roc_auc=0.85, roc_auc_ci=(0.80, 0.90), average_precision=0.3, ks=0.5,
    brier=0.03, brier_skill=0.1, log_loss=0.1, ece=0.01, cox_slope=1.0, cox_intercept=0.0,
    mean_pd=0.041, level=0.0,
)  # fmt: skip
LINE = Cox(1.0, 0.1, 0.0, 0.3, 0.05, 0.15)
BROKEN = Violation(3, 1, "late", 1, {"late": 1.0}, {"late": 2.0}, -2.0, -2.5)
EVIDENCE = Evidence(
    test=GOOD,
    calibrate=replace(GOOD, roc_auc=0.86),
    cox=LINE,
    premium=Premium(0.02, (-0.01, 0.05)),
    violations=[],
    stability=Shift(0.01, 0.005, 0.001, 10),
    additivity_error=1e-12,
    confidence=0.95,
)
THRESHOLDS = {
    "PD-D1": 0.6, "PD-D2": 0.15, "PD-C1": 0.5, "PD-C2": 0.6, "PD-B1": 0.0,
    "PD-M1": 0, "PD-S1": 10, "PD-X1": 0.0, "PD-A1": 1e-5, "PD-N1": 10,
}  # fmt: skip
FIRES: dict[str, dict[str, Any]] = {
    "PD-D1": {"test": replace(GOOD, roc_auc=0.7, roc_auc_ci=(0.55, 0.85))},
    "PD-D2": {"calibrate": replace(GOOD, roc_auc=0.95)},  # Gini 0.90 less 0.70 = 0.20
    "PD-C1": {"cox": replace(LINE, level=-1.0)},  # 1.0 - 1.96 x 0.15 = 0.706
    "PD-C2": {"cox": replace(LINE, slope=0.4)},  # 0.4 + 0.196 = 0.596
    "PD-B1": {"test": replace(GOOD, brier_skill=0.0)},
    "PD-M1": {"violations": [BROKEN]},
    "PD-S1": {"stability": Shift(0.06, 0.005, 0.0, 10)},  # twelve times its critical value
    "PD-X1": {"premium": Premium(-0.1, (-0.15, -0.05))},
    "PD-A1": {"additivity_error": 2e-5},
    "PD-N1": {"test": replace(GOOD, defaults=9)},
}
DECLINES: dict[str, dict[str, Any]] = {
    "PD-D1": {"test": replace(GOOD, defaults=1)},
    "PD-D2": {"calibrate": None},
    "PD-C1": {"cox": None},
    "PD-C2": {"cox": None},
    "PD-B1": {"test": None},
    "PD-M1": {"violations": None},
    "PD-S1": {"stability": None},
    "PD-X1": {"premium": None},
    "PD-A1": {"additivity_error": None},
    "PD-N1": {"test": None},
}


@pytest.mark.parametrize("code", GATES)
def test_it_passes(code: str) -> None:
    finding = GATES[code](EVIDENCE, THRESHOLDS[code])
    assert finding.outcome == "passed"
    assert finding.value is not None


@pytest.mark.parametrize("code", GATES)
def test_it_fires(code: str) -> None:
    finding = GATES[code](replace(EVIDENCE, **FIRES[code]), THRESHOLDS[code])
    assert finding.outcome == "failed"
    assert finding.value is not None


@pytest.mark.parametrize("code", GATES)
def test_it_declines(code: str) -> None:
    finding = GATES[code](replace(EVIDENCE, **DECLINES[code]), THRESHOLDS[code])
    assert finding.outcome == "not_applicable"
    assert finding.value is None
    assert finding.detail.endswith(".")


def test_the_level_gate_forgives_what_chance_explains() -> None:
    vague = replace(EVIDENCE, cox=replace(LINE, level=-1.0, level_error=0.4))
    assert GATES["PD-C1"](vague, 0.5).outcome == "passed"  # 1.0 - 1.96 x 0.4 = 0.216


def test_a_violation_is_shown() -> None:
    detail = GATES["PD-M1"](replace(EVIDENCE, violations=[BROKEN]), 0).detail
    assert "tree 3, split 1: late from 1 to 2 moves the log-odds from -2 to -2.5" in detail


def gates() -> dict[str, GateConfig]:
    config = Path(__file__).parents[3] / "configs" / "gates.yaml"
    values = yaml.safe_load(config.read_text(encoding="utf-8"))
    return {code: GateConfig(**value) for code, value in values.items()}


def test_the_config_names_every_gate_and_no_other() -> None:
    assert set(gates()) == set(GATES)
    rows = check_gates(EVIDENCE, gates())
    assert [row["code"] for row in rows] == list(gates())
    assert {row["outcome"] for row in rows} == {"passed"}
    assert list(rows[0]) == ["code", "title", "outcome", "value", "threshold", "detail"]


def test_an_unknown_gate_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Unknown gate 'PD-D9'") as error:
        check_gates(EVIDENCE, gates() | {"PD-D9": GateConfig(title="?", threshold=0)})
    assert "Did you mean 'PD-D" in error.value.next_step


def test_a_gate_may_not_be_left_out_quietly() -> None:
    fewer = {code: gate for code, gate in gates().items() if code != "PD-M1"}
    with pytest.raises(ConfigError, match="A gate is left out"):
        check_gates(EVIDENCE, fewer)
