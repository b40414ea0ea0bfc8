"""Boosters of different flavour, averaged in log-odds: only those that make the average better on later data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from models.base.data import ModelContract
from models.base.losses import clustered_standard_error, row_losses
from models.boosting.at_once import at_once
from models.boosting.course import Course
from models.boosting.lgbm import (
    Fitted,
    Values,
    deep_values,
    fit_on_fold,
    lightgbm_defaults,
    lightgbm_params,
)
from models.boosting.views import View, in_view
from models.sample.folds import Fold
from models.search.space import first_values, spelt

MIN_GAIN = 0.001  # share of the loss that one more booster saves at least, to be taken whatever chance says
RIVALS = ("by_hand", "lightgbm")
"""Plain boosters that always race, whatever the config allows: the model may not be behind them."""
SHALLOW = 2  # two features at most speak together
SEARCHED = "searched"
Start = Literal["searched", "by_hand", "lightgbm", "deep"]


@dataclass(frozen=True, slots=True)
class Flavour:
    """A kind of booster: which features it sees, and its settings beside the searched ones.

    Attributes:
        view: see `models.boosting.views`.
        changed: settings in place of the searched ones.
        start: where the settings come from: the search, a modeller's hand, LightGBM itself, or deep trees.
    """

    view: View = "all"
    changed: Values = field(default_factory=dict)
    start: Start = "searched"

    def settings(self, searched: Values, contract: ModelContract, config: TrainConfig) -> Values:
        """LightGBM's settings of this flavour."""
        if self.start == "searched":
            return {**searched, **self.changed}
        if self.start == "by_hand":
            return {**first_values(contract, config), **self.changed}
        own = lightgbm_defaults() if self.start == "lightgbm" else deep_values()
        return {**own, **self.changed}


FLAVOURS: dict[str, Flavour] = {
    SEARCHED: Flavour(),
    "by_hand": Flavour(start="by_hand"),
    "lightgbm": Flavour(start="lightgbm"),
    "deep": Flavour(start="deep"),
    "shallow": Flavour(changed={"max_depth": SHALLOW}),
    "extra_trees": Flavour(changed={"extra_trees": True}),
    "relative": Flavour("relative"),
    "relative_shallow": Flavour("relative", {"max_depth": SHALLOW}),
    "relative_extra_trees": Flavour("relative", {"extra_trees": True}),
    "absolute": Flavour("absolute"),
}
"""By the name that `train.flavours` gives."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A flavour on the folds.

    Attributes:
        name: of the flavour.
        view: what it sees.
        settings: LightGBM's.
        rounds: trees, the mean of the best rounds over the folds.
        margins: log-odds of each fold's later rows.
        log_loss: mean over the folds of the mean log loss there.
    """

    name: str
    view: View
    settings: Values
    rounds: int
    margins: tuple[Floats, ...]
    log_loss: float


