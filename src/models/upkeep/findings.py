"""What monitoring may find, what each finding asks for, and how it is said in English and in Chinese."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LADDER = ("nothing", "watch", "recalibrate", "refit", "rebuild")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the model in use.

    Attributes:
        code: stable, UP-...
        subject: what was looked at.
        value: the figure, None where it cannot be had.
        threshold: what it was held against.
        verdict: nothing, watch, recalibrate, refit, rebuild.
        detail_en: a plain sentence.
        detail_zh: the same in Chinese.
    """

    code: str
    subject: str
    value: float | None
    threshold: float | None
    verdict: str
    detail_en: str
    detail_zh: str

    def as_json(self) -> dict[str, object]:
        """One entry of `reports/monitoring.json`."""
        title_en, title_zh = TITLES[self.code]
        return {
            "code": self.code,
            "subject": self.subject,
            "title_en": title_en,
            "title_zh": title_zh,
            "value": self.value,
            "threshold": self.threshold,
            "verdict": self.verdict,
            "detail_en": self.detail_en,
            "detail_zh": self.detail_zh,
        }


TITLES = {
    "UP-Q1": ("Every input the model needs is there", "模型所需输入齐全"),
    "UP-Q2": ("Inputs are as complete as they were", "输入的完整程度与登记时一致"),
    "UP-D1": ("Scores are distributed as they were", "评分分布稳定"),
    "UP-D2": ("Grades are distributed as they were", "等级分布稳定"),
    "UP-D3": ("Inputs are distributed as they were", "输入分布稳定"),
    "UP-C1": ("As many customers default as expected", "违约数量与预期相符"),
    "UP-C2": ("In every grade as many default as expected", "各等级违约数量与预期相符"),
    "UP-P1": ("Customers are told apart as well as at registration", "区分能力不低于登记时"),
    "UP-P2": ("Expected ability to tell today's customers apart", "对当前客户的预期区分能力"),
}


def worst(verdicts: Iterable[str]) -> str:
    """The verdict that asks for most.

    >>> worst(["watch", "refit", "nothing"])
    'refit'
    """
    return max(verdicts, key=LADDER.index, default="nothing")


def listed(names: list[str], most: int = 5) -> str:
    """Names in one line, the first few of them.

    >>> listed(["a", "b", "c"], 2)
    'a, b, ...'
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
