"""Known and new customers, in and out of time: four cells of which three are honest."""

from __future__ import annotations

from typing import Literal

import numpy as np

from contracts.arrays import Bools, Floats
from contracts.documents.validation_model import Cell
from models.measures.metrics import brier_skill
from models.sample.split import is_dealt
from models.validation.figures import UNDEFINED, auc_figure, ranked
from models.validation.scored import LEARNED_FROM, Scored

Rows = list[tuple[Scored, Bools]]
Who = Literal["known", "new"]
When = Literal["in_time", "out_of_time"]


def two_by_two(scored: dict[str, Scored], confidence: float) -> list[Cell]:
    """Known and new customers, in and out of time. Rows learned from flatter; the other three cells are honest.

    Where customers were dealt into the parts, the test part is of new customers in time, and nothing is out of time.
    """
    test = scored["test"]
    out = test.part.is_held_out
    none = np.zeros(len(out), dtype=np.bool_)
    is_later = "train" not in scored or not is_dealt(scored["train"].part.as_of, test.part.as_of)
    known: Rows = [(scored[name], np.ones(len(scored[name].part), dtype=np.bool_)) for name in LEARNED_FROM if name in scored]  # fmt: skip
    holdout = scored.get("holdout")
    new: Rows = [] if holdout is None else [(holdout, np.ones(len(holdout.part), dtype=np.bool_))]
    return [
        _cell(("known", "in_time"), known, confidence),
        _cell(("known", "out_of_time"), [(test, ~out if is_later else none)], confidence),
        _cell(("new", "in_time"), new if is_later else [*new, (test, out)], confidence),
        _cell(("new", "out_of_time"), [(test, out if is_later else none)], confidence),
    ]


def _cell(which: tuple[Who, When], parts: Rows, confidence: float) -> Cell:
    nothing: Floats = np.empty(0)
    chance = np.concatenate([nothing, *(one.pd[rows] for one, rows in parts)])
    bad = np.concatenate([nothing, *(one.part.defaulted[rows] for one, rows in parts)]).astype(bool)
    ids = np.concatenate([np.empty(0, dtype=object), *(one.part.customer_id[rows] for one, rows in parts)])  # fmt: skip
    both = bool(bad.any() and not bad.all())
    return Cell(
        customers=which[0],
        time=which[1],
        n=len(bad),
        defaults=int(bad.sum()),
        roc_auc=auc_figure(ranked(chance, bad, ids), confidence) if both else UNDEFINED,
        brier_skill=brier_skill(float(np.mean((chance - bad) ** 2)), float(np.mean(bad))) if both else None,
        mean_pd=float(np.mean(chance)) if len(bad) else None,
        rate=float(np.mean(bad)) if len(bad) else None,
        learned_from=which == ("known", "in_time"),
    )  # fmt: skip