@dataclass(frozen=True, slots=True)
class Members:
    """The boosters of the bundle to be, and what they were chosen from.

    Attributes:
        chosen: in the order they were taken; their average is the model.
        tried: every flavour on the folds.
        log_loss: of the average, mean over the folds.
    """

    chosen: tuple[Tried, ...]
    tried: tuple[Tried, ...]
    log_loss: float

    def to_json(self) -> dict[str, Any]:
        """What `data/model/members.json` holds."""
        names = [one.name for one in self.chosen]
        return {
            "log_loss": self.log_loss,
            "members": [
                {"flavour": one.name, "view": one.view, "rounds": one.rounds, "settings": one.settings}
                for one in self.chosen
            ],
            "tried": [
                {"flavour": one.name, "log_loss": one.log_loss, "rounds": one.rounds, "taken": one.name in names}
                for one in self.tried
            ],
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Members:
        """The members that `to_json` wrote, to be fitted again; their margins and those not taken are not kept."""
        tried = {one["flavour"]: float(one["log_loss"]) for one in values["tried"]}
        chosen = tuple(
            Tried(one["flavour"], one["view"], one["settings"], int(one["rounds"]), (), tried[one["flavour"]])
            for one in values["members"]
        )  # fmt: skip
        return cls(chosen, (), float(values["log_loss"]))


def try_flavours(
    course: Course,
    config: TrainConfig,
    searched: Values,
    fitted: Mapping[str, Sequence[Fitted]] = MappingProxyType({}),
) -> list[Tried]:
    """Every flavour of the config and the rivals on the folds; one that comes down to an earlier one is left out.

    Args:
        course: encoded train rows and their folds.
        config: flavours, seed, limits.
        searched: the settings that the search chose.
        fitted: what the search has fitted on these folds, by the settings as they are `spelt`; it is not fitted again.
    """
    contract, asked, known = course.contract, list[_Asked](), set[str]()
    for name in dict.fromkeys((*config.flavours, *RIVALS)):
        flavour = FLAVOURS[name]
        settings = flavour.settings(searched, contract, config)
        shown = in_view(flavour.view, contract)
        identity = f"{shown.tolist()} {spelt(settings)}"
        if identity in known or not shown.any():
            continue
        known.add(identity)
        found = fitted.get(spelt(settings), ()) if shown.all() else ()
        asked.append((name, flavour.view, settings, found))
    course.bin([view for _, view, _, found in asked if not found], config)
    n_folds = len(course.folds)
    jobs = [partial(_on_fold, course, at, one) for one in asked for at in range(n_folds)]
    fits = at_once(jobs, config)
    return [
        _tried(one, fits[number * n_folds : (number + 1) * n_folds], course)
        for number, one in enumerate(asked)
    ]


_Asked = tuple[str, View, Values, Sequence[Fitted]]
"""A flavour's name, what it sees, its settings, and its fits on the folds where there are some already."""


def _tried(asked: _Asked, fits: Sequence[tuple[int, Floats]], course: Course) -> Tried:
    losses = [
        log_loss(margin, course.defaulted[fold.valid])
        for (_, margin), fold in zip(fits, course.folds, strict=True)
    ]
    rounds = max(1, round(float(np.mean([rounds for rounds, _ in fits]))))
    margins = tuple(margin for _, margin in fits)
    name, view, settings, _ = asked
    return Tried(name, view, settings, rounds, margins, float(np.mean(losses)))


def _on_fold(course: Course, at: int, asked: _Asked, config: TrainConfig) -> tuple[int, Floats]:
    """The best round, and the margins of the fold's later rows there."""
    _, view, settings, found = asked
    params = lightgbm_params(course.contract, config, settings)
    fit = found[at] if found else fit_on_fold(*course.copies(at, view), params, config)
    # the number of threads is the whole process's: a prediction that names none would set all cores under the fit beside it, which dies of it
    margin = fit.booster.predict(
        course.codes[course.folds[at].valid],
        raw_score=True,
        num_iteration=fit.rounds,
        num_threads=config.threads,
    )
    return fit.rounds, np.asarray(margin, dtype=np.float64)


def choose_members(
    tried: Sequence[Tried],
    defaulted: Bools,
    folds: Sequence[Fold],
    most: int,
    customer_id: np.ndarray[Any, Any],
) -> Members:
    """The flavours whose average in log-odds has the least loss on later data, taken one by one.

    The best alone first; then, of the others, the one whose vote lowers the average's loss most, as long as it saves
    `MIN_GAIN` of it or costs no more than chance explains: one standard error of the paired difference, by customer. On
    few rows which flavour is best is mostly luck, and an average is safer than the luckiest; on many, chance explains
    little, and a vote must pay. Margins are averaged, so SHAP values are too, and an average of
    boosters that each keep the promised directions keeps them.

    Args:
        tried: at least one.
        defaulted: outcomes of the rows that the folds are positions in.
        folds: as the flavours were tried on.
        most: boosters in a bundle.
        customer_id: of the same rows.

    Source: Caruana et al., Ensemble selection from libraries of models, ICML 2004; without repetition. One standard error:
    Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2009, section 7.10.
    """
    outcomes = [defaulted[fold.valid] for fold in folds]
    who = np.concatenate([customer_id[fold.valid] for fold in folds])
    best = min(tried, key=lambda one: one.log_loss)
    chosen, loss = [best], best.log_loss
    while len(chosen) < most:
        taken = {one.name for one in chosen}
        rest = [one for one in tried if one.name not in taken]
        losses = [average_loss([*chosen, one], outcomes) for one in rest]
        if not losses:
            break
        position = int(np.argmin(losses))
        more = [*chosen, rest[position]]
        pays = losses[position] <= loss * (1.0 - MIN_GAIN)
        if not pays and not _within_chance(chosen, more, outcomes, who):
            break
        chosen, loss = more, losses[position]
    return Members(tuple(chosen), tuple(tried), loss)


def _within_chance(
    few: Sequence[Tried],
    more: Sequence[Tried],
    outcomes: Sequence[Bools],
    who: np.ndarray[Any, Any],
) -> bool:
    """Whether an average of more is behind one of fewer by less than one standard error; one that answers alike is no gain."""
    apart = _row_losses(more, outcomes) - _row_losses(few, outcomes)
    return float(np.mean(apart)) < clustered_standard_error(apart, who)


def _row_losses(members: Sequence[Tried], outcomes: Sequence[Bools]) -> Floats:
    """Losses of the later rows of all folds by the members' mean margin."""
    return np.concatenate(
        [
            row_losses(np.mean([one.margins[fold] for one in members], axis=0), outcome)
            for fold, outcome in enumerate(outcomes)
        ]
    )


def average_loss(members: Sequence[Tried], outcomes: Sequence[Bools]) -> float:
    """Mean over the folds of the log loss of the members' mean margin."""
    return float(
        np.mean(
            [
                log_loss(np.mean([one.margins[fold] for one in members], axis=0), outcome)
                for fold, outcome in enumerate(outcomes)
            ]
        )
    )


def log_loss(margin: Floats, defaulted: Bools) -> float:
    """Mean of the rows' losses.

    >>> round(log_loss(np.array([0.0, 0.0]), np.array([True, False])), 6)  # ln 2
    0.693147
    """
    return float(np.mean(row_losses(margin, defaulted)))
