"""Gates stop registration unless they passed; a champion is replaced by what is not significantly worse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.arrays import Floats
from contracts.config.gates import GateConfig
from models.gates.verdict import blocked_by
from models.measures.duel import duel


def gates(**config: bool) -> dict[str, GateConfig]:
    return {"G": GateConfig(threshold=0, **config)}


@pytest.mark.parametrize("outcome", ["failed", "not_applicable", "unheard of", None])
def test_only_passed_passes(outcome: str | None) -> None:
    checks = [{"code": "G", "outcome": outcome}] if outcome else []
    assert blocked_by(checks, gates()) == ["G"]
    assert blocked_by([{"code": "G", "outcome": "passed"}], gates()) == []
    assert blocked_by(checks, gates(blocks=False)) == []


def test_a_gate_may_be_allowed_to_decline_but_not_to_fail_or_to_be_absent() -> None:
    lenient = gates(not_applicable_blocks=False)
    assert blocked_by([{"code": "G", "outcome": "not_applicable"}], lenient) == []
    assert blocked_by([{"code": "G", "outcome": "failed"}], lenient) == ["G"]
    assert blocked_by([], lenient) == ["G"]


def book(customers: int, months: int, seed: int = 0) -> tuple[pd.DataFrame, Floats]:
    """True PDs, and outcomes drawn once per customer and repeated in its months."""
    draw = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-draw.normal(-2.5, 1, customers)))
    outcome = draw.random(customers) < chance
    ids = np.repeat([f"C{number}" for number in range(customers)], months)
    frame = pd.DataFrame({"customer_id": ids, "defaulted": np.repeat(outcome, months)})
    return frame, np.repeat(chance, months)


def test_the_same_pds_are_not_worse() -> None:
    rows, chance = book(200, 3)
    found = duel(rows, chance, chance, draws=200, seed=1)
    assert (found.gain, found.p_worse) == (0.0, 1.0)


def test_a_model_without_information_is_worse_and_the_true_one_is_not() -> None:
    rows, chance = book(3000, 2)
    flat = np.full(len(rows), float(rows["defaulted"].mean()))
    assert duel(rows, flat, chance, draws=200, seed=1).p_worse < 0.01
    better = duel(rows, chance, flat, draws=200, seed=1)
    assert better.p_worse > 0.99
    # -(mean of ln) difference, by hand
    outcome = rows["defaulted"].to_numpy()
    told, base = (np.where(outcome, one, 1 - one) for one in (chance, flat))
    assert better.gain == pytest.approx(float(np.mean(np.log(told) - np.log(base))), abs=1e-12)


def test_twelve_months_of_a_customer_are_no_more_evidence_than_one() -> None:
    """A slightly worse model on 60 customers: repeating their rows must not make it significant."""
    rows, chance = book(60, 1, seed=4)
    worse = np.clip(chance * 1.5, 0, 0.99)
    once = duel(rows, worse, chance, draws=2000, seed=1)
    many = rows.loc[rows.index.repeat(12)].reset_index(drop=True)
    repeated = duel(many, np.repeat(worse, 12), np.repeat(chance, 12), draws=2000, seed=1)
    assert 0.05 < once.p_worse < 0.95
    assert repeated.p_worse == pytest.approx(once.p_worse, abs=1e-9)
    independent = many.assign(customer_id=[f"C{n}" for n in range(len(many))])
    alone = duel(independent, np.repeat(worse, 12), np.repeat(chance, 12), draws=2000, seed=1)
    assert abs(alone.p_worse - 0.5) > abs(once.p_worse - 0.5) + 0.05


def test_the_same_draws_whatever_the_order_of_the_rows() -> None:
    rows, chance = book(80, 2)
    flat = np.full(len(rows), 0.1)
    turned = duel(rows.iloc[::-1], flat[::-1], chance[::-1], draws=300, seed=9)
    assert turned.p_worse == duel(rows, flat, chance, draws=300, seed=9).p_worse
