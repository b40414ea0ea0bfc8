"""Each input alone, and what the model knows without it: the evidence against values that were written after the outcome."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats, Ints
from contracts.config.training import TrainConfig
from contracts.errors import BundleError
from models.base.arrays import hashed_share
from models.base.data import ModelContract, Part
from models.boosting.booster import Ensemble
from models.boosting.lgbm import by_hand, dataset, lightgbm_params
from models.boosting.shapley import contributions
from models.boosting.views import rank_of
from models.calibration.forms.offset import fit_offset
from models.gates.single import SingleInput
from models.measures.alone import fit_alone
from models.measures.intervals import Ranking

MIN_CUSTOMERS = 30  # that defaulted in the test part; the bounds were measured on 40 to 60, and stopped a clean one of 25
MAX_ROWS = 40_000  # of a part; customers by hashed id where there are more
MAX_EXAMINED = 6  # inputs that are left out in turn, each in a fit of its own
FOLDS = 3  # of customers
POINTS, LIFT = (
    0.25,
    3.0,
)  # an input points to default where its rate is so high, and so many times the book's
SAME = 0.8  # two inputs that point to the same observations, to this share of those of either, say the same
ROUNDS = 100
SALT = "single inputs"


@dataclass(frozen=True, slots=True)
class Book:
    """What is looked at: encoded rows of train, of test, and of the newest day, whose outcomes are still open."""

    contract: ModelContract
    train: Floats
    train_bad: Bools
    test: Floats
    test_bad: Bools
    customer_id: np.ndarray
    fold: Ints
    newest: Floats

    @classmethod
    def of(cls, parts: tuple[Part, Part], recent: Part | None, contract: ModelContract) -> Book:
        """The rows of train, test and the newest day of `recent`, of at most `MAX_ROWS` each."""
        train, test = (_sampled(part) for part in parts)
        newest: Floats = np.empty((0, len(contract.features)))
        if recent is not None and len(recent):
            last = recent.take(recent.as_of == recent.as_of.max())
            newest = contract.encode(_sampled(last).features)
        fold = (hashed_share(test.customer_id, SALT) * FOLDS).astype(np.int64)
        codes = (contract.encode(part.features) for part in (train, test))
        learned, seen = codes
        return cls(contract, learned, train.defaulted, seen, test.defaulted, test.customer_id, fold, newest)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What one input says of the rows of test and of the newest day, by a model of it alone.

    Attributes:
        position: of the input in the contract.
        auc: on test.
        points: test rows where it points to default.
        newest: rows of the newest day where it does.
    """

    position: int
    auc: float
    points: Bools
    newest: Bools


@dataclass(frozen=True, slots=True)
class Others:
    """What the other inputs expect of the rows of test.

    Attributes:
        pd: each row's, brought to the level of the test part.
        auc: on test.
    """

    pd: Floats
    auc: float

    @classmethod
    def of(cls, margin: Floats, bad: Bools) -> Others:
        """From the log-odds of a model without the input."""
        once = np.ones(len(bad), dtype=np.int64)
        return cls(fit_offset(margin, bad).apply(margin), Ranking.of(margin, bad).auc(once))


def single_inputs(
    parts: tuple[Part, Part],
    recent: Part | None,
    ensemble: Ensemble,
    checked: Collection[str] = (),
) -> list[SingleInput] | None:
    """Every input alone; those that look too good also beside a model without them. None where too few defaulted.

    An input is modelled twice: as it spoke before (fitted on train, asked of test), and as it speaks now (fitted on
    two thirds of the customers of test, asked of the others), for a value that encodes time never speaks the same way twice.
    The stronger suspicion counts. What the other inputs expect is first read from the model less the input's SHAP values;
    where that is suspicious, boosters are fitted on train without the input.

    Args:
        parts: train and test.
        recent: rows whose outcomes are still open; None where there are none.
        ensemble: the model.
        checked: inputs that a person has checked; they are left out.
    """
    test = parts[1]
    if any(not part.defaulted.any() or part.defaulted.all() for part in parts):
        return None
    if len(set(test.customer_id[test.defaulted])) < MIN_CUSTOMERS:
        return None
    book = Book.of(parts, recent, ensemble.contract)
    views = [list(_claims(book, checked, then=then)) for then in (True, False)]
    by_shap = partial(_less, *_shap(ensemble, book.test))
    found, suspects = [], []
    alike = [_same(view, book.contract) for view in views]
    for claims, groups in zip(zip(*views, strict=True), zip(*alike, strict=True), strict=True):
        screened = _both(book, claims, groups, by_shap)
        found.append(screened)
        if screened.why:
            suspects.append((screened.foreseen, claims, groups))
    suspects.sort(key=lambda one: (-one[0], one[1][0].position))
    known = {one.feature: one for one in found}
    for _, claims, groups in suspects[:MAX_EXAMINED]:
        name = _name(book, claims[0])
        known[name] = _both(book, claims, groups, partial(_without, book))
    for _, claims, _ in suspects[MAX_EXAMINED:]:
        name = _name(book, claims[0])
        known[name] = replace(known[name], without=None, expected=None)
    return list(known.values())


