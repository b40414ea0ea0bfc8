"""Every gate passes, fires and declines."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.stats import beta

from contracts.config.gates import GateConfig
from contracts.errors import ConfigError
from models.gates.backtest_gates import turned_pairs
from models.gates.certificate import Violation
from models.gates.evidence import Evidence
from models.gates.ranking_gates import GATES, check_gates, judge_gates
from models.measures.backtests import Backtest
from models.measures.drift import Shift
from models.measures.intervals import Premium
from models.measures.metrics import Cox, Measures
from pipelines import ROOT

GOOD = Measures(
    n=1000, defaults=40, roc_auc=0.85, roc_auc_ci=(0.80, 0.90), average_precision=0.3, ks=0.5,
    brier=0.03, brier_skill=0.1, log_loss=0.1, ece=0.01, cox_slope=1.0, cox_intercept=0.0,
    mean_pd=0.041, level=0.0,
)  # fmt: skip
LINE = Cox(1.0, 0.1, 0.0, 0.3, 0.05, 0.15)
BROKEN = Violation(3, 1, "late", 1, {"late": 1.0}, {"late": 2.0}, -2.0, -2.5)


def graded(*defaults: int) -> list[dict[str, Any]]:
    """Ten grades of 100 rows each; a PD of 5 % everywhere expects 5 defaults in each."""
    seen = [*defaults, *[5] * (10 - len(defaults))]
    return [
        {
            "grade": number,
            "n": 100,
            "defaults": bad,
            "mean_pd": 0.05,
            "jeffreys_p": float(beta.cdf(0.05, bad + 0.5, 100.5 - bad)),
        }
        for number, bad in enumerate(seen, start=1)
    ]


def segment(share: float) -> dict[str, Any]:
    return {"segment": "customer_industry", "level": "food", "n": 10, "share_without": share}


EVIDENCE = Evidence(
    test=GOOD,
    calibrate=replace(GOOD, roc_auc=0.86),
    cox=LINE,
    premium=Premium(0.02, (-0.01, 0.05)),
    violations=[],
    stability=Shift(0.01, 0.005, 0.001, 10),
    additivity_error=1e-12,
    confidence=0.95,
    turned=0.0,
    grades=graded(),
    then_and_now=Backtest(0.4, 0.34, 1000),
    exposed=[segment(0.1), segment(0.3)],
)
THRESHOLDS = {
    "PD-D1": 0.6, "PD-D2": 0.15, "PD-C1": 0.5, "PD-C2": 0.6, "PD-B1": 0.0,
    "PD-M1": 0, "PD-S1": 10, "PD-X1": 0.0, "PD-A1": 1e-5, "PD-N1": 10,
    "PD-R1": 0.0, "PD-J1": 0.05, "PD-G1": 0, "PD-P1": 0.05, "PD-H1": 0.3, "PD-T1": 0.5,
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
    "PD-R1": {"turned": 1e-9},
    "PD-J1": {"grades": graded(9, 9, 9, 9, 9, 9)},  # 74 seen, 50 expected
    "PD-G1": {
        "grades": graded(20)
    },  # one grade with four times its share; the book as a whole holds
    "PD-P1": {"then_and_now": Backtest(2.0, 0.0228, 1000)},
    "PD-H1": {"grades": [row | {"n": 900 if row["grade"] == 5 else 10} for row in graded()]},
    "PD-T1": {"exposed": [segment(0.1), segment(0.6)]},
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
    "PD-R1": {"turned": None},
    "PD-J1": {
        "grades": [row | {"defaults": 0, "mean_pd": 0.004} for row in graded()]
    },  # 4 expected, 0 seen
    "PD-G1": {"grades": []},
    "PD-P1": {"then_and_now": None},
    "PD-H1": {"grades": None},
    "PD-T1": {"exposed": None},
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
    assert finding.detail_zh.endswith("。")


def test_the_level_gate_forgives_what_chance_explains() -> None:
    vague = replace(EVIDENCE, cox=replace(LINE, level=-1.0, level_error=0.4))
    assert GATES["PD-C1"](vague, 0.5).outcome == "passed"  # 1.0 - 1.96 x 0.4 = 0.216


def test_a_violation_is_shown() -> None:
    detail = GATES["PD-M1"](replace(EVIDENCE, violations=[BROKEN]), 0).detail
    assert "tree 3, split 1: late from 1 to 2 moves the log-odds from -2 to -2.5" in detail


def test_turned_pairs_are_counted_one_by_one() -> None:
    """Against every pair looked at; equal PDs turn nothing round, equal margins are no pair."""
    random = np.random.default_rng(2)
    margin = np.round(random.normal(size=60), 1)
    chance = np.round(1 / (1 + np.exp(-margin - 0.4 * np.sin(40 * margin))), 2)
    pairs = [
        (low, high) for low in sorted(set(margin)) for high in sorted(set(margin)) if low < high
    ]
    of = dict(zip(margin, chance, strict=True))
    turned = sum(of[high] < of[low] for low, high in pairs)
    assert turned > 5
    assert turned_pairs(margin, chance) == pytest.approx(turned / len(pairs), abs=1e-12)


def test_steps_and_last_digits_turn_nothing_round() -> None:
    margin = np.array([-3.0, -2.0, -1.0, 0.0])
    assert turned_pairs(margin, np.array([0.1, 0.1, 0.1, 0.2])) == 0.0
    assert turned_pairs(margin, np.array([0.1, 0.2, 0.2 - 1e-16, 0.3])) == 0.0
    assert turned_pairs(margin, margin[::-1]) == 1.0
    assert turned_pairs(np.zeros(3), np.array([0.1, 0.1, 0.1])) is None


def test_a_few_bad_grades_among_many_need_more_than_one_in_twenty() -> None:
    """Ten tests at 5 % each would fire in 40 % of right books; with false-discovery control ten defaults for five do not."""
    rows = graded(10)
    assert rows[0]["jeffreys_p"] < 0.05
    assert GATES["PD-G1"](replace(EVIDENCE, grades=rows), 0).outcome == "passed"
    assert "in grade 1." in GATES["PD-G1"](replace(EVIDENCE, grades=graded(20)), 0).detail


def test_the_worst_segment_is_named() -> None:
    found = GATES["PD-T1"](replace(EVIDENCE, exposed=[segment(0.1), segment(0.6)]), 0.5)
    assert found.value == 0.6
    assert "customer_industry=food: 60% of 10 customers" in found.detail


def test_the_rows_speak_both_languages_and_the_file_keeps_its_keys() -> None:
    waived = {code: gate.waived("known") for code, gate in gates().items()}
    rows = judge_gates(EVIDENCE, waived)
    assert all(row["title_zh"] != row["title"] for row in rows)
    assert {row["outcome"] for row in rows} == {"passed"}
    assert not any("known" in row["detail"] or "known" in row["detail_zh"] for row in rows)


def test_a_waiver_is_told_where_the_gate_does_not_pass() -> None:
    waived = {code: gate.waived("known") for code, gate in gates().items()}
    without = dataclasses.replace(EVIDENCE, test=None)
    rows = [row for row in judge_gates(without, waived) if row["outcome"] != "passed"]
    assert rows
    assert all("known" in row["detail"] and "known" in row["detail_zh"] for row in rows)


def gates() -> dict[str, GateConfig]:
    config = ROOT / "configs" / "gates.yaml"
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
