"""What the world hides, laid beside the model's rows: how far each hidden thing would carry it towards the oracle.

The truth files hold the true PD, its cause and the state by row, but not the phase, the lasting and the recent part of health,
nor the group. They are drawn again here from the same seed (`world.simulate.draw_hidden`), which gives the same customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from contracts.arrays import Floats, Ints
from contracts.config.source import WorldSource
from models.base.losses import log_odds
from models.measures.intervals import Ids
from world.hidden.levels import Levels
from world.hidden.months import AHEAD
from world.hidden.phases import GOOD, LEFT
from world.hidden.population import NO_GROUP
from world.simulate import draw_hidden

FOLDS = 5
ROUNDS = 300
LEARNER = {
    "objective": "cross_entropy", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 20, "lambda_l2": 0.5,
    "monotone_constraints_method": "basic", "seed": 7, "num_threads": 2, "verbosity": -1, "deterministic": True, "force_row_wise": True,
}  # fmt: skip
RISK = {"margin": 1, "phase": 1, "infected": 0, "recent": -1, "lasting": -1, "path": 1, "pushes": 1, "members": 1}  # fmt: skip
"""Direction of risk of each column: the world's own, so the learner need not find it."""
STEPS: Mapping[str, tuple[str, ...]] = {
    "arrears and stops under way": ("phase", "infected"),
    "recent health": ("recent",),
    "lasting health": ("lasting",),
    "industry and economy of the next 12 months": ("path",),
    "the group: defaults of members, now and to come": ("pushes", "members"),
}
"""Hidden things in the order in which they are told, the most visible first."""


def expected_gini(score: Floats, true_pd: Floats) -> float:
    """The Gini to expect where each row defaults with its true PD: free of the luck of one year's outcomes.

    2 A - 1, A = sum p_i (1 - p_j) [s_i > s_j] / sum p_i (1 - p_j), ties half; i = j, one pair in n, is not left out.

    >>> round(expected_gini(np.array([1.0, 2.0]), np.array([0.0, 1.0])), 6)
    1.0
    >>> round(expected_gini(np.array([1.0, 2.0]), np.array([0.2, 0.2])), 6)
    0.0
    """
    outcome = np.repeat([1, 0], len(score))
    weight = np.concatenate([true_pd, 1.0 - true_pd])
    area = roc_auc_score(outcome, np.tile(score, 2), sample_weight=weight)
    return float(2.0 * area - 1.0)


def hidden_state(source: WorldSource, until: date, rows: pd.DataFrame) -> pd.DataFrame:
    """What is hidden on each row, in the order of the rows.

    Args:
        source: of the book; the same seed draws the same customers.
        until: its last complete day.
        rows: customer_id, as_of (a first of a month) and true_pd; every customer of the world may be among them.

    Returns:
        phase (-1 left, 0 good .. 6 last month of a stop), infected (whether it began by contagion), recent and lasting
        (standard deviations of health, higher is better), path (mean log-odds industry and economy add in the next
        12 months), pushes (members that defaulted in the month before), members (sum of the other members' true PDs).
    """
    hidden = draw_hidden(source, until, Levels())
    at = rows["customer_id"].str[1:].astype(int).to_numpy() - 1
    days = rows["as_of"].to_numpy().astype("datetime64[D]").astype(np.int64)
    month = np.searchsorted(hidden.months.starts, days) - 1  # the month that ended before
    lives, people = hidden.lives, hidden.population
    phase = lives.phase[at, month].astype(np.int64)
    ahead = month[:, None] + np.arange(1, AHEAD + 1)
    return pd.DataFrame(
        {
            "phase": np.where(phase == LEFT, GOOD - 1, phase).astype(np.float64),
            "infected": lives.infected[at, month].astype(np.float64),
            "recent": lives.own[at, month],
            "lasting": people.health[at],
            "path": hidden.common[people.industry[at][:, None], ahead].mean(axis=1),
            "pushes": lives.pushes[at, month + 1].astype(np.float64),
            "members": others(people.group[at], month, rows["true_pd"].to_numpy(np.float64)),
        }
    )


