"""`docs/features.md`: the catalogue as a page for people, written by `python -m features.document`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.config.params import FeaturesConfig
from contracts.files import write_text
from features.catalog import STATES, catalogue
from features.declaration import Feature

PAGE = Path("docs/features.md")
_PILLARS = {
    "credit_record": "credit record 信用记录",
    "ability_to_pay": "ability to pay 支付能力",
    "financial_health": "financial health 财务健康",
    "business_context": "business context 经营背景",
}
_SIGNS = {1: "+", -1: "-", 0: "0"}
_HEAD = """\
# Features 特征目录

Written from the declarations in `src/features/catalog` by `python -m features.document`; a test compares. Do not edit.

Every feature was knowable strictly before the day of decision: what is booked, published or learned on that day
itself does not count. Trailing windows count by the day a fact became known, not by the day it happened.
Amounts are in reporting currency at the last rate before the day of decision. A ratio whose denominator is
missing, zero or negative is missing.

Risk: `+` more of it means more risk, `-` less, `0` the model may decide. The model keeps to these directions.
A feature exists only where the tables it needs are delivered. Windows are those of `features.windows_days` in
`configs/params.yaml`. Columns that a portfolio declares on `attributes` are added to these.

每个特征仅使用观察日之前已获知的信息。风险方向：`+` 表示数值越大风险越高，`-` 表示越低，`0` 由模型决定。
"""


def describe(features: Sequence[Feature]) -> str:
    """The page: one table per family, one row per feature."""
    families = dict.fromkeys(feature.family for feature in features)
    parts = [_HEAD, f"{len(features)} features in {len(families)} families.\n"]
    for family in families:
        members = [feature for feature in features if feature.family == family]
        parts.append(_family(family, members))
    return "\n".join(parts)


def _family(family: str, members: Sequence[Feature]) -> str:
    tables = sorted({table for one in members for table in one.tables(STATES)})
    rows = "\n".join(_row(one) for one in members)
    return (
        f"## {family}\n\nTables: {', '.join(tables)}.\n\n"
        "| feature | measures | 含义 | pillar | unit | risk |\n|---|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _row(one: Feature) -> str:
    texts = one.texts()
    cells = (
        f"`{one.name}`",
        texts["wording_en"],
        texts["wording_zh"],
        _PILLARS[one.pillar],
        one.unit,
        _SIGNS[one.direction],
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    write_text(PAGE, describe(catalogue(FeaturesConfig().windows_days)))
