"""Optuna over time-ordered folds, and the features that pay."""