def others(group: Ints, month: Ints, true_pd: Floats) -> Floats:
    """Sum of the true PDs of the other members of each row's group in the same month; 0 without a group.

    >>> others(np.array([4, 4, -1]), np.array([1, 1, 1]), np.array([0.1, 0.3, 0.5])).round(6).tolist()
    [0.3, 0.1, 0.0]
    """
    chance = np.nan_to_num(true_pd)
    _, key = np.unique(np.column_stack([group, month]), axis=0, return_inverse=True)
    total = np.bincount(key.ravel(), weights=chance)[key.ravel()] - chance
    return np.where(group == NO_GROUP, 0.0, total)


def told(columns: pd.DataFrame, true_pd: Floats, customer_id: Ids) -> Floats:
    """Best forecast of the true PD from some columns, cross-fitted: no row is answered by trees that saw its customer.

    Args:
        columns: what is known, named as in `RISK`, shape (n, k).
        true_pd: learned as it is, not by outcomes: little luck is left.
        customer_id: dealt into folds as a whole.
    """
    values, answer = columns.to_numpy(np.float64), np.empty(len(columns))
    learner = LEARNER | {"monotone_constraints": [RISK[name] for name in columns.columns]}
    for seen, asked in GroupKFold(FOLDS).split(values, groups=customer_id):
        trees = lgb.train(learner, lgb.Dataset(values[seen], true_pd[seen]), ROUNDS)
        answer[asked] = trees.predict(values[asked])
    return answer


def ladder(rows: pd.DataFrame, hidden: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Gini expected of the model when it is told each hidden thing: alone, and on top of those before it.

    The learner that is told the model's own PD and nothing else is the start of both, as it loses a little itself.

    Args:
        rows: customer_id, as_of, pd and true_pd.
        hidden: from `hidden_state`, the same rows.

    Returns:
        by step `alone` and `in turn`, gains over the start and over the step before; `model` and `oracle` hold their own
        Gini, and `not told apart` what is left, so that the model, the steps in turn and it sum to the oracle.
    """
    truth, ids = rows["true_pd"].to_numpy(np.float64), rows["customer_id"].to_numpy(dtype=object)
    own = pd.DataFrame({"margin": log_odds(rows["pd"].to_numpy(np.float64))})
    model, oracle = (expected_gini(one, truth) for one in (own["margin"].to_numpy(), truth))
    start = last = expected_gini(told(own, truth, ids), truth)
    found = {"model": {"gini": model}}
    known = own
    for step, names in STEPS.items():
        known = known.join(hidden[list(names)])
        reached = expected_gini(told(known, truth, ids), truth)
        alone = expected_gini(told(own.join(hidden[list(names)]), truth, ids), truth)
        found[step] = {"alone": alone - start, "in turn": reached - last}
        last = reached
    left = oracle - model - (last - start)
    return found | {"not told apart": {"in turn": left}, "oracle": {"gini": oracle}}


KNOWS: Mapping[str, Sequence[str]] = {
    "lasting health only": ("lasting",),
    "recent health only": ("recent",),
    "arrears and stops under way only": ("phase",),
    "lasting and recent health": ("lasting", "recent"),
    "health, arrears and stops": ("lasting", "recent", "phase"),
    "health, arrears, stops, industry and economy": ("lasting", "recent", "phase", "path"),
}


def partial_oracles(rows: pd.DataFrame, hidden: pd.DataFrame) -> dict[str, float]:
    """Gini expected of oracles that know some of what is hidden and have no model."""
    truth, ids = rows["true_pd"].to_numpy(np.float64), rows["customer_id"].to_numpy(dtype=object)
    return {
        name: expected_gini(told(hidden[list(columns)], truth, ids), truth)
        for name, columns in KNOWS.items()
    }