def _sampled(part: Part) -> Part:
    if len(part) <= MAX_ROWS:
        return part
    share = hashed_share(part.customer_id, SALT)
    return part.take(np.sort(np.argsort(share, kind="stable")[:MAX_ROWS]))


def _name(book: Book, claim: Claim) -> str:
    return book.contract.names[claim.position]


def _claims(book: Book, checked: Collection[str], *, then: bool) -> Iterator[Claim]:
    once = np.ones(len(book.test), dtype=np.int64)
    base = float(np.mean(book.train_bad if then else book.test_bad))
    bound = max(POINTS, LIFT * base)
    for position, feature in enumerate(book.contract.features):
        if feature.name in checked:
            continue
        chance, newest = (_before if then else _now)(book, position, is_category=feature.levels is not None)  # fmt: skip
        area = Ranking.of(chance, book.test_bad).auc(once)
        yield Claim(position, area, chance >= bound, newest >= bound)


def _before(book: Book, position: int, *, is_category: bool) -> tuple[Floats, Floats]:
    alone = fit_alone(book.train[:, position], book.train_bad, is_category=is_category)
    return alone.pd(book.test[:, position]), alone.pd(book.newest[:, position])


def _now(book: Book, position: int, *, is_category: bool) -> tuple[Floats, Floats]:
    values, chance, newest = book.test[:, position], np.zeros(len(book.test)), np.zeros(len(book.newest))  # fmt: skip
    for fold in range(FOLDS):
        asked = book.fold == fold
        bad = book.test_bad[~asked]
        if not bad.any():
            continue
        alone = fit_alone(values[~asked], bad, is_category=is_category)
        chance[asked] = alone.pd(values[asked])
        newest += alone.pd(book.newest[:, position]) / FOLDS
    return chance, newest


def _same(view: list[Claim], contract: ModelContract) -> list[list[int]]:
    """For each input: its position, that of its rank among peers, and those of inputs that point to the same observations."""
    points = np.array([claim.points for claim in view], dtype=np.float32)
    both = points @ points.T  # counts below 2^24 are exact
    either = np.diag(both)[:, None] + np.diag(both)[None, :] - both
    alike = both >= SAME * np.maximum(either, 1.0)
    places = [claim.position for claim in view]
    names = [contract.names[place] for place in places]
    return [
        [
            place
            for place, name, is_alike in zip(places, names, alike[row], strict=True)
            if is_alike or name in {own, rank_of(own)}
        ]
        for row, own in enumerate(names)
    ]


def _shap(ensemble: Ensemble, codes: Floats) -> tuple[Floats, Floats]:
    """SHAP values by input, and the margin that they add up to.

    Where they do not add up to the model's, which has a gate of its own, they are LightGBM's as they are.
    """
    try:
        found = contributions(ensemble, codes)
    except BundleError:
        own = ensemble.contributions(codes)
        return own[:, :-1], np.asarray(own.sum(axis=1))
    return found.phi, found.margin


def _less(shap: Floats, margin: Floats, left_out: list[int]) -> Floats:
    """The margin of the model less what these inputs add to it."""
    return np.asarray(margin - shap[:, left_out].sum(axis=1))


def _both(
    book: Book,
    claims: tuple[Claim, ...],
    groups: tuple[list[int], ...],
    margin_without: Callable[[list[int]], Floats],
) -> SingleInput:
    """The stronger suspicion of both views, which mostly leave out the same inputs."""
    others: dict[tuple[int, ...], Others] = {}
    for group in groups:
        if tuple(group) not in others:
            others[tuple(group)] = Others.of(margin_without(group), book.test_bad)
    return _worst(
        _beside(claim, book, others[tuple(group)])
        for claim, group in zip(claims, groups, strict=True)
    )


def _beside(claim: Claim, book: Book, others: Others) -> SingleInput:
    """The input beside the others."""
    points, bad = claim.points, book.test_bad
    missing = np.isnan(book.test[:, claim.position])
    seen = bool(points.any())
    share = float(np.mean(points))
    return SingleInput(
        _name(book, claim),
        claim.auc,
        others.auc,
        share=share,
        caught=float(np.sum(bad & points) / bad.sum()),
        rate=float(np.mean(bad[points])) if seen else 0.0,
        expected=float(np.mean(others.pd[points])) if seen else None,
        customers=len(set(book.customer_id[bad & points])),
        newest=float(np.mean(claim.newest)) if len(claim.newest) else None,
        shown=share * len(claim.newest),
        is_missing=seen and float(np.mean(missing[points])) >= 0.5,
    )


def _worst(found: Iterator[SingleInput]) -> SingleInput:
    return max(found, key=lambda one: (bool(one.why), one.foreseen, one.auc))


def _without(book: Book, left_out: list[int]) -> Floats:
    """The margin of boosters that were fitted without these inputs."""
    config = TrainConfig()
    train, test = book.train.copy(), book.test.copy()
    for codes in (train, test):
        codes[:, left_out] = np.nan  # LightGBM never splits on a constant column
    params = lightgbm_params(book.contract, config, by_hand(book.contract, config))
    rows = dataset(train, book.train_bad, book.contract, config)
    booster = lgb.train(params, rows, num_boost_round=ROUNDS)
    return np.asarray(booster.predict(test, raw_score=True))
