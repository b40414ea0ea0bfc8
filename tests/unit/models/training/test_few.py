"""The expert score of a book with few defaults: when it is made, what it learns, and what it says of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from contracts.errors import ConfigError
from models.base.data import Part, assemble
from models.gates.evidence import Evidence
from models.gates.gates import GATES, excused, judge_gates
from models.gates.verdict import blocked_by, stops
from models.training.cards import Book
from models.training.few import defaulted_customers, too_few, train_few
from pipelines.configured.gates import load_gates
from reports.locale.gates import told
from tests.models_books import FEW as EXPERT
from tests.models_books import QUICK, lineage, panel

MATRIX, PARTITION, _ = panel()
LINEAGE = lineage(late=1, equity=-1)


def book(defaulted: int | None = None, *, dealt: bool = False) -> Book:
    """The panel with the defaults of so many customers; the others' are gone."""
    rows = PARTITION
    parts = [assemble(MATRIX, rows, part) for part in ("train", "calibrate")]
    if dealt:
        parts[1] = parts[0].take(np.arange(len(parts[0])) % 2 == 0)
    if defaulted is not None:
        bad = sorted({one for part in parts for one in part.customer_id[part.defaulted]})
        kept = set(bad[:defaulted])
        parts = [_only(part, kept) for part in parts]
    return Book(parts[0], parts[1], LINEAGE, "demo", 3)


def _only(part: Part, kept: set[str]) -> Part:
    mine = np.array([one in kept for one in part.customer_id])
    return Part(part.customer_id, part.as_of, part.defaulted & mine, part.is_held_out, part.features)  # fmt: skip


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (book(0), "none"),
        (book(3), "few"),
        (book(dealt=True), "short"),
        (book(), None),
    ],
)
def test_when_no_model_is_fitted(made: Book, why: str | None) -> None:
    assert too_few(made, QUICK) == why


def test_too_few_to_calibrate_or_to_judge_on_later_data() -> None:
    whole = book()
    none = Part(whole.calibrate.customer_id, whole.calibrate.as_of, np.zeros(len(whole.calibrate), bool), whole.calibrate.is_held_out, whole.calibrate.features)  # fmt: skip
    assert too_few(Book(whole.train, none, LINEAGE, "demo", 3), QUICK) == "calibrate"
    first = whole.train.as_of == whole.train.as_of.min()
    early = Part(whole.train.customer_id, whole.train.as_of, np.zeros(len(whole.train), bool) | (first & (np.arange(len(first)) % 10 == 0)), whole.train.is_held_out, whole.train.features)  # fmt: skip
    assert too_few(Book(early, whole.calibrate, LINEAGE, "demo", 3), QUICK) == "folds"


def test_without_a_default_it_is_the_stated_card_at_a_lower_level() -> None:
    made = train_few(book(0), EXPERT, QUICK, "none")
    of = made.experience
    assert (of.why, of.customers, of.inputs, of.absent) == ("none", 0, 2, ("gone",))
    assert of.stated_pd == pytest.approx(1 - 0.92 ** (3 / 12), abs=1e-9)
    # nobody defaulted, and that is told to the level: -E e^d = 5 d, E the defaults expected of so many independent rows
    rows = len(book(0).train) + len(book(0).calibrate)
    expected = rows / 3 * of.stated_pd
    d = brentq(lambda level: expected * np.exp(level) + 5 * level, -10, 0)
    assert of.mean_pd == pytest.approx(of.stated_pd * np.exp(d), rel=0.25)
    assert of.needed == QUICK.min_defaults
    assert made.flavour == "expert"
    assert "rests on stated experience" in made.line
    assert made.scorecard.terms == ()
    margin = made.ensemble.margin(made_features := book(0).train.features)
    assert pd.Series(margin).corr(made_features["late"], method="spearman") > 0.3
    assert len(made.unseen) == len(book(0).calibrate)


def still(part: Part) -> Part:
    """The same rows where no stated input varies."""
    same = part.features.assign(late=5.0, equity=0.3, size=part.features["late"])
    return Part(part.customer_id, part.as_of, part.defaulted, part.is_held_out, same)


def unranked(defaulted: int, **directions: int) -> Book:
    """A book with so many defaulted customers where no stated input varies, and with inputs of its own."""
    moving = book(defaulted)
    return Book(still(moving.train), still(moving.calibrate), lineage(**directions), "demo", 3)


def test_a_card_none_of_whose_inputs_varies_says_that_it_ranks_nobody() -> None:
    flat = train_few(unranked(0, late=1, equity=-1), EXPERT, QUICK, "none")
    assert not flat.experience.ranks
    assert not flat.experience.own
    assert "it ranks nobody" in flat.line
    assert "train.min_defaults" in flat.line
    ranking = train_few(book(5), EXPERT, QUICK, "few")
    assert ranking.experience.ranks
    assert not ranking.experience.own
    assert "ranks nobody" not in ranking.line


