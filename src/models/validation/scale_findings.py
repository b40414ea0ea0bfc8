"""Whether the master scale was made for this book, and one that is."""

from __future__ import annotations

from contracts.arrays import Floats
from contracts.documents.validation_model import GradeRow, ValidationFinding, ValidationModel
from models.measures.fitted_scale import fitted_bounds, off_scale


def fitted_scale(grades: tuple[GradeRow, ...], chance: Floats) -> tuple[float, ...] | None:
    """Bounds that fit the book's PDs; None where it does not fall off the scale it has."""
    if off_scale([row.n for row in grades]) is None:
        return None
    return fitted_bounds(chance, len(grades))


def scale(pack: ValidationModel) -> list[ValidationFinding]:
    """That most of the book lies in the grades of one end, with the bounds that would fit it."""
    off = off_scale([row.n for row in pack.grades])
    if off is None or pack.fitted_scale is None:
        return []
    share, first, last = off
    test = pack.models["lightgbm"]["test"]
    values = {
        "share": share,
        "first": first,
        "last": last,
        "mean_pd": test.mean_pd,
        "bounds": f"[{', '.join(f'{one:g}' for one in pack.fitted_scale)}]",
    }
    return [
        ValidationFinding(
            code="PD-SCALE", severity="warn", outcome="failed", value=share, values=dict(values)
        )
    ]


def scale_block(bounds: tuple[float, ...]) -> str:
    """What `configs/params.yaml` takes in place of its own bounds.

    >>> print(scale_block((0.05, 0.2)))
    scale:
      grade_bounds: [0.05, 0.2]
    """
    return f"scale:\n  grade_bounds: [{', '.join(f'{one:g}' for one in bounds)}]"
