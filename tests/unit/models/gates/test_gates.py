"""Every gate passes, fires and declines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, norm

from contracts.config.gates import GateConfig, GateOverride
from contracts.config.portfolio import WaiverConfig
from contracts.documents.checks import GateFinding
from contracts.documents.number import Figure
from contracts.documents.validation_inside import Granted
from contracts.documents.validation_model import Figures, OriginYear
from contracts.errors import ConfigError
from models.gates.certificate import Violation
from models.gates.evidence import Evidence
from models.gates.gates import GATES, configured, judge_gates
from models.gates.single import SingleInput
from models.gates.turned import turned_pairs
from models.measures.agreement import AgreedGrade, Agreement
from models.measures.backtests import Backtest
from models.measures.drift import Shift
from models.measures.intervals import Premium
from models.measures.metrics import Cox, Measures
from models.measures.rivals import Paired, Rivalry
from models.registry.card import _gates
from pipelines.configured.gates import load_gates
from reports.locale.catalogue import FOLDER, LANGUAGES, catalogue
from reports.locale.gates import check, told

GOOD = Measures(
    n=1000, defaults=40, roc_auc=0.85, roc_auc_ci=(0.80, 0.90), average_precision=0.3, ks=0.5,
    brier=0.03, brier_skill=0.1, log_loss=0.1, ece=0.01, cox_slope=1.0, cox_intercept=0.0,
    mean_pd=0.041, level=0.0,
)  # fmt: skip
LINE = Cox(1.0, 0.1, 0.0, 0.3, 0.05, 0.15)
KNOWN = "known, and lived with until autumn"
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


def rival(name: str, gini: float, loss: float) -> Rivalry:
    """Ahead by these, each with a standard error of 0.01."""
    return Rivalry(name, Paired(gini, 0.01), Paired(loss, 0.01))


def segment(share: float) -> Granted:
    return Granted(
        segment="customer_industry", level="food", n=10, granted_exposure=0.0, no_exposure=share == 1, share_without=share,
    )  # fmt: skip


def measured_year(ratio: float, low: float, high: float) -> Figures:
    """What a year that followed an origin was measured as."""
    figure, area = Figure(value=0.1, low=0.0, high=0.2), Figure(value=0.8, low=0.75, high=0.85)
    every = dict.fromkeys(Figures.model_fields, figure)
    own = {"n": 900, "defaults": 40, "mean_pd": 0.02, "roc_auc": area}
    return Figures(
        **every | own | {"observed_to_expected": Figure(value=ratio, low=low, high=high)}
    )


def year(origin: str, *ratio: float) -> OriginYear:
    day = date.fromisoformat(origin)
    return OriginYear(origin=day, until=day.replace(year=day.year + 1), figures=measured_year(*ratio))  # fmt: skip


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
    rivals=[
        rival("lightgbm", 0.01, 0.0),
        rival("by_hand", -0.01, 0.01),
        rival("scorecard", 0.05, 0.02),
    ],
    inputs=[SingleInput("late", 0.79, 0.80), SingleInput("equity", 0.62)],
    shipped=Agreement(
        900, 0.93, 0.02, 0.022, (AgreedGrade(4, 210, 0.01, 0.012), AgreedGrade(6, 90, 0.04, 0.03))
    ),
    shipped_violations=[],
    origins=[year("2022-01-31", 1.4, 1.1, 1.8), year("2023-01-31", 0.8, 0.6, 1.1)],
    pooled=measured_year(1.1, 0.9, 1.3),
)
FIRES: dict[str, dict[str, Any]] = {
    # of 14 customers that defaulted there, the others expect 0.16 / 0.8 x 14 = 2.8
    "PD-L1": {
        "inputs": [
            SingleInput(
                "form", 0.6, 0.8, share=0.02, caught=0.3, rate=0.8, expected=0.16, customers=14
            )
        ]
    },
    "PD-D1": {"test": replace(GOOD, roc_auc=0.7, roc_auc_ci=(0.55, 0.85))},
    "PD-D2": {"calibrate": replace(GOOD, roc_auc=0.95)},  # Gini 0.90 less 0.70 = 0.20
    "PD-C1": {"cox": replace(LINE, level=-1.0)},  # 1.0 - 1.96 x 0.15 = 0.706
    "PD-C2": {"cox": replace(LINE, slope=0.4)},  # 0.4 + 0.196 = 0.596
    "PD-B1": {"test": replace(GOOD, brier_skill=0.0)},
    "PD-M1": {"violations": [BROKEN]},
    "PD-S1": {"stability": Shift(0.06, 0.005, 0.0, 10)},  # twelve times its critical value
    "PD-X1": {"premium": Premium(-0.1, (-0.15, -0.05))},
    # 3 standard errors behind: p = 0.00135, times two measures and two rivals
    "PD-X2": {"rivals": [rival("lightgbm", 0.02, -0.03), rival("scorecard", 0.02, 0.02)]},
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
    "PD-F1": {"shipped_violations": [BROKEN]},
    "PD-O1": {
        "pooled": measured_year(1.0, 0.9, 1.1).model_copy(
            update={"roc_auc": Figure(value=0.7, low=0.59, high=0.8)}
        )
    },
    # ln 2.1 = 0.74; a third, with 0.5 as its nearer end (ln 2 = 0.69), would pass
    "PD-O2": {"origins": [year("2022-01-31", 3.0, 2.1, 4.0), year("2023-01-31", 0.33, 0.2, 0.5)]},
    "PD-F2": {"shipped": Agreement(900, 0.49, 0.02, 0.022, ())},
    # a quarter: ln 4 = 1.39; the other grade is nearer, ln 2 = 0.69
    "PD-F3": {
        "shipped": Agreement(
            900, 0.93, 0.02, 0.01, (AgreedGrade(4, 90, 0.01, 0.02), AgreedGrade(6, 90, 0.04, 0.01))
        )
    },
}
DECLINES: dict[str, dict[str, Any]] = {
    "PD-L1": {"inputs": None},
    "PD-D1": {"test": replace(GOOD, defaults=1)},
    "PD-D2": {"calibrate": None},
    "PD-C1": {"cox": None},
    "PD-C2": {"cox": None},
    "PD-B1": {"test": None},
    "PD-M1": {"violations": None},
    "PD-S1": {"stability": None},
    "PD-X1": {"premium": None},
    "PD-X2": {"rivals": None},
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
    "PD-F1": {"shipped_violations": None},
    "PD-O1": {"pooled": None},
    "PD-O2": {"origins": []},
    "PD-F2": {"shipped": Agreement(900, None, 0.02, 0.02, ())},
    "PD-F3": {"shipped": None},
}


CASES: dict[str, dict[str, dict[str, Any]]] = {
    "passed": {code: {} for code in GATES},
    "failed": FIRES,
    "not_applicable": DECLINES,
}
each = pytest.mark.parametrize("code", GATES)


def found(code: str, threshold: float | None = None, **changed: Any) -> GateFinding:
    """What a gate says, at its declared threshold unless another is given."""
    gate = GATES[code]
    config = gate.config if threshold is None else GateConfig(threshold=threshold)
    return gate.finding(replace(EVIDENCE, **changed), config)


def test_every_declared_gate_passes_fires_and_declines_in_these_tests() -> None:
    """A gate without its three cases fails here, however it was added."""
    assert set(FIRES) == set(DECLINES) == set(GATES)
    assert len(GATES) >= 16


@each
def test_it_passes(code: str) -> None:
    finding = found(code)
    assert (finding.code, finding.outcome) == (code, "passed")
    assert finding.value is not None


@each
def test_it_fires(code: str) -> None:
    finding = found(code, **FIRES[code])
    assert finding.outcome == "failed"
    assert finding.value is not None


@each
def test_it_declines(code: str) -> None:
    finding = found(code, **DECLINES[code])
    assert finding.outcome == "not_applicable"
    assert (finding.value, finding.end) == (None, None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", CASES)
@each
def test_it_is_said_in_both_languages_without_a_blank(code: str, outcome: str, language: Any) -> None:  # fmt: skip
    """Every figure that a sentence asks for is there, and none of them is a dash."""
    finding = found(code, **CASES[outcome][code])
    text = told(language, finding)
    assert text.endswith("." if language == "en" else "。")
    assert "\N{EN DASH}" not in text
    assert "{" not in text
    assert catalogue(language).text(f"{code}.title")


def test_what_is_said_of_gates_stands_in_one_catalogue() -> None:
    """The stage that writes `reports/checks.json` depends on this file and no other, so a page may be reworded without it."""
    file = (FOLDER / "en" / "gates.po").read_text(encoding="utf-8")
    entries = set(re.findall(r'(?m)^msgid "(.+)"$', file))
    failed = {code: gate.cases or ("failed",) for code, gate in GATES.items()}
    parts = {code: ("title", "passed", "not_applicable", *failed[code]) for code in GATES}
    wanted = {f"{code}.{part}" for code in GATES for part in parts[code]}
    wanted |= {"gate.waived", "gate.experience"}
    groups = set(re.findall(r":@([\w.]+)}", file))
    inside = {one for one in entries if any(one.startswith(f"{group}.") for group in groups)}
    assert entries - inside == wanted
    assert groups == {"model.segment", "gate.rival"}
    assert len(inside) == 4 + 3


def test_the_level_gate_forgives_what_chance_explains() -> None:
    vague = found("PD-C1", cox=replace(LINE, level=-1.0, level_error=0.4))
    assert vague.outcome == "passed"
    assert vague.end == pytest.approx(0.216, abs=5e-4)  # 1.0 - 1.96 x 0.4


def test_a_violation_is_shown() -> None:
    detail = told("en", found("PD-M1", violations=[BROKEN]))
    assert "in tree 3, split 1, a move of late from 1 to 2 takes the logit from −2 to −2.5" in detail  # fmt: skip


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
    assert found("PD-G1", grades=rows).outcome == "passed"
    assert "in these grades: 1." in told("en", found("PD-G1", grades=graded(20)))


def test_the_worst_segment_is_named() -> None:
    worst = found("PD-T1", exposed=[segment(0.1), segment(0.6)])
    assert worst.value == 0.6
    assert "Industry “food”: 60% of 10 customers" in told("en", worst)


def test_a_waiver_is_told_where_the_gate_does_not_pass_and_only_there() -> None:
    waived = {code: gate.waived("known") for code, gate in load_gates().items()}
    for row in judge_gates(EVIDENCE, waived):
        assert (row.outcome, row.blocks) == ("passed", False)
        assert "known" not in check(row, stops=False).detail
    rows = [row for row in judge_gates(replace(EVIDENCE, test=None), waived) if row.outcome != "passed"]  # fmt: skip
    assert rows
    assert all("Waived: known." in check(row, stops=False).detail for row in rows)


def test_the_file_keeps_its_keys() -> None:
    rows = [check(row, stops=False) for row in judge_gates(EVIDENCE, load_gates())]
    assert {row.outcome for row in rows} == {"passed"}
    assert list(rows[0].model_dump()) == ["code", "title", "outcome", "value", "threshold", "detail", "stops", "blocks", "waiver"]  # fmt: skip


def test_the_projects_file_holds_every_gate_to_what_it_declares() -> None:
    """What the file says and what is declared are the same today: a reader of either is not misled."""
    assert load_gates() == {code: GATES[code].config for code in load_gates()}
    assert set(load_gates()) == set(GATES)


def test_an_override_goes_before_the_declared_default_and_the_rest_follow() -> None:
    gates = configured({"PD-S1": GateOverride(threshold=3), "PD-B1": GateOverride(waiver=KNOWN)})
    assert list(gates)[:2] == ["PD-S1", "PD-B1"]
    assert (gates["PD-S1"].threshold, gates["PD-S1"].blocks) == (3, False)
    assert (gates["PD-B1"].blocks, gates["PD-B1"].waiver) == (False, KNOWN)
    assert gates["PD-D1"] == GATES["PD-D1"].config
    assert set(gates) == set(GATES)


def test_an_unknown_gate_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Unknown gate 'PD-D9'") as error:
        configured({"PD-D9": GateOverride(threshold=0)})
    assert "Did you mean 'PD-D" in error.value.next_step
    with pytest.raises(ConfigError, match="Unknown gate 'PD-D9'"):
        judge_gates(EVIDENCE, configured({}) | {"PD-D9": GateConfig(threshold=0)})


@pytest.mark.parametrize("code", ["PD-D1", "PD-A1"])
def test_a_gate_that_blocks_is_let_go_for_a_reason_alone(code: str) -> None:
    with pytest.raises(ConfigError, match=rf"without a reason.*\n.*{code} > blocks"):
        configured({code: GateOverride(blocks=False)})
    with pytest.raises(ConfigError, match="not_applicable_blocks"):
        configured({code: GateOverride(not_applicable_blocks=False)})
    assert not configured({code: GateOverride(blocks=False, waiver=KNOWN)})[code].blocks
    # one that blocks nothing by itself may say so, and may be made to block
    assert not configured({"PD-D2": GateOverride(blocks=False)})["PD-D2"].blocks
    assert configured({"PD-D2": GateOverride(blocks=True)})["PD-D2"].blocks


@pytest.mark.parametrize("code", sorted(GATES))
def test_a_threshold_with_which_a_gate_would_not_judge_is_refused(code: str) -> None:
    """Its default, and both ends, are legal; a step beyond either end, and a percentage for a share, are not."""
    (low, high), default = GATES[code].bounds, GATES[code].threshold
    assert low <= default <= high
    for legal in (low, high):
        assert configured({code: GateOverride(threshold=legal)})[code].threshold == legal
    for illegal in (low - 0.00005, high + 0.00005, -7.0, 1e15):
        with pytest.raises(ConfigError, match="threshold lies between") as error:
            configured({code: GateOverride(threshold=illegal)})
        assert error.value.value == illegal
        assert code in error.value.where


def test_every_mistake_of_the_gates_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match="2 mistakes") as error:
        configured({"PD-D1": GateOverride(threshold=60), "PD-D9": GateOverride()})
    assert {one.where for one in error.value.parts()} == {"configs/gates.yaml > PD-D1 > threshold", "configs/gates.yaml"}  # fmt: skip


def test_a_gate_may_not_be_left_out_quietly() -> None:
    fewer = {code: gate for code, gate in configured({}).items() if code != "PD-M1"}
    with pytest.raises(ConfigError, match="A gate is left out"):
        judge_gates(EVIDENCE, fewer)


def test_the_worst_rival_is_named_with_its_figures() -> None:
    finding = found("PD-X2", **FIRES["PD-X2"])
    assert finding.value == pytest.approx(4 * norm.cdf(-3.0))
    assert finding.values["rival"] == "lightgbm"
    assert (finding.values["gini"], finding.values["log_loss"]) == (0.02, 0.03)


def test_a_waiver_stands_beside_its_gate_in_the_card_whether_or_not_it_passes() -> None:
    who = WaiverConfig(reason="No downturn is in the data yet", by="R. Stein, credit committee")
    gates = load_gates({"PD-C1": who})
    rows = [check(row, stops=False) for row in judge_gates(EVIDENCE, gates)]
    told = {row.code: row for row in rows}
    assert told["PD-C1"].outcome == "passed"
    assert told["PD-C1"].waiver == "No downturn is in the data yet (R. Stein, credit committee)"
    lines = _gates([row.model_dump() for row in rows]).splitlines()
    line = next(one for one in lines if one.startswith("| PD-C1 |"))
    assert "| waived: No downturn is in the data yet (R. Stein, credit committee) |" in line
    assert next(one for one in lines if one.startswith("| PD-D1 |")).count("| stops registration |") == 1  # fmt: skip
    assert next(one for one in lines if one.startswith("| PD-J1 |")).count("| is reported |") == 1
