"""Keys of files that other tools read (docs/schemas): what a test of any stage holds them to."""

from __future__ import annotations

CHECK_KEYS = {
    "code",
    "title",
    "outcome",
    "value",
    "threshold",
    "detail",
    "stops",
    "blocks",
    "waiver",
}
METRIC_KEYS = {
    "n", "defaults", "roc_auc", "roc_auc_ci", "average_precision", "ks", "brier", "brier_skill",
    "log_loss", "ece", "cox_slope", "cox_intercept",
}  # fmt: skip