@pytest.mark.parametrize("directions", [{"late": 1, "equity": -1, "size": 0}, {"size": 1}])
def test_where_it_ranks_nobody_few_defaults_weigh_the_books_own_inputs(directions: dict[str, int]) -> None:  # fmt: skip
    made = train_few(unranked(8, **directions), EXPERT, QUICK, "few")
    assert made.experience.own
    assert made.experience.ranks
    assert made.flavour == "own"
    assert "shrunk towards no difference" in made.line
    assert made.experience.stated_pd == pytest.approx(1 - 0.92 ** (3 / 12))
    whole = book()  # everybody's outcome: most of these customers were not among the eight
    later = still(whole.calibrate)
    ranked = roc_auc_score(later.defaulted, made.ensemble.margin(later.features))
    assert ranked > 0.65
    assert {one["feature"] for one in made.weights} == {"size", "industry"}
    sizes = [one["weight"] for one in made.weights if one["feature"] == "size"]
    assert sizes[0] > 0
    again = train_few(unranked(8, **directions), EXPERT, QUICK, "few")
    assert again.ensemble.boosters[0].model_to_string() == made.ensemble.boosters[0].model_to_string()  # fmt: skip


def test_points_for_none_of_the_inputs_are_refused_only_where_no_default_can_tell() -> None:
    with pytest.raises(ConfigError, match="points for none"):
        train_few(unranked(0, size=1), EXPERT, QUICK, "none")


def test_the_more_default_the_more_the_data_count() -> None:
    shares = [train_few(book(n), EXPERT, QUICK, "few").experience for n in (0, 5, 20, 100)]
    data = [one.data_share for one in shares]
    assert data == sorted(data)
    assert data[-1] > data[0] + 0.2
    assert [one.customers for one in shares] == [0, 5, 20, 100]
    assert all(one.points_share < one.level_share for one in shares)


def test_an_unseen_answer_does_not_know_the_customers_own_outcome() -> None:
    whole = book(20)
    someone = next(iter(whole.calibrate.customer_id[whole.calibrate.defaulted]))
    own = whole.calibrate.customer_id == someone
    turned = whole.calibrate.defaulted & ~own
    other = Book(whole.train, Part(whole.calibrate.customer_id, whole.calibrate.as_of, turned, whole.calibrate.is_held_out, whole.calibrate.features), LINEAGE, "demo", 3)  # fmt: skip
    with_it, without = (train_few(one, EXPERT, QUICK, "few").unseen for one in (whole, other))
    np.testing.assert_allclose(with_it["margin"][own], without["margin"][own], atol=1e-9)
    assert not np.allclose(with_it["margin"][~own], without["margin"][~own], atol=1e-9)


def test_it_makes_the_same_text_again() -> None:
    once, twice = (train_few(book(5), EXPERT, QUICK, "few") for _ in range(2))
    assert once.members("matured") == twice.members("matured")
    assert [one.model_to_string() for one in once.ensemble.boosters] == [
        one.model_to_string() for one in twice.ensemble.boosters
    ]


def test_the_mean_pd_is_that_of_the_ensemble() -> None:
    made = train_few(book(20), EXPERT, QUICK, "few")
    both = pd.concat([book(20).train.features, book(20).calibrate.features])
    assert expit(made.ensemble.margin(both)).mean() == pytest.approx(made.experience.mean_pd)


def test_defaulted_customers_are_counted_once() -> None:
    assert defaulted_customers(book(7).train, book(7).calibrate) == 7


def evidence(**changed: Any) -> Evidence:
    values = dict.fromkeys(("test", "calibrate", "cox", "premium", "violations", "stability", "additivity_error"))  # fmt: skip
    return Evidence(**{**values, "violations": [], "additivity_error": 0.0, "turned": 0.0, "confidence": 0.95, **changed})  # fmt: skip


def test_gates_of_outcomes_decline_with_the_reason_and_stop_nothing() -> None:
    stated = train_few(book(3), EXPERT, QUICK, "few").experience
    gates = load_gates(is_stated=True)
    found = judge_gates(evidence(experience=stated), gates)
    of_outcomes = {code for code, gate in GATES.items() if gate.of_outcomes}
    assert {one.code for one in found if one.case == "gate.experience"} == of_outcomes
    for one in found:
        assert not stops(one.outcome, one), one.code
        if one.code in of_outcomes:
            assert one.outcome == "not_applicable"
            assert "3 customers defaulted" in told("en", one)
            assert "3" in told("zh", one)
    assert blocked_by([one.model_dump() for one in found], gates) == []
    # a fitted model with the same evidence is stopped
    assert blocked_by([one.model_dump() for one in judge_gates(evidence(), load_gates())], load_gates())  # fmt: skip


def test_gates_that_need_no_outcome_still_hold_the_expert_score() -> None:
    stated = train_few(book(0), EXPERT, QUICK, "none").experience
    gates = load_gates(is_stated=True)
    found = judge_gates(evidence(experience=stated, additivity_error=1.0), gates)
    assert blocked_by([one.model_dump() for one in found], gates) == ["PD-A1"]
    assert not excused(load_gates())["PD-D1"].not_applicable_blocks
    assert excused(load_gates())["PD-A1"].not_applicable_blocks
