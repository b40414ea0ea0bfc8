"""The Python API: a portfolio's frames, folds, labels, models and explanations, and a classifier for scikit-learn.

>>> import bonitas
>>> "Portfolio" in dir(bonitas), "HealthScoreClassifier" in dir(bonitas)
(True, True)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pipelines  # noqa: F401 - it says who else calls a package `models`, before one of ours is imported

if TYPE_CHECKING:
    from bonitas.classifier import HealthScoreClassifier
    from bonitas.folds import TimeFolds
    from bonitas.portfolio import Portfolio
    from bonitas.training import Training
    from bonitas.version import Version
    from contracts.errors import BonitasError

__all__ = [
    "BonitasError",
    "HealthScoreClassifier",
    "Portfolio",
    "TimeFolds",
    "Training",
    "Version",
]
_PLACES = {
    "HealthScoreClassifier": "classifier",
    "TimeFolds": "folds",
    "Portfolio": "portfolio",
    "Training": "training",
    "Version": "version",
    "BonitasError": "mistakes",
}
"""The module of each name: imported when it is asked for, because LightGBM, Ibis and MLflow take seconds."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
