"""Which features pay on later data: ranked by SHAP on time-ordered folds, those that drift last, the smallest set that is as good as any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from models.base.data import Feature, ModelContract, Part
from models.base.losses import row_losses
from models.boosting.booster import Ensemble
from models.boosting.lgbm import by_hand, fit_on_fold, fold_datasets, lightgbm_params
from models.boosting.shapley import contributions
from models.calibration.choice import Candidate, one_standard_error
from models.measures.distribution import distribution, recounted
from models.measures.drift import shift
from models.sample.folds import Fold

BINS = 10  # equal-mass bins of a fold's train rows, for PSI


@dataclass(frozen=True, slots=True)
class Ranked:
    """One feature in the order in which sets are made.

    Attributes:
        feature: its name.
        share: of the mean absolute SHAP value (log-odds) of all features, mean over the folds' later rows.
        unstable_folds: folds in which it moved more than the brake allows.
        is_braked: in most folds, so it stands behind all that did not.
    """

    feature: str
    share: float
    unstable_folds: int
    is_braked: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """The features kept, and why.

    Attributes:
        method: `none` or `shap`.
        contract: of the features kept, in their old order.
        ranking: all features, the strongest stable one first; empty where none was ranked.
        sets: log loss of each set tried, by its size, with the standard error of its difference to the best.
    """

    method: str
    contract: ModelContract
    ranking: tuple[Ranked, ...] = ()
    sets: tuple[Candidate, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What `data/model/selection.json` holds."""
        kept = set(self.contract.names)
        return {
            "method": self.method,
            "kept": len(kept),
            "of": len(self.ranking) or len(kept),
            "sets": [
                {
                    "features": int(one.method),
                    "log_loss": one.log_loss,
                    "standard_error": one.standard_error,
                }
                for one in self.sets
            ],
            "rows": [_row(one, is_kept=one.feature in kept) for one in self.ranking],
        }


def _row(one: Ranked, *, is_kept: bool) -> dict[str, Any]:
    english, chinese = _reason(one, is_kept=is_kept)
    return {
        "feature": one.feature,
        "share": one.share,
        "unstable_folds": one.unstable_folds,
        "kept": is_kept,
        "reason_en": english,
        "reason_zh": chinese,
    }


def _reason(one: Ranked, *, is_kept: bool) -> tuple[str, str]:
    weight = f"{100 * one.share:.1f}%"
    if one.is_braked and is_kept:
        return (
            f"Moves over time in {one.unstable_folds} folds, but later data are predicted better with it; {weight} of the explanation.",
            f"在 {one.unstable_folds} 个时间折中分布不稳定，但保留后对后续数据的预测更好；占解释度 {weight}。",
        )
    if one.is_braked:
        return (
            f"Moves over time in {one.unstable_folds} folds, and later data are predicted no better with it.",
            f"在 {one.unstable_folds} 个时间折中分布不稳定，且对后续数据的预测没有帮助。",
        )
    if is_kept:
        return f"{weight} of the explanation on later data.", f"占后续数据解释度的 {weight}。"
    return (
        f"Adds {weight} of the explanation; later data are predicted as well without it.",
        f"仅占解释度 {weight}；不使用它，对后续数据的预测同样好。",
    )


def select_features(
    part: Part, codes: Floats, contract: ModelContract, folds: list[Fold], config: TrainConfig
) -> Selection:
    """The smallest set of features whose loss on later data is within one standard error of the best.

    Features are ranked by their mean absolute SHAP value on the rows each fold is judged on, by a model with
    settings chosen by hand. A feature that drifts in most folds is ranked behind all others, not dropped: its
    share was learned on one distribution and is claimed on another, so it must earn its place by the loss on
    later data. Sets are nested: the first 10, 20, ... of the ranking, and all. The standard error is that of
    the paired difference of losses, clustered by customer.

    Args:
        part: the rows the folds are made of; only rows of a fold are read.
        codes: the same rows encoded, shape (n, features).
        contract: the features to choose from.
        folds: positions in these rows.
        config: method, sizes of the sets, the brake, and how LightGBM is fitted.
    """
    if config.selection.method == "none":
        return Selection("none", contract)
    ranking = rank_features(part, codes, contract, folds, config)
    sizes = [size for size in config.selection.sizes if size < len(ranking)]
    order = [one.feature for one in ranking]
    nested = {str(size): keep_features(contract, order[:size]) for size in [*sizes, len(ranking)]}
    losses: dict[str, Floats | None] = {
        size: later_losses(part.defaulted, codes, contract, (kept, folds), config)
        for size, kept in nested.items()
    }
    customers = np.concatenate([part.customer_id[fold.valid] for fold in folds])
    chosen, sets = one_standard_error(losses, customers)
    return Selection("shap", nested[chosen], tuple(ranking), sets)


