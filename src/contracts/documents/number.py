"""Numbers of a document: plain, and null where they are not defined."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator

from contracts.documents.base import Part


def plain(value: Any) -> Any:
    """A NumPy number as Python's, and None in place of NaN and infinity.

    >>> plain(np.float64("nan")), plain(np.int64(3)), plain(0.5)
    (None, 3, 0.5)
    """
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(plain)]
"""A number; None where it is not defined."""


class Figure(Part):
    """A value and the ends of its interval; None where it is not defined."""

    value: Number = None
    low: Number = None
    high: Number = None
