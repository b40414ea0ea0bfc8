"""The intervals of the validation as plain numbers beside the figures of `reports/metrics.json`.

DVC compares numbers and leaves lists out, so `dvc metrics diff` and `dvc exp show` would show no interval at all.
"""

from __future__ import annotations

from contracts.documents.metrics import WITH_ENDS, Measured, Metrics
from contracts.documents.validation_model import Figures, ValidationModel

SECTIONS = (("test", "lightgbm"), ("baseline", "scorecard"), ("oracle", "oracle"))


def with_ends(metrics: Metrics, pack: ValidationModel) -> Metrics:
    """The metrics with `<measure>_low` and `<measure>_high` wherever the validation has an interval."""
    test = {name: parts.get("test") for name, parts in pack.models.items()}
    found: dict[str, object] = {
        section: _ended(held, test[model])
        for section, model in SECTIONS
        if (held := getattr(metrics, section)) is not None and test.get(model) is not None
    }
    gini = pack.premium.gini
    premium = metrics.complexity_premium.model_copy(update={"gini_low": gini.low, "gini_high": gini.high})  # fmt: skip
    return metrics.model_copy(update={**found, "complexity_premium": premium})


def _ended(held: Measured, figures: Figures | None) -> Measured:
    ends: dict[str, float | None] = {}
    for name in WITH_ENDS:
        figure = getattr(figures, name)
        ends |= {f"{name}_low": figure.low, f"{name}_high": figure.high}
    return held.model_copy(update=ends)
