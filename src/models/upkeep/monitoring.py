"""The champion's registration sample against the newest cohorts: inputs, scores, outcomes, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Ints
from contracts.config.upkeep import MonitorConfig
from models.measures.distribution import recounted
from models.measures.drift import Shift, discoveries, shift
from models.measures.grades import N_GRADES
from models.registry.registration import scored_by
from models.registry.registry import Champion
from models.sample.snapshots import newest_months
from models.upkeep.findings import Finding, listed, worst
from models.upkeep.outcomes import outcome_findings

KEY = ["customer_id", "as_of"]
BROKEN_FROM, BROKEN_TO = (
    0.5,
    0.95,
)  # an input that most customers had and almost none has is a broken feed


@dataclass(frozen=True, slots=True)
class Watched:
    """What is compared.

    Attributes:
        reference: the registration sample, `reference.json`.
        features: of the champion's contract.
        wording: of the champion's `reasons.json`, by feature.
        current: the newest cohorts, matured or not: features, margin, pd, score, grade.
        matured: the newest cohorts whose outcome is final, the same and `defaulted`; none the champion was fitted on.
        absent: features the matrix no longer has.
        horizon_months: of the outcome.
    """

    reference: Mapping[str, Any]
    features: list[dict[str, Any]]
    wording: Mapping[str, Any]
    current: pd.DataFrame
    matured: pd.DataFrame
    absent: list[str]
    horizon_months: int

    @property
    def customers(self) -> tuple[int, int]:
        """Distinct customers in the registration sample and in the newest cohorts."""
        return int(self.reference["customers"]), int(self.current["customer_id"].nunique())


def watched(champion: Champion, matrix: pd.DataFrame, cohort: pd.DataFrame, months: int) -> Watched:
    """Scores the newest cohorts with the champion's own code.

    Args:
        champion: the version in use.
        matrix: key and features.
        cohort: key and `defaulted`, missing until matured.
        months: how many of the newest months, of all rows and of the matured ones.
    """
    contract = champion.bundle.json("contract.json")
    rows = matrix.merge(cohort[[*KEY, "defaulted"]], on=KEY, how="inner", validate="one_to_one")
    rows = rows.sort_values(KEY, kind="stable", ignore_index=True)
    reference = champion.bundle.json("reference.json")
    # outcomes that it was fitted on would flatter it
    fitted_until = pd.Timestamp(reference["calibrated_until"] or reference["from"])
    known = rows[rows["defaulted"].notna() & (rows["as_of"] >= fitted_until)]
    current = rows[newest_months(rows["as_of"], months)]
    matured = known[newest_months(known["as_of"], months)]
    return Watched(
        reference,
        contract["features"],
        champion.bundle.json("reasons.json")["features"],
        _scored(champion, current),
        _scored(champion, matured),
        [one["name"] for one in contract["features"] if one["name"] not in matrix.columns],
        int(contract["horizon_months"]),
    )


def _scored(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows.assign(margin=0.0, pd=0.0, score=0, grade=0)
    answers = scored_by(champion, rows)[["margin", "pd", "score", "grade"]]
    # an answer never overwrites a feature of the same name
    return rows.drop(columns=list(answers.columns), errors="ignore").join(answers)


def monitor(champion: Champion, seen: Watched, config: MonitorConfig) -> dict[str, Any]:
    """`reports/monitoring.json`: every check with its verdict, and the worst of them."""
    features = feature_rows(seen, config)
    outcomes, grades = outcome_findings(
        seen.reference, seen.current, seen.matured, seen.horizon_months, config.significance
    )
    findings = [
        _schema(seen),
        _completeness(seen, features, config),
        *_distributions(seen, config),
        _inputs(features),
        *outcomes,
    ]
    current = seen.current["as_of"]
    return {
        "portfolio": champion.bundle.json("contract.json")["portfolio"],
        "champion": {
            "name": champion.name,
            "version": champion.version,
            "digest": champion.digest,
            "from": seen.reference["from"],
            "until": seen.reference["until"],
        },
        "current": {
            "from": str(current.min().date()),
            "until": str((current.max() + pd.Timedelta(days=1)).date()),
            "rows": len(seen.current),
            "customers": seen.customers[1],
        },
        "findings": [finding.as_json() for finding in findings],
        "features": features,
        "grades": grades,
        "verdict": worst(finding.verdict for finding in findings),
    }


def feature_rows(seen: Watched, config: MonitorConfig) -> list[dict[str, Any]]:
    """How far each input has moved; flagged where it stands among all inputs (false-discovery control)."""
    rows = []
    for feature in seen.features:
        name = feature["name"]
        if name in seen.absent:
            continue
        kept = seen.reference["features"][name]
        before, now = np.array(kept["counts"]), recounted(seen.current[name], kept)
        found = shift(before, now, customers=seen.customers, level=config.significance)
        words = seen.wording.get(name, {})
        rows.append(
            {
                "feature": name,
                "wording_en": words.get("wording_en", name),
                "wording_zh": words.get("wording_zh", name),
                "psi": found.psi,
                "critical": found.critical,
                "p_value": found.p_value,
                "missing_reference": _share_missing(before),
                "missing_current": _share_missing(now),
            }
        )
    flags = discoveries([row["p_value"] for row in rows], config.false_discovery_rate)
    return [{**row, "flagged": bool(flag)} for row, flag in zip(rows, flags, strict=True)]


def _share_missing(counts: Ints) -> float:
    return float(counts[-1] / counts.sum()) if counts.sum() else 0.0


def _schema(seen: Watched) -> Finding:
    n_absent = len(seen.absent)
    if not n_absent:
        text = (f"All {len(seen.features)} inputs are there.", f"{len(seen.features)} 项输入齐全。")
        return Finding("UP-Q1", "inputs", 0.0, 0.0, "nothing", *text)
    names = listed(seen.absent)
    return Finding(
        "UP-Q1",
        "inputs",
        float(n_absent),
        0.0,
        "rebuild",
        f"{n_absent} of {len(seen.features)} inputs are no longer delivered ({names}). Restore them, or build a model without them.",
        f"{len(seen.features)} 项输入中有 {n_absent} 项不再提供（{names}）。请恢复数据，或重建不使用这些输入的模型。",
    )


def _completeness(seen: Watched, features: list[dict[str, Any]], config: MonitorConfig) -> Finding:
    """Inputs that are missing for more customers than chance explains: two shares, customers as the sample size."""
    p_values = [_more_missing(row, seen.customers, config) for row in features]
    stands = discoveries(p_values, config.false_discovery_rate)
    worse = [
        row
        for row, flag in zip(features, stands, strict=True)
        if flag and row["missing_current"] > row["missing_reference"]
    ]
    broken = [
        row["wording_en"]
        for row in worse
        if row["missing_reference"] <= BROKEN_FROM and row["missing_current"] >= BROKEN_TO
    ]
    value = float(len(worse))
    if broken:
        return Finding(
            "UP-Q2", "inputs", value, 0.0, "rebuild",
            f"{len(broken)} inputs have all but vanished ({listed(broken)}): a source has stopped delivering. Repair it before scores are used.",
            f"{len(broken)} 项输入几乎全部缺失：数据源已中断。请先修复，再使用评分。",
        )  # fmt: skip
    if worse:
        names = listed([row["wording_en"] for row in worse])
        return Finding(
            "UP-Q2", "inputs", value, 0.0, "watch",
            f"{len(worse)} inputs are missing more often than at registration ({names}). Ask whoever delivers them.",
            f"{len(worse)} 项输入的缺失率高于登记时。请联系数据提供方。",
        )  # fmt: skip
    return Finding(
        "UP-Q2", "inputs", 0.0, 0.0, "nothing",
        "No input is missing more often than chance explains.", "没有输入的缺失率显著上升。",
    )  # fmt: skip


def _more_missing(
    row: Mapping[str, Any], customers: tuple[int, int], config: MonitorConfig
) -> float:
    heads = []
    for share, size in zip(
        (row["missing_reference"], row["missing_current"]), customers, strict=True
    ):
        missing = round(share * size)
        heads.append(np.array([size - missing, missing], dtype=np.int64))
    return shift(heads[0], heads[1], customers=customers, level=config.significance).p_value


def _distributions(seen: Watched, config: MonitorConfig) -> list[Finding]:
    score = seen.reference["score"]
    grade = seen.reference["grade"]
    levels = [str(number) for number in range(1, N_GRADES + 1)]
    now = {
        "UP-D1": ("score", score, recounted(seen.current["score"], score)),
        "UP-D2": (
            "grade",
            grade,
            recounted(seen.current["grade"].astype(str), {"levels": levels}),
        ),
    }
    return [
        _moved(
            code,
            subject,
            shift(np.array(kept["counts"]), counts, customers=seen.customers, level=config.significance),
        )
        for code, (subject, kept, counts) in now.items()
    ]  # fmt: skip


def _moved(code: str, subject: str, found: Shift) -> Finding:
    chinese = {"score": "评分", "grade": "等级"}[subject]
    if found.critical > 0 and found.psi > found.critical:
        return Finding(
            code, subject, found.psi, found.critical, "watch",
            f"The {subject}s have moved further than chance explains. The book may have changed; whether the model still fits, outcomes will tell.",
            f"{chinese}分布的变化超出随机波动。客户结构可能已改变；模型是否仍适用，需由实际结果判断。",
        )  # fmt: skip
    return Finding(
        code, subject, found.psi, found.critical, "nothing",
        f"The {subject}s have not moved further than chance explains.", f"{chinese}分布的变化未超出随机波动。",
    )  # fmt: skip


def _inputs(features: list[dict[str, Any]]) -> Finding:
    """One finding however many inputs share it."""
    moved = [row for row in features if row["flagged"]]
    if not moved:
        return Finding(
            "UP-D3", "inputs", 0.0, 0.0, "nothing",
            "No input has moved further than chance explains.", "没有输入的分布变化超出随机波动。",
        )  # fmt: skip
    first = sorted(moved, key=lambda row: -row["psi"] / row["critical"])
    return Finding(
        "UP-D3", "inputs", float(len(moved)), 0.0, "watch",
        f"{len(moved)} of {len(features)} inputs have moved further than chance explains: {listed([row['wording_en'] for row in first])}.",
        f"{len(features)} 项输入中有 {len(moved)} 项的分布变化超出随机波动：{listed([row['wording_zh'] for row in first])}。",
    )  # fmt: skip
