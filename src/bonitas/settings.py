"""LightGBM's parameters as `HealthScoreClassifier(settings=...)` takes them: those that shape trees, under any of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.spelling import meant, nearest

SHAPING: dict[str, tuple[str, ...]] = {
    "bagging_fraction": ("subsample", "bagging", "sub_row"),
    "bagging_freq": ("subsample_freq",),
    "bagging_seed": ("bagging_fraction_seed",),
    "cat_l2": (),
    "cat_smooth": (),
    "extra_seed": (),
    "extra_trees": ("extra_tree",),
    "feature_fraction": ("colsample_bytree", "sub_feature"),
    "feature_fraction_bynode": ("colsample_bynode", "sub_feature_bynode"),
    "feature_fraction_seed": (),
    "lambda_l1": ("reg_alpha", "l1_regularization"),
    "lambda_l2": ("reg_lambda", "lambda", "l2_regularization"),
    "learning_rate": ("eta", "shrinkage_rate"),
    "max_cat_threshold": (),
    "max_cat_to_onehot": (),
    "max_delta_step": ("max_leaf_output", "max_tree_output"),
    "max_depth": (),
    "min_data_in_leaf": ("min_child_samples", "min_samples_leaf", "min_data", "min_data_per_leaf"),
    "min_data_per_group": (),
    "min_gain_to_split": ("min_split_gain",),
    "min_sum_hessian_in_leaf": ("min_child_weight", "min_sum_hessian", "min_hessian", "min_sum_hessian_per_leaf"),
    "monotone_penalty": ("monotone_splits_penalty", "mc_penalty", "ms_penalty"),
    "num_leaves": ("max_leaves", "max_leaf", "num_leaf", "max_leaf_nodes"),
    "num_threads": ("n_jobs", "nthread", "nthreads", "num_thread"),
    "path_smooth": (),
    "seed": ("random_state", "random_seed"),
    "verbosity": ("verbose",),
}  # fmt: skip
"""By LightGBM's own name, its other names: beside the house's own value an alias would be passed over without a word.

What is not here would break what the class promises (linear leaves their directions, weights the level, positions of columns that were
left out), or is decided by the class itself (objective, trees, early stopping, categories).
"""
UNBOUNDED_LEAVES = 31
"""LightGBM's own number of leaves, where depth is not bounded."""
TREES = ("n_estimators", "num_iterations", "num_boost_round", "num_rounds", "num_trees")
_NAMES = {other: name for name, others in SHAPING.items() for other in (name, *others)}


def canonical(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings under LightGBM's own names.

    Raises:
        ValueError: a name that is unknown, not for the caller to set, or said twice.

    >>> canonical({"min_child_samples": 30, "max_depth": 2})
    {'min_data_in_leaf': 30, 'max_depth': 2}
    >>> canonical({"max_deth": 2})
    Traceback (most recent call last):
    ...
    ValueError: settings may not hold max_deth. Did you mean 'max_depth'?
    """
    found: dict[str, Any] = {}
    for given, value in settings.items():
        name = _NAMES.get(given)
        if name is None:
            raise ValueError(f"settings may not hold {given}{_instead(str(given))}")
        if name in found:
            raise ValueError(f"settings names {name} twice: {given} means the same.")
        found[name] = value
    if int(found.get("max_depth", 1)) <= 0:
        found.setdefault("num_leaves", UNBOUNDED_LEAVES)
    return found


def _instead(given: str) -> str:
    if given in TREES:
        return ". The most trees are max_rounds."
    if hint := meant(nearest(given, _NAMES)):
        return f". {hint}"
    return f": it takes what shapes trees, and leaves the rest to the class. Legal: {', '.join(SHAPING)}."
