"""Selective outcomes: where the supplier grants nothing, no default can be seen, whatever the risk is."""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.arrays import Bools, Floats
from models.validation.finding import counted
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


def exposed(view: View) -> list[dict[str, Any]] | None:
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
            {
                "segment": segment,
                "level": level,
                "n": int(now.sum()),
                "granted_exposure": float(np.sum(granted[now])),
                "no_exposure": share == 1.0,
                "share_without": share,
            }
        )
    return found


def selective(view: View, true_pd: Floats | None) -> dict[str, Any]:
    """The `selective` entry of the pack.

    Args:
        view: the test part.
        true_pd: known chance of each row, NaN where it has none; None where the portfolio is not simulated.
    """
    rows = exposed(view)
    truth = None if true_pd is None else _against_truth(view, true_pd)
    return {
        "available": rows is not None,
        **_sentence(rows, truth),
        "segments": rows or [],
        "truth": truth,
    }


def _against_truth(view: View, true_pd: Floats) -> dict[str, Any]:
    known = np.isfinite(true_pd)
    tight = constrained(view)
    nothing = np.zeros(len(known), dtype=np.bool_)
    return {
        **_compared(view, true_pd, known),
        "constrained": _compared(view, true_pd, nothing if tight is None else known & tight),
        "free": _compared(view, true_pd, nothing if tight is None else known & ~tight),
    }


def _compared(view: View, true_pd: Floats, rows: Bools) -> dict[str, Any]:
    if not rows.any():
        return {"n": 0, "predicted": None, "true": None, "realised": None}
    return {
        "n": int(rows.sum()),
        "predicted": float(np.mean(view.scored.pd[rows])),
        "true": float(np.mean(true_pd[rows])),
        "realised": float(np.mean(view.scored.part.defaulted[rows])),
    }


def _sentence(rows: list[dict[str, Any]] | None, truth: dict[str, Any] | None) -> dict[str, str]:
    if rows is None:
        return {
            "sentence_en": "Without a ledger it is not known what was granted to whom, so nothing can be said of "
            "defaults that a small limit kept from happening.",
            "sentence_zh": "没有应收账款台账，无法得知对各客户的授信情况，因此无法判断是否有违约因额度过小而未发生。",
        }
    hidden = [f"{row['segment']}={row['level']}" for row in rows if row["no_exposure"]]
    english = (
        f"In {counted(len(hidden), 'segment')} nothing was granted to anybody: no default could be seen there, and the model is untested."
        if hidden
        else "In every segment something was granted, so defaults could be seen."
    )
    chinese = (
        f"有 {len(hidden)} 个客群未获任何授信：其中不可能观察到违约，模型在这些客群上未经检验。"
        if hidden
        else "每个客群都有授信，违约可以被观察到。"
    )
    tight = truth["constrained"] if truth else None
    if tight and tight["n"]:
        english += (
            f" Customers without room in their limit: {tight['predicted']:.1%} predicted, {tight['true']:.1%} true chance, "
            f"{tight['realised']:.1%} defaulted ({tight['n']:,} rows)."
        )
        chinese += (
            f"额度已用尽的客户：预测违约率 {tight['predicted']:.1%}，真实概率 {tight['true']:.1%}，"
            f"实际违约 {tight['realised']:.1%}（{tight['n']:,} 行）。"
        )
    return {"sentence_en": english, "sentence_zh": chinese}
