"""Codes of monitoring in the reader's words; all others stand in `en/words.po` and `zh/words.po`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]

SUBJECTS: Words = {
    "portfolio": ("the whole book", "整个组合"),
    "inputs": ("inputs", "输入"),
    "score": ("scores", "评分"),
    "grade": ("grades", "等级"),
    "grades": ("grades", "等级"),
    "discrimination": ("telling good from bad", "区分能力"),
}
VERDICTS: Words = {
    "nothing": ("Nothing to do", "无需处理"),
    "watch": ("Watch", "持续关注"),
    "recalibrate": ("Recalibrate", "重新校准"),
    "refit": ("Train again", "重新训练"),
    "rebuild": ("Rebuild", "重新构建"),
}
VERDICT_STEPS: Words = {
    "nothing": (
        "The model in use still fits the customers it is used on.",
        "在用模型仍适用于当前客户。",
    ),
    "watch": (
        "Something has moved, not enough to act. Look again next month.",
        "出现变化，但尚不足以采取行动，下月再看。",
    ),
    "recalibrate": (
        "The ranking of customers holds, the level of the probabilities does not. Adjust the level; the model itself stays.",
        "客户排序仍有效，但概率水平已偏离；调整水平即可，模型不变。",
    ),
    "refit": (
        "The model no longer tells good from bad as it did. Train it again on newer data.",
        "模型区分能力下降，需用新数据重新训练。",
    ),
    "rebuild": (
        "The data no longer are what the model was built on. Repair the source or rebuild the model.",
        "数据已不同于建模时，需修复数据源或重建模型。",
    ),
}

WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "subject": SUBJECTS,
        "verdict": VERDICTS,
        "verdict_step": VERDICT_STEPS,
    }
)
"""Every group of codes, by name."""
