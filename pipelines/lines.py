"""What a stage says when it has finished, where that takes more than a number."""

from __future__ import annotations

from contracts.documents.metrics import Metrics


def headline(metrics: Metrics) -> str:
    """ROC AUC with its interval, and the scorecard's."""
    test, simple = metrics.test, metrics.baseline.roc_auc
    if test.roc_auc is None or test.roc_auc_ci is None:
        return f"no ROC AUC: {test.defaults} defaults in {test.n:,} test rows"
    low, high = test.roc_auc_ci
    return f"ROC AUC {test.roc_auc:.3f} [{low:.3f}, {high:.3f}], scorecard {simple:.3f}"
