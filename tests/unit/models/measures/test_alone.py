"""Steps of one input: rows of one value that are weighed together part where the rows themselves part."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from models.measures.alone import MIN_ROWS, STEPS, fit_alone

ROWS = 3_000


def by_rows(values: np.ndarray, bad: np.ndarray) -> list[float]:
    """The tree's own edges, of one row a row."""
    tree = DecisionTreeClassifier(
        criterion="log_loss", max_leaf_nodes=STEPS, min_samples_leaf=MIN_ROWS, random_state=0
    )
    grown = tree.fit(values.astype(np.float32)[:, None], bad).tree_
    return sorted(set(grown.threshold[grown.children_left >= 0]))


@pytest.mark.parametrize("distinct", [2, 7, 60, ROWS])
@pytest.mark.parametrize("rate", [0.02, 0.4])
def test_edges_are_those_of_the_rows(distinct: int, rate: float) -> None:
    """Of a value of few and of many levels, a few defaults and many; one level in five says more of default."""
    random = np.random.default_rng(distinct)
    values = random.integers(0, distinct, ROWS) / 3.0
    bad = random.random(ROWS) < rate * np.where(values * 3 % 5 < 1, 1.6, 0.6)
    found = fit_alone(values, bad).edges
    assert found.tolist() == by_rows(values, bad)
    assert 1 <= len(found) < STEPS


def test_a_step_has_rows_enough() -> None:
    """Nineteen rows that all defaulted are no step of their own, twenty are; one row is told from the next by its value alone."""
    for alone, edges in ((MIN_ROWS - 1, 0), (MIN_ROWS, 1)):
        bad = np.arange(200) >= 200 - alone
        assert len(fit_alone(bad.astype(np.float64), bad).edges) == edges
