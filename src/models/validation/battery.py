"""The significance tests of both models as rows of the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.documents.validation_model import BacktestRow, Model
from contracts.scale import grade
from models.gates.evidence import MIN_FOR_TEST
from models.measures.backtests import (
    Backtest,
    auc_then_and_now,
    binomial,
    hosmer_lemeshow,
    jeffreys,
    spiegelhalter,
)
from models.measures.drift import Shift, shift
from models.measures.intervals import auc
from models.measures.metrics import stability
from models.validation.scored import Scored
from models.validation.view import View, worth

MODELS: tuple[Model, ...] = ("lightgbm", "scorecard")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a test may look at: the view of the test part, and the parts before it where they are."""

    view: View
    scored: dict[str, Scored]
    scale: ScaleConfig


def answers_of(scored: Scored, model: str) -> Floats:
    """PDs of one of the two models."""
    return scored.pd if model == "lightgbm" else scored.pd_baseline


def battery(parts: Parts) -> list[BacktestRow]:
    """Every test for both models; one without enough defaults, or of what does not vary, declines."""
    rows: list[BacktestRow] = []
    for model in MODELS:
        rows += [
            _row("jeffreys_portfolio", model, _portfolio(parts, model, "jeffreys"), parts),
            _row("binomial_portfolio", model, _portfolio(parts, model, "binomial"), parts),
            _row("hosmer_lemeshow", model, _groups(parts, model), parts),
            _row("spiegelhalter", model, _brier(parts, model), parts),
            _row("auc_then_now", model, then_and_now(parts.scored, model), parts),
            _row("psi_score", model, _moved(parts, score_shift(parts.scored, model)), parts),
            _row("psi_grade", model, _moved(parts, grade_shift(parts, model)), parts),
        ]
    return rows


def _row(code: str, model: Model, found: Backtest | None, parts: Parts) -> BacktestRow:
    if found is None or not np.isfinite(found.p_value):
        return BacktestRow(
            code=code, model=model, statistic=None, p_value=None, n=0, outcome="not_applicable"
        )
    return BacktestRow(
        code=code,
        model=model,
        statistic=found.statistic,
        p_value=found.p_value,
        n=found.n,
        outcome="passed" if found.p_value >= 1.0 - parts.view.confidence else "failed",
    )


def _enough(parts: Parts, model: str) -> bool:
    """Whether rows that count as independent hold, or were expected to hold, enough defaults."""
    once, scored = parts.view.once, parts.view.scored
    expected = float(np.sum(answers_of(scored, model)[once]))
    return max(int(scored.part.defaulted[once].sum()), expected) >= MIN_FOR_TEST


def _portfolio(parts: Parts, model: str, test: str) -> Backtest | None:
    """Defaults in the whole book, on all dates (see `models.measures.overlap`); the statistic is the number of defaults observed."""
    scored = parts.view.scored
    told = answers_of(scored, model)
    found = worth(parts.view, np.ones(len(told), dtype=np.bool_), told)
    if max(found.defaults, found.rows * found.mean_pd) < MIN_FOR_TEST:
        return None
    by = jeffreys if test == "jeffreys" else binomial
    p_value = by(found.defaults, found.rows, found.mean_pd)
    return Backtest(float(np.sum(scored.part.defaulted)), p_value, len(told))


def _groups(parts: Parts, model: str) -> Backtest | None:
    once, scored = parts.view.once, parts.view.scored
    if not _enough(parts, model):
        return None
    return hosmer_lemeshow(answers_of(scored, model)[once], scored.part.defaulted[once])


def _brier(parts: Parts, model: str) -> Backtest | None:
    scored = parts.view.scored
    if not scored.part.defaulted.any():
        return None
    return spiegelhalter(answers_of(scored, model), scored.part.defaulted, scored.part.customer_id)


def then_and_now(scored: dict[str, Scored], model: str = "lightgbm") -> Backtest | None:
    """AUC of the test part against that of calibrate; None where one of them has one class only."""
    before, now = scored.get("calibrate"), scored.get("test")
    if before is None or now is None:
        return None
    if any(not one.part.defaulted.any() or one.part.defaulted.all() for one in (before, now)):
        return None
    areas = [
        auc(answers_of(one, model), one.part.defaulted, one.part.customer_id)
        for one in (before, now)
    ]
    return auc_then_and_now(areas[0].value, areas[1], len(now.part))


def _customers(*parts: Scored) -> tuple[int, int]:
    before, now = (len(set(one.part.customer_id)) for one in parts)
    return before, now


def score_shift(scored: dict[str, Scored], model: str = "lightgbm") -> Shift | None:
    """How far the PDs moved from train to test; None without a train part, or where they are constant there."""
    if "train" not in scored or "test" not in scored:
        return None
    before, now = scored["train"], scored["test"]
    return stability(answers_of(before, model), answers_of(now, model), _customers(before, now))


def grade_shift(parts: Parts, model: str) -> Shift | None:
    """How far the grades moved from train to test."""
    if "train" not in parts.scored or "test" not in parts.scored:
        return None
    before, now = parts.scored["train"], parts.scored["test"]
    counts = [
        np.bincount(grade(answers_of(one, model), parts.scale), minlength=parts.scale.n_grades + 1)[
            1:
        ]
        for one in (before, now)
    ]
    return shift(counts[0], counts[1], customers=_customers(before, now))


def _moved(parts: Parts, found: Shift | None) -> Backtest | None:
    """PSI as a test; the statistic is the PSI itself."""
    if found is None or found.critical <= 0:
        return None
    return Backtest(found.psi, found.p_value, len(parts.scored["test"].part))
