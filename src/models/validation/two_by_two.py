"""Known and new customers, in and out of time: four cells of which three are honest."""

from __future__ import annotations

from typing import Any

import numpy as np

from contracts.arrays import Bools, Floats
from models.measures.metrics import brier_skill
from models.validation.figures import UNDEFINED, auc_figure, ranked
from models.validation.scored import LEARNED_FROM, Scored


def two_by_two(scored: dict[str, Scored], confidence: float) -> list[dict[str, Any]]:
    """Known and new customers, in and out of time. Rows learned from flatter; the other three cells are honest."""
    out = scored["test"].part.is_held_out
    known = [(scored[name], np.ones(len(scored[name].part), dtype=np.bool_)) for name in LEARNED_FROM if name in scored]  # fmt: skip
    holdout = scored.get("holdout")
    new = [] if holdout is None else [(holdout, np.ones(len(holdout.part), dtype=np.bool_))]
    cells: list[tuple[str, str, list[tuple[Scored, Bools]]]] = [
        ("known", "in_time", known),
        ("known", "out_of_time", [(scored["test"], ~out)]),
        ("new", "in_time", new),
        ("new", "out_of_time", [(scored["test"], out)]),
    ]
    return [
        {"customers": who, "time": when, **_cell(parts, confidence), "learned_from": parts is known}
        for who, when, parts in cells
    ]


def _cell(parts: list[tuple[Scored, Bools]], confidence: float) -> dict[str, Any]:
    nothing: Floats = np.empty(0)
    chance = np.concatenate([nothing, *(one.pd[rows] for one, rows in parts)])
    bad = np.concatenate([nothing, *(one.part.defaulted[rows] for one, rows in parts)]).astype(bool)
    ids = np.concatenate([np.empty(0, dtype=object), *(one.part.customer_id[rows] for one, rows in parts)])  # fmt: skip
    rate = float(np.mean(bad)) if len(bad) else None
    both = bool(bad.any() and not bad.all())
    return {
        "n": len(bad),
        "defaults": int(bad.sum()),
        "roc_auc": (auc_figure(ranked(chance, bad, ids), confidence) if both else UNDEFINED).to_json(),
        "brier_skill": brier_skill(float(np.mean((chance - bad) ** 2)), float(np.mean(bad))) if both else None,
        "mean_pd": float(np.mean(chance)) if len(bad) else None,
        "rate": rate,
    }  # fmt: skip
