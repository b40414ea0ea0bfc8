"""From PD to score and grade."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, field_validator

from contracts.config.base import Config


class ScaleConfig(Config):
    """PD to score to grade (docs/glossary.md#score)."""

    base_score: float = Field(600.0, ge=1, le=999)
    base_odds: float = Field(30.0, ge=1, le=1e6)  # good : bad, not the other way round
    pdo: float = Field(40.0, ge=1, le=500)
    grade_bounds: tuple[float, ...] = Field(
        (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30), min_length=1, max_length=99
    )

    @field_validator("grade_bounds")
    @classmethod
    def _rising(cls, bounds: tuple[float, ...]) -> tuple[float, ...]:
        outside = [one for one in bounds if not 0 < one < 1]
        if outside:
            raise ValueError(f"every grade bound is a PD above 0 and below 1, not {outside[0]:g}")
        for lower, upper in pairwise(bounds):
            if not lower < upper:
                raise ValueError(f"grade bounds must rise from one to the next: {upper:g} follows {lower:g}")  # fmt: skip
        return bounds

    @property
    def n_grades(self) -> int:
        """Grades of the scale: one more than there are bounds.

        >>> ScaleConfig().n_grades
        10
        """
        return len(self.grade_bounds) + 1
