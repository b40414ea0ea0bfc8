"""What a committee is told beside the gates, on random packs: each finding where it holds, with the figures of the pack, and nowhere else."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm

from contracts.documents.validation_model import ValidationFinding
from models.validation.findings import findings
from reports.locale.gates import detail
from tests.validation_packs import Pack, demo_pack, document

DEMO = document(demo_pack()).to_json()
NOTHING = {"value": None, "low": None, "high": None}
STATED = {"why": "few", "customers": 7, "needed": 20, "long_run_rate": 0.03, "stated_pd": 0.03, "mean_pd": 0.027, "data_share": 0.2, "level_share": 0.5, "points_share": 0.2, "inputs": 12, "absent": ()}  # fmt: skip
BOUNDS = [0.05, 0.1, 0.2]
MIN = 5  # defaults of a segment that is judged
Z = float(norm.ppf(0.975))


def interval(value: float, half: float) -> Pack:
    return {"value": value, "low": value - half, "high": value + half}


def drawn(seed: int) -> Pack:
    """The demo's pack with what its findings hang on drawn anew."""
    draw, pack = np.random.default_rng(seed), copy.deepcopy(DEMO)
    coin = lambda chance=0.5: bool(draw.random() < chance)  # noqa: E731 - one word, used often
    models = pack["models"]
    test = models["lightgbm"]["test"]
    test["roc_auc"] = NOTHING if coin(0.2) else interval(float(draw.choice([0.8, 0.97])), 0.04)
    pack["selective"]["truth"]["gini"] = None if coin(0.1) else float(draw.uniform(0.5, 0.9))
    test["level"]["value"] = None if coin(0.1) else float(draw.normal(0, 0.5))
    if coin(0.3):
        del models["oracle"]
    else:
        models["oracle"]["test"]["gini"]["value"] = float(draw.uniform(0.5, 0.9))
    pack["premium"]["gini"] = NOTHING if coin(0.2) else interval(float(draw.choice([-0.06, 0, 0.06])), 0.03)  # fmt: skip
    pack["stability"] = [row | {"flagged": coin(0.1)} for row in pack["stability"]]
    pack["segments"] = [
        row | {
            "defaults": int(draw.integers(0, 40)), "roc_auc": NOTHING if coin(0.2) else interval(float(draw.choice([0.42, 0.52, 0.7, 0.8])), 0.05),
            "level_off": NOTHING if coin(0.2) else interval(float(draw.normal(0, 0.6)), 0.5),
        }
        for row in pack["segments"][: int(draw.integers(0, 6))]
    ]  # fmt: skip
    counts = draw.integers(1, 100, len(pack["grades"])) * (20 if coin(0.5) else 1) ** np.eye(len(pack["grades"]))[int(draw.choice([0, 9]))]  # fmt: skip
    pack["grades"] = [row | {"n": int(n)} for row, n in zip(pack["grades"], counts, strict=True)]
    pack["fitted_scale"] = BOUNDS
    pack["rests_on"] = STATED if coin(0.2) else None
    return pack


def off(pack: Pack, level: float) -> int:
    """Segments whose level departs from the book's, by Benjamini and Hochberg at 5 % over those that are judged."""
    rows = [row["level_off"] for row in pack["segments"] if row["defaults"] >= MIN and row["level_off"]["value"] is not None]  # fmt: skip
    if not rows:
        return 0
    p_values = [2 * norm.sf(abs(one["value"] - level) / ((one["high"] - one["low"]) / 2 / Z)) for one in rows]  # fmt: skip
    return int((false_discovery_control(p_values) <= 0.05).sum())


def wanted(pack: Pack) -> dict[str, dict[str, Any]]:
    """The findings that hold, by entry, with the figures that each must bear."""
    test, gain, found = (
        pack["models"]["lightgbm"]["test"],
        pack["premium"]["gini"],
        dict[str, dict[str, Any]](),
    )
    known = pack["models"].get("oracle", {}).get("test", {}).get("gini", {}).get("value")
    own, level, area = pack["selective"]["truth"]["gini"], test["level"]["value"], test["roc_auc"]
    if pack["rests_on"]:
        found["PD-EXPERIENCE.failed"] = {"customers": 7, "needed": 20, "share": 0.2, "rate": 0.03}
    if gain["value"] is not None and gain["high"] >= 0:
        found[f"PD-PREMIUM.{'passed' if gain['low'] > 0 else 'failed'}"] = {"gini": gain["value"], "low": gain["low"]}  # fmt: skip
    if known is not None and own is not None:
        found[f"PD-ORACLE.{'reached' if own >= known else 'passed'}"] = {"known": known, "own": own}
    if area["value"] is not None and area["high"] < 1:
        loss = (norm.ppf(0.95) + norm.ppf(0.8)) * (area["high"] - area["low"]) / 2 / Z
        found["PD-POWER.passed"] = {"loss": loss, "power": 0.8}
    return found | of_parts(pack, level)


