"""Packs as `reports/validation_model.json` holds them: a demo-like book with a ledger, and a listed-company panel without one."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from contracts.documents.validation_model import ValidationModel
from tests.drawn_once import remember_charts

remember_charts()

Pack = dict[str, Any]


def document(pack: Pack) -> ValidationModel:
    """A pack as the page takes it: as if read from its file."""
    return ValidationModel.from_text(json.dumps(pack), where="pack")


MEASURES = {
    "roc_auc": 0.852, "gini": 0.704, "ks": 0.551, "average_precision": 0.162, "brier": 0.0186, "brier_skill": 0.094,
    "log_loss": 0.0812, "ece": 0.0021, "cox_slope": 0.981, "cox_intercept": -0.058, "level": 0.041,
}  # fmt: skip
LEVELS = {
    "customer_industry": ["food", "chemicals", "construction", "retail", "transport"],
    "customer_country": ["DE", "PL", "missing", "other"],
    "customer_size_class": ["micro", "small", "medium", "large"],
    "has_statement": ["yes", "no"],
}


def figure(value: float, half: float) -> Pack:
    return {"value": round(value, 6), "low": round(value - half, 6), "high": round(value + half, 6)}


def nothing() -> Pack:
    return {"value": None, "low": None, "high": None}


def measured(n: int, defaults: int, lift: float = 0.0) -> Pack:
    """All measures on n rows: `lift` moves the AUC, and what hangs on it; intervals shrink with the defaults."""
    half = 0.28 / math.sqrt(defaults)
    auc = MEASURES["roc_auc"] + lift
    values = MEASURES | {
        "roc_auc": auc, "gini": 2 * auc - 1, "ks": 0.551 + 1.5 * lift, "average_precision": 0.162 + lift,
        "brier_skill": 0.094 + lift, "log_loss": 0.0812 - lift / 10, "brier": 0.0186 - lift / 100,
    }  # fmt: skip
    rate = defaults / n
    scale = {"gini": 2.0, "brier": 0.05, "ece": 0.02, "log_loss": 0.1, "cox_slope": 4.0, "cox_intercept": 8.0, "level": 4.0}  # fmt: skip
    made = {
        name: figure(value, half * scale.get(name, 1.0) * 0.9) for name, value in values.items()
    }
    return {
        "n": n, "defaults": defaults, **made, "mean_pd": rate * 0.96,
        "rate": figure(rate, 1.96 * math.sqrt(rate / n) * 1.4), "observed_to_expected": figure(1.042, 0.035),
    }  # fmt: skip


def reliability(rate: float, n: int, off: float) -> list[Pack]:
    """Ten bins of equal size around a base rate; the first saw no default."""
    rows = []
    for place in range(10):
        mean_pd = rate * 0.02 * (1.9**place) / 1.35
        size = n // 10
        defaults = 0 if place == 0 else round(size * mean_pd * (1 + off * (-1) ** place))
        seen = defaults / size
        low = max(0.0, seen - 1.9 * math.sqrt(defaults + 0.5) / size)
        rows.append({"mean_pd": mean_pd, "rate": seen, "low": low, "high": seen + 2.4 * math.sqrt(defaults + 1) / size,
                     "n": size, "defaults": defaults})  # fmt: skip
    return rows


def curve(auc: float) -> list[Pack]:
    """A receiver curve with the given area: caught = false alarms ** (1 / auc - 1)."""
    return [
        {"false_alarms": i / 60, "caught": (i / 60) ** (1 / auc - 1) if i else 0.0}
        for i in range(61)
    ]


def grades(*, has_exposure: bool, n: int) -> list[Pack]:
    bounds = (0.0003, 0.0008, 0.0018, 0.0037, 0.0071, 0.0141, 0.031, 0.07, 0.16, 0.42)
    shares = (0.04, 0.08, 0.15, 0.2, 0.19, 0.14, 0.1, 0.06, 0.03, 0.01)
    rows = []
    for grade, (mean_pd, share) in enumerate(zip(bounds, shares, strict=True), start=1):
        size = round(n * share)
        defaults = round(size * mean_pd * (1.25 if grade == 6 else 0.97))
        seen = defaults / size
        rows.append({
            "grade": grade, "n": size, "defaults": defaults, "mean_pd": mean_pd, "rate": seen,
            "low": max(0.0, seen - 1.8 * math.sqrt(defaults) / size), "high": seen + 2.2 * math.sqrt(defaults + 1) / size,
            "jeffreys_p": 0.031 if grade == 6 else 0.42, "binomial_p": 0.036 if grade == 6 else 0.45,
            "upper_bound": seen + 2.2 * math.sqrt(defaults + 1) / size, "most_prudent": seen + 2.5 * math.sqrt(defaults + 1) / size, "share_n": share,
            "share_exposure": share * 0.9 + 0.01 if has_exposure else None,
        })  # fmt: skip
    return rows


def segments(levels: dict[str, list[str]], n: int, defaults: int) -> list[Pack]:
    rows = []
    for segment, names in levels.items():
        for place, level in enumerate(names):
            size, bad = n // len(names), max(defaults // len(names) - 3 * place, 0)
            half = 0.28 / math.sqrt(max(bad, 1))
            rows.append({
                "segment": segment, "level": level, "n": size, "defaults": bad,
                "roc_auc": figure(0.86 - 0.015 * place, half) if bad > 1 else nothing(),
                "scorecard_auc": figure(0.83 - 0.015 * place, half) if bad > 1 else nothing(),
                "mean_pd": bad / size * 0.95 + 0.0004, "rate": figure(bad / size, 0.4 * bad / size),
                "level_off": figure(0.05 - 0.04 * place, 1.9 * half) if bad > 1 else nothing(),
                "observed_to_expected": figure(1.05 - 0.04 * place, 1.9 * half),
                "jeffreys_p": 0.3 if bad > 1 else None,
            })  # fmt: skip
    return rows


def as_of(first_year: int, n_dates: int, n: int, defaults: int) -> list[Pack]:
    rows = []
    for place in range(n_dates):
        year, month = first_year + place // 12, place % 12 + 1
        bad = defaults // n_dates
        rows.append({
            "as_of": f"{year}-{month:02d}-28", "n": n // n_dates, "defaults": bad, "mean_pd": defaults / n * 0.95,
            "rate": figure(defaults / n * (1 + 0.02 * place), 1.6 * math.sqrt(bad) / (n // n_dates)),
            "roc_auc": figure(0.87 - 0.003 * place, 0.28 / math.sqrt(bad)) if bad > 1 else nothing(),
        })  # fmt: skip
    return rows


def migrations(n: int) -> Pack:
    draws = np.random.default_rng(7)
    shares = np.array([0.04, 0.08, 0.15, 0.2, 0.19, 0.14, 0.1, 0.06, 0.03, 0.01])
    places = np.arange(10)
    near = np.exp(-np.abs(places[:, None] - places[None, :]) * 1.1)
    matrix = draws.poisson(n * shares[:, None] * near / near.sum(axis=1, keepdims=True)).tolist()
    return {
        "from": "2024-01-31", "until": "2024-12-31", "n": int(np.sum(matrix)), "bandwidth_up": 0.081, "bandwidth_down": 0.094,
        "share_same": 0.512, "share_within_one": 0.861, "matrix": matrix,
    }  # fmt: skip


def scorecard(n_features: int) -> Pack:
    def bins(place: int) -> list[Pack]:
        return [
            {"kind": "below", "low": None, "high": float(cut), "levels": [], "more": 0, "woe": 0.8 - 0.5 * i, "points": 14.0 - 9 * i + place / 10, "share": 0.25}
            for i, cut in enumerate((5, 15, 30, 60))
        ]  # fmt: skip

    return {
        "intercept_points": 534.2,
        "features": [
            {"feature": name(i), "iv": 0.9 / (i + 1), "coefficient": -0.9 + 0.03 * i, "bins": bins(i)}
            for i in range(n_features)
        ],
    }  # fmt: skip


def name(place: int) -> str:
    return f"payments_days_late_mean_{place}d"


def words(n_features: int) -> Pack:
    return {
        name(i): {"wording_en": f"average days late, window {i}", "wording_zh": f"平均逾期天数（窗口 {i}）"}
        for i in range(n_features)
    }  # fmt: skip


def check(code: str, outcome: str, value: float | None, threshold: float, **values: Any) -> Pack:
    waiver = (
        "onboarding of a new country was decided by the committee in May"
        if code == "PD-S1"
        else None
    )
    return {"code": code, "subject": "portfolio", "outcome": outcome, "value": value, "threshold": threshold, "values": values | {"first": "2024-01-31", "last": "2024-12-31"}, "case": "",
            "end": None, "blocks": code not in {"PD-S1", "PD-H1"}, "not_applicable_blocks": code != "PD-R1", "waiver": waiver}  # fmt: skip


def checks() -> list[Pack]:
    return [
        check("PD-D1", "passed", 0.831, 0.6, auc=0.852, low=0.831, high=0.873),
        check("PD-C1", "passed", 0.041, 0.5, mean_pd=0.0202, rate=0.0210, off=0.041, error=0.02),
        check("PD-S1", "failed", 13.1, 10.0, psi=0.0655, critical=0.005),
        check("PD-M1", "passed", 0.0, 0.0, n=0),
        check("PD-X1", "passed", 0.083, 0.0, gini=0.054, low=0.025, high=0.083),
        check("PD-R1", "not_applicable", None, 0.0),
    ]


def findings() -> list[Pack]:
    def one(
        code: str, severity: str, outcome: str, subjects: list[Pack], case: str = "", **values: Any
    ) -> Pack:
        return {"code": code, "subject": "portfolio", "outcome": outcome, "value": 1.0, "threshold": 0.0, "values": values, "case": case,
                "severity": severity, "subjects": subjects, "also": []}  # fmt: skip

    def level(name: str, level: str, value: float) -> Pack:
        return {"kind": "segment", "name": name, "level": level, "value": value}

    features = [
        {"kind": "feature", "name": name(i), "level": None, "value": None} for i in range(9)
    ]
    off = [level("customer_industry", "transport", 1.31), level("has_statement", "no", 0.78)]
    return [
        one("PD-STABILITY", "bad", "failed", features, n=9, of=20),
        one("PD-LEVEL", "warn", "failed", [], "low", ratio=1.04, low=1.01, high=1.08, rate=0.0210, mean_pd=0.0202, first="2024-01-31", last="2024-12-31"),
        one("PD-PREMIUM", "good", "passed", [], gini=0.054, low=0.025, high=0.083),
        one("PD-SEGMENT-LEVEL", "warn", "failed", off, n=2, of=15, whole=1.04),
        one("PD-POWER", "info", "passed", [], customers=391, loss=0.025, power=0.8),
    ]  # fmt: skip


TESTS = ("jeffreys_portfolio", "hosmer_lemeshow", "spiegelhalter", "auc_then_now", "psi_score")


def significance(*, is_first_failed: bool) -> list[Pack]:
    return [
        {"code": code, "model": model, "statistic": 1.31 + place, "p_value": 0.004 if place == 1 and is_first_failed else 0.21, "n": 41_300,
         "outcome": "failed" if place == 1 and is_first_failed else "passed"}
        for model in ("lightgbm", "scorecard") for place, code in enumerate(TESTS)
    ]  # fmt: skip


def cross(n: int, defaults: int, *, new: bool, later: bool) -> Pack:
    cell = {"roc_auc": nothing(), "brier_skill": None, "mean_pd": None, "rate": None}
    if n:
        cell = {"roc_auc": figure(0.87 - 0.01 * new - 0.015 * later, 0.28 / math.sqrt(defaults)), "brier_skill": 0.11 - 0.01 * later,
                "mean_pd": defaults / n * 0.97, "rate": defaults / n}  # fmt: skip
    return {
        "customers": "new" if new else "known", "time": "out_of_time" if later else "in_time", "n": n, "defaults": defaults,
        **cell, "learned_from": not new and not later,
    }  # fmt: skip


def demo_pack(times: int = 1) -> Pack:
    """A supplier's book with a ledger and known truth; `times` multiplies features, levels, findings and dates."""
    n, defaults, features = 41_300, 868, 24 * times
    levels = {
        key: [level if i == 0 else f"{level}{i}" for i in range(times) for level in names]
        for key, names in LEVELS.items()
    }
    days = {
        "train": ("2019-01-31", "2022-01-01"),
        "calibrate": ("2022-01-31", "2023-01-01"),
        "holdout": ("2019-01-31", "2023-01-01"),
        "test": ("2024-01-31", "2025-01-01"),
    }
    sizes = {"train": (98_000, 2_310, 5_300, 901), "calibrate": (22_000, 470, 4_100, 240), "holdout": (11_200, 251, 690, 97),
             "test": (n, defaults, 4_480, 391)}  # fmt: skip
    lifts = {"train": 0.04, "calibrate": 0.01, "holdout": 0.004, "test": 0.0}
    return {
        "portfolio": "demo", "title": "Demo supplier", "horizon_months": 12, "confidence": 0.95,
        "verdict": {"outcome": "passed", "blocking": [], "can_block": 5},
        "findings": [one for _ in range(times) for one in findings()],
        "checks": checks(),
        "parts": [{"part": key, "n": a, "defaults": b, "customers": c, "defaulted_customers": d, "rate": b / a, "from": days[key][0], "until": days[key][1]} for key, (a, b, c, d) in sizes.items()],
        "two_by_two": [cross(9_000 + 800 * new, 190 + 20 * later, new=new, later=later) for new in (False, True) for later in (False, True)],
        "models": {"lightgbm": {key: measured(a, b, lifts[key]) for key, (a, b, _, _) in sizes.items()},
                   "scorecard": {key: measured(a, b, lifts[key] - 0.027) for key, (a, b, _, _) in sizes.items()},
                   "oracle": {"test": measured(n, defaults, 0.031)}},
        "premium": {"gini": figure(0.054, 0.029), "average_precision": figure(0.027, 0.021), "brier_skill": figure(0.012, 0.016)},
        "reliability": {key: reliability(0.021, n, off) for key, off in (("lightgbm", 0.08), ("scorecard", 0.2), ("oracle", 0.03))},
        "score_distribution": [{"score": 400.0 + 20 * i, "survived": math.exp(-((i - 12) ** 2) / 18) / 7.5, "defaulted": math.exp(-((i - 6) ** 2) / 18) / 7.5} for i in range(20)],
        "roc": {"lightgbm": curve(0.852), "scorecard": curve(0.825), "oracle": curve(0.883)},
        "grades": grades(has_exposure=True, n=3_900), "tests": significance(is_first_failed=True), "segments": segments(levels, n, defaults),
        "as_of": as_of(2024, 12 * times, n, defaults * times), "migrations": migrations(3_600),
        "concentration": {"grades_by_number": 0.137, "grades_by_exposure": 0.152},
        "stability": [{"feature": name(i), "psi": 0.2 / (i + 1), "critical": 0.012, "p_value": 0.001 * (i + 1), "flagged": i < 9} for i in range(features)],
        "selective": {"available": True,
                      "segments": [{"segment": "customer_country", "level": "PL", "n": 310, "granted_exposure": 0.0, "no_exposure": True, "share_without": 1.0},
                                   {"segment": "customer_industry", "level": "food", "n": 8_200, "granted_exposure": 4_100_000.0, "no_exposure": False, "share_without": 0.1}],
                      "truth": {"n": n, "gini": 0.703, "predicted": 0.0202, "true": 0.0208, "realised": 0.021, "constrained": {"n": 2_100, "predicted": 0.071, "true": 0.084, "realised": 0.079},
                                "free": {"n": 39_200, "predicted": 0.0175, "true": 0.0174, "realised": 0.0179}}},
        "scorecard": scorecard(features),
        "lightgbm": {"members": [{"flavour": "gbdt", "trees": 212, "weight": 0.6}, {"flavour": "extra_trees", "trees": 340, "weight": 0.4}],
                     "learned_from_calibrate": times == 1, "tried": [{"flavour": key, "log_loss": 0.0795 + i / 1e4, "rounds": 200 + i, "taken": i < 2} for i, key in enumerate(("searched", "shallow", "relative", "absolute"))],
                     "trees": 552, "features": 118, "promised_directions": 61, "violations": 0,
                     "calibration": {"method": "offset", "candidates": [{"method": key, "log_loss": None if key == "isotonic" else 0.081 + abs(i - 1) / 1e3, "standard_error": None if key == "isotonic" else 0.0006}
                                                                        for i, key in enumerate(("identity", "offset", "platt", "beta", "isotonic"))], "origins": 3 if times == 1 else 0, "lost": ["beta"] if times == 1 else []}},
        "shipped": shipped(),
        "origins": [{"origin": f"{2022 + i}-12-31", "until": f"{2023 + i}-12-01", "figures": measured(n // 3, defaults // 3, 0.01 * i)} for i in range(3)],
        "pooled": measured(n, defaults, 0.01),
        "open_years": [{"origin": f"{2022 + i}-12-31", "rows": 15_000 + i, "came": 180 + i, "expected": 176.4 + i, "in_the_end": 400 + i, "judged": n // 3,
                        "weighed": 0.0931 + i / 1e3, "left_out": 0.0934 + i / 1e3, "error": 0.0006, "taken": "left_out" if i == 1 else "weighed"} for i in range(3)],
        "earned": {"years": [earned_year(f"{2022 + i}-12-31", f"{2023 + i}-12-01", i) for i in range(3)], "together": earned_year("2022-12-31", "2025-12-01", 3)},
        "search": {"trials": 50, "complete": 31, "pruned": 19, "best_log_loss": 0.0795, "by_hand_log_loss": 0.0813,
                   "importance": [{"param": key, "importance": 0.4 / (i + 1)} for i, key in enumerate(("learning_rate", "num_leaves", "min_data_in_leaf", "lambda_l2") * times)]},
        "selection": {"method": "shap", "kept": 118, "of": 161, "rows": [{"feature": name(i), "share": 0.2 / (i + 1), "unstable_folds": i % 3, "kept": i % 4 != 3,
                      "reason_en": "carries weight in every fold", "reason_zh": "在各折中均有贡献"} for i in range(features)]},
        "words": words(features),
    }  # fmt: skip


def earned_year(origin: str, until: str, i: int) -> Pack:
    """Averaging pays in the first year, is open in the second and costs in the third; the search pays in all, and together both do."""

    def gain(plain: str, earned: float, error: float) -> Pack:
        areas = (None, None) if i == 3 else (earned * 2, error * 2)
        return {"plain": plain, "loss_plain": 0.0931 + earned, "loss": 0.0931, "earned": earned, "error": error, "auc_earned": areas[0], "auc_error": areas[1]}  # fmt: skip

    averaging = gain("searched", (0.0012, 0.0004, -0.0011, 0.0006)[i], (0.0004, 0.0004, 0.0005, 0.0002)[i])  # fmt: skip
    return {"origin": origin, "until": until, "judged": 15_000 + i, "averaging": averaging, "search": gain("lightgbm", 0.0027, 0.0009)}  # fmt: skip


def shipped() -> Pack:
    """The model that ships, with five years more of outcomes than its twin, and the level of the year ahead."""
    learned = [{"rows": n, "customers": c, "defaults": d, "defaulted_customers": h, "from": "2016-01-31", "until": day}
               for n, c, d, h, day in ((182_000, 5_900, 4_020, 1_310, "2025-01-01"), (120_000, 5_400, 2_780, 1_020, "2023-01-01"))]  # fmt: skip
    level = {"from": "2017-01-31", "until": "2026-01-01", "use_from": "2025-12-31", "use_until": "2026-12-31", "offset": 0.21, "error": 0.3,
             "low": -0.38, "high": 0.8, "chance": 0.64, "needed": 0.7, "lasting": 0.4, "passing": 0.5, "half_life": 1.3,
             "movement": {"years": 8.9, "half_life": 1.3, "low": 0.4, "high": 4.2, "passing": 0.5, "set_half_life": 0.5, "set_passing": 0.4, "set_weight": 0.62}, "share": 0.55,
             "trend": [{"from": "2025-01-01", "until": "2026-01-01", "seen": 61.0, "expected": 48.2, "offset": 0.2}]}  # fmt: skip
    grades = [{"grade": one, "customers": 40 * one, "own_pd": 0.002 * one, "twin_pd": 0.0018 * one, "off": math.log(10 / 9)} for one in range(2, 9)]  # fmt: skip
    weighed = {
        "rows": 38_000,
        "customers": 4_900,
        "defaults": 312,
        "defaulted_customers": 120,
        "from": "2025-01-31",
        "until": "2025-12-01",
        "weight": 19_204.5,
    }
    return {"policy": "all", "own": learned[0], "twin": learned[1], "weighed": weighed, "method": "identity", "level": level, "rows": 46_000, "rank": 0.943,
            "own_pd": 0.0231, "twin_pd": 0.0208, "grades": grades}  # fmt: skip


def listed_pack() -> Pack:
    """A panel of listed companies: statements and insolvencies, no ledger, no truth, 118 defaults, and it does not pass."""
    n, defaults = 15_200, 118
    pack = demo_pack()
    sizes = {
        "train": (48_000, 391, 6_900, 391),
        "calibrate": (6_100, 44, 3_300, 44),
        "test": (n, defaults, 3_900, 118),
    }
    days = {
        "train": ("1999-12-31", "2009-01-01"),
        "calibrate": ("2009-12-31", "2011-01-01"),
        "test": ("2012-12-31", "2016-01-01"),
    }
    levels = {
        "customer_industry": ["manufacturing", "services", "other"],
        "has_statement": ["yes"],
    }
    return pack | {
        "portfolio": "american", "title": "Listed companies",
        "verdict": {"outcome": "failed", "blocking": ["PD-C1"], "can_block": 5},
        "checks": [one | {"outcome": "failed", "value": 0.71} if one["code"] == "PD-C1" else one for one in checks()],
        "parts": [{"part": key, "n": a, "defaults": b, "customers": c, "defaulted_customers": d, "rate": b / a, "from": days[key][0], "until": days[key][1]} for key, (a, b, c, d) in sizes.items()],
        "two_by_two": [cross(n, defaults, new=False, later=True), cross(0, 0, new=True, later=True)],
        "models": {key: {name: measured(a, b, lift) for name, (a, b, _, _) in sizes.items()} for key, lift in (("lightgbm", 0.08), ("scorecard", 0.074))},
        "premium": {"gini": figure(0.012, 0.041), "average_precision": figure(0.07, 0.09), "brier_skill": figure(0.05, 0.07)},
        "reliability": {key: reliability(0.0078, n, off) for key, off in (("lightgbm", 0.1), ("scorecard", 0.3))},
        "roc": {"lightgbm": curve(0.93), "scorecard": curve(0.924)},
        "grades": grades(has_exposure=False, n=n), "tests": significance(is_first_failed=False), "segments": segments(levels, n, defaults),
        "as_of": [one | {"as_of": f"{2012 + i}-12-31"} for i, one in enumerate(as_of(2012, 4, n, defaults))],
        "migrations": {"from": None, "until": None, "n": 0, "bandwidth_up": None, "bandwidth_down": None, "share_same": None, "share_within_one": None, "matrix": []},
        "concentration": {"grades_by_number": 0.141, "grades_by_exposure": None}, "stability": [],
        "selective": {"available": False, "segments": [], "truth": None},
        "search": None, "selection": None, "shipped": None, "origins": [], "pooled": None, "open_years": [], "earned": {"years": [], "together": None},
    }  # fmt: skip
