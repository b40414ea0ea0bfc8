"""Selective outcomes: where the supplier grants nothing, no default can be observed, whatever the risk is."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from contracts.arrays import Bools, Floats
from contracts.documents.validation_inside import Granted, Selective, Truth, TruthRow
from models.validation.segments import levels_of
from models.validation.view import View


def without_exposure(view: View) -> Bools | None:
    """Rows of customers with nothing at stake: a limit of 0 (or no limits known in the portfolio) and no open balance.

    A customer without a limit on file buys freely, so it is not one of them where other customers have limits. None
    where the portfolio has no ledger.
    """
    if view.balance is None:
        return None
    nothing_owed = view.balance <= 0
    return nothing_owed if view.limit is None else nothing_owed & (view.limit <= 0)


def constrained(view: View) -> Bools | None:
    """Rows of customers whose open balance leaves no room within the limit; a limit of 0 is the extreme of it."""
    if view.balance is None or view.limit is None:
        return None
    return np.asarray(view.limit <= view.balance)


def exposed(view: View) -> list[Granted] | None:
    """By level of each segment, on the newest date: customers, what is granted to them, and the share with nothing.

    Granted to a customer is its limit, or its open balance where that is larger or there is no limit; reporting currency.
    """
    without = without_exposure(view)
    if without is None or view.balance is None:
        return None
    limit = 0.0 if view.limit is None else np.nan_to_num(view.limit)
    granted = np.maximum(limit, view.balance)
    found = []
    for segment, level, rows in levels_of(view):
        now = rows & view.newest
        if not now.any():
            continue
        share = float(np.mean(without[now]))
        found.append(
            Granted(
                segment=segment,
                level=level,
                n=int(now.sum()),
                granted_exposure=float(np.sum(granted[now])),
                no_exposure=share == 1.0,
                share_without=share,
            )
        )
    return found


def selective(view: View, true_pd: Floats | None) -> Selective:
    """The `selective` entry of the pack.

    Args:
        view: the test part.
        true_pd: known chance of each row, NaN where it has none; None where the portfolio is not simulated.
    """
    rows = exposed(view)
    return Selective(
        available=rows is not None,
        segments=tuple(rows or ()),
        truth=None if true_pd is None else _against_truth(view, true_pd),
    )


def _against_truth(view: View, true_pd: Floats) -> Truth:
    known = np.isfinite(true_pd)
    tight = constrained(view)
    nothing = np.zeros(len(known), dtype=np.bool_)
    return Truth(
        **_compared(view, true_pd, known),
        gini=_gini(view, known),
        constrained=TruthRow(
            **_compared(view, true_pd, nothing if tight is None else known & tight)
        ),
        free=TruthRow(**_compared(view, true_pd, nothing if tight is None else known & ~tight)),
    )


def _gini(view: View, rows: Bools) -> float | None:
    """The model's, 2 x AUC - 1, on the rows that the known truth ranks: both are asked of the same ones."""
    bad = view.scored.part.defaulted[rows]
    if bad.all() or not bad.any():
        return None
    return 2.0 * float(roc_auc_score(bad, view.scored.pd[rows])) - 1.0


def _compared(view: View, true_pd: Floats, rows: Bools) -> dict[str, Any]:
    if not rows.any():
        return {"n": 0, "predicted": None, "true": None, "realised": None}
    return {
        "n": int(rows.sum()),
        "predicted": float(np.mean(view.scored.pd[rows])),
        "true": float(np.mean(true_pd[rows])),
        "realised": float(np.mean(view.scored.part.defaulted[rows])),
    }