def of_parts(pack: Pack, level: float | None) -> dict[str, dict[str, Any]]:
    """Those of inputs, segments and grades."""
    found: dict[str, dict[str, Any]] = {}
    if n := sum(row["flagged"] for row in pack["stability"]):
        found["PD-STABILITY.failed"] = {"n": n, "of": len(pack["stability"])}
    if n := sum(row["defaults"] < MIN for row in pack["segments"]):
        found["PD-SEGMENT-FEW.not_applicable"] = {"n": n, "least": MIN}
    if n := sum(row["defaults"] >= MIN and row["roc_auc"]["value"] is not None and row["roc_auc"]["low"] <= 0.5 for row in pack["segments"]):  # fmt: skip
        found["PD-SEGMENT-RANK.failed"] = {"n": n}
    if level is not None and (n := off(pack, level)):
        found["PD-SEGMENT-LEVEL.failed"] = {"n": n}
    n_of = [row["n"] for row in pack["grades"]]
    for first, last in ((1, 2), (9, 10)):
        if (share := sum(n_of[first - 1 : last]) / sum(n_of)) > 0.5:
            found["PD-SCALE.failed"] = {"share": share, "first": first, "last": last, "bounds": "[0.05, 0.1, 0.2]"}  # fmt: skip
    return found


def test_each_finding_is_made_where_it_holds_and_nowhere_else() -> None:
    seen: Counter[str] = Counter()
    gates = {row["code"] for row in DEMO["checks"]} | {"PD-LEVEL"}
    for seed in range(200):
        pack = drawn(seed)
        made = {one.entry: one for one in findings(document(pack)) if one.code not in gates}
        holds = wanted(pack)
        assert set(made) == set(holds), seed
        for entry, figures in holds.items():
            for name, figure in figures.items():
                told = made[entry].values[name]
                assert told == (figure if isinstance(figure, str) else pytest.approx(figure, rel=1e-9)), (entry, name)  # fmt: skip
        seen.update(list(holds))
    assert all(5 < count < 195 for count in seen.values()), seen
    assert set(seen) == {
        "PD-EXPERIENCE.failed", "PD-PREMIUM.passed", "PD-PREMIUM.failed", "PD-ORACLE.passed", "PD-ORACLE.reached", "PD-POWER.passed", "PD-STABILITY.failed",
        "PD-SEGMENT-FEW.not_applicable", "PD-SEGMENT-RANK.failed", "PD-SEGMENT-LEVEL.failed", "PD-SCALE.failed",
    }  # fmt: skip


def test_a_ranking_turned_over_is_not_said_to_include_one_half() -> None:
    """An interval from 0.37 to 0.47 lies below 0.5: worse than no discrimination, and told as that."""
    pack = copy.deepcopy(DEMO)
    pack["segments"] = [pack["segments"][0] | {"defaults": 30, "roc_auc": interval(0.42, 0.05)}]
    told = [detail("en", one) for one in findings(document(pack)) if one.code == "PD-SEGMENT-RANK"]
    assert told
    assert "reaches 0.5, which is random, or lies below it" in told[0]


def test_no_model_is_said_to_know_more_than_can_be_known() -> None:
    """A Gini of 0.72 beside the truth's 0.70 is no 103 % of what can be attained: what is above is chance."""
    reached: list[ValidationFinding] = []
    for own, entry in ((0.69, "PD-ORACLE.passed"), (0.70, "PD-ORACLE.reached"), (0.72, "PD-ORACLE.reached")):  # fmt: skip
        pack = copy.deepcopy(DEMO)
        pack["selective"]["truth"]["gini"] = own
        pack["models"]["oracle"]["test"]["gini"]["value"] = 0.70
        reached = [one for one in findings(document(pack)) if one.code == "PD-ORACLE"]
        assert [one.entry for one in reached] == [entry]
        assert ("%" in detail("en", reached[0])) == (own < 0.70)
