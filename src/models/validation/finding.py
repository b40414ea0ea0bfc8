"""One finding of the validation report, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "segment"), counted(2, "segment")
    ('1 segment', '2 segments')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: the gate's, or PD-... of the part of the report it comes from.
        severity: bad stops registration; warn must be looked at; good; info.
        title: English and Chinese.
        detail: English and Chinese.
        subjects: features or segments that share it.
    """

    code: str
    severity: str
    title: tuple[str, str]
    detail: tuple[str, str]
    subjects: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One entry of `findings`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "title_en": self.title[0],
            "title_zh": self.title[1],
            "detail_en": self.detail[0],
            "detail_zh": self.detail[1],
            "subjects": list(self.subjects),
        }