def keep_features(contract: ModelContract, names: list[str]) -> ModelContract:
    """The contract of these features alone, in their old order."""
    kept = tuple(feature for feature in contract.features if feature.name in set(names))
    return ModelContract(contract.portfolio, contract.horizon_months, kept)


def rank_features(
    part: Part, codes: Floats, contract: ModelContract, folds: list[Fold], config: TrainConfig
) -> list[Ranked]:
    """All features, the strongest stable one first, braked ones last; equal ones by name."""
    shares, unstable = [], []
    for fold in folds:
        booster = _fitted(codes, part.defaulted, fold, contract, config)
        strength = np.abs(contributions(Ensemble((booster,), contract), codes[fold.valid]).phi)
        total = strength.sum()
        shares.append(
            strength.sum(axis=0) / (total or 1.0)
        )  # no tree found a split: nothing to share
        unstable.append(moved(part, contract.features, fold, config.selection.psi_brake))
    folds_moved = np.sum(unstable, axis=0)
    ranked = [
        Ranked(name, float(share), int(count), bool(2 * count > len(folds)))
        for name, share, count in zip(
            contract.names, np.mean(shares, axis=0), folds_moved, strict=True
        )
    ]
    return sorted(ranked, key=lambda one: (one.is_braked, -one.share, one.feature))


def moved(part: Part, features: tuple[Feature, ...], fold: Fold, brake: float) -> Bools:
    """Which features moved between a fold's rows: PSI above `brake` times what chance exceeds in 5 % of cases.

    The multiple is there because any economy moves, and with thousands of customers every ratio does so
    significantly; what matters is a move far beyond chance.
    """
    before, after = part.features.iloc[fold.train], part.features.iloc[fold.valid]
    customers = tuple(len(set(part.customer_id[rows])) for rows in (fold.train, fold.valid))
    found = []
    for feature in features:
        declared = {"dtype": feature.dtype, "levels": feature.levels}
        kept = distribution(before[feature.name], declared, BINS)
        counts = np.array(kept["counts"], dtype=np.int64)
        one = shift(
            counts, recounted(after[feature.name], kept), customers=(customers[0], customers[1])
        )
        found.append(one.psi > brake * one.critical)
    return np.array(found, dtype=np.bool_)


def later_losses(
    defaulted: Bools,
    codes: Floats,
    contract: ModelContract,
    tried: tuple[ModelContract, list[Fold]],
    config: TrainConfig,
) -> Floats:
    """Log loss of every row the folds are judged on, in their order, by models of the features tried."""
    kept, folds = tried
    columns = [contract.names.index(name) for name in kept.names]
    narrow = codes[:, columns]
    losses = []
    for fold in folds:
        booster = _fitted(narrow, defaulted, fold, kept, config)
        margin = np.asarray(booster.predict(narrow[fold.valid], raw_score=True), dtype=np.float64)
        losses.append(row_losses(margin, defaulted[fold.valid]))
    return np.concatenate(losses)


def _fitted(
    codes: Floats, defaulted: Bools, fold: Fold, contract: ModelContract, config: TrainConfig
) -> lgb.Booster:
    """A model of one fold with the settings chosen by hand; it predicts with the trees that its later rows asked for."""
    train, valid = fold_datasets(codes, defaulted, fold, contract, config)
    params = lightgbm_params(contract, config, by_hand(contract, config))
    return fit_on_fold(train, valid, params, config).booster
