"""What a stage says when it has finished, where that takes more than a number."""

from __future__ import annotations

from contracts.documents.metrics import Metrics
from models.validation.scale_findings import scale_block
from pipelines import paths


def headline(metrics: Metrics, *, is_stated: bool) -> str:
    """ROC AUC with its interval, and the scorecard's; beside a score of stated experience no scorecard is fitted."""
    test, simple = metrics.test, metrics.baseline.roc_auc
    if test.roc_auc is None or test.roc_auc_ci is None:
        return f"no ROC AUC: {test.defaults} defaults in {test.n:,} test rows"
    low, high = test.roc_auc_ci
    beside = "" if is_stated else f", scorecard {simple:.3f}"
    return f"ROC AUC {test.roc_auc:.3f} [{low:.3f}, {high:.3f}]{beside}"


def scale_offered(bounds: tuple[float, ...] | None) -> str:
    """A scale that fits the book, ready to paste, where most of it lies in the grades of one end; else nothing."""
    if bounds is None:
        return ""
    return f". Most of the book lies in the grades of one end of the scale; one that fits it, for {paths.PARAMS}:\n{scale_block(bounds)}\n"
