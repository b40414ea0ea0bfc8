"""Champion and challenger on the same test rows, as far as neither has learned them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.evaluation import EvaluateConfig
from contracts.documents.promotion import Duel, Margin, Source
from contracts.tables.derived import KEY
from models.comparison.differences import Rows, Sureness, differences
from models.comparison.shared import shared
from models.promotion.contender import Contender
from models.registry.margin import lost
from models.registry.twin import unlearned
from models.validation.figures import Answers, all_figures

SAME = 1e-9
"""PDs nearer than this are the same answer."""
SWAPPED = {"champion": "challenger", "challenger": "champion"}
STATEMENTS = 2
"""Ruled on: how it ranks, and how near its PDs are to what happened."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Rows with both answers: customer_id, as_of, defaulted, champion, challenger (PDs), and where they are from."""

    rows: pd.DataFrame
    source: Source


@dataclass(frozen=True, slots=True)
class Budget:
    """What the pipeline may give away: see `Margin`; `level` is the one-sided error of the bound."""

    margin: float
    spent: float
    level: float


def tested(
    pair: tuple[Contender, Contender],
    kept: tuple[pd.DataFrame | None, pd.DataFrame | None],
    matrix: pd.DataFrame,
) -> Tested | None:
    """The rows to compare on; None where there is none that neither has learned.

    The champion scores the challenger's own test rows again, as the pipeline does when it decides (where the challenger keeps
    none, it scores the champion's). Where the matrix no longer is what they were tested on, or lacks what one of the two reads,
    the rows count that both keep.

    Args:
        pair: champion and challenger.
        kept: their own test rows (contract SCORED_TEST), as they were registered; None where a version keeps none.
        matrix: the features of today.
    """
    champion, challenger = pair
    if challenger.is_stated and not champion.is_stated:
        return None  # as the pipeline has it: too few defaults are left to compare by
    found = _again(pair, kept[1], matrix)
    is_own = found is not None
    if (
        found is None and kept[1] is None
    ):  # a challenger from before versions kept rows: those of the champion
        found = _again((challenger, champion), kept[0], matrix)
        found = None if found is None else Tested(found.rows.rename(columns=SWAPPED), found.source)
    if found is None:
        if kept[0] is None or kept[1] is None:
            return None
        both = kept[0][list(KEY)].merge(kept[1][list(KEY)], on=list(KEY))
        if both.empty:
            return None
        rows = shared({"champion": kept[0], "challenger": kept[1]})
        table = pd.DataFrame({"customer_id": rows.customer_id, "as_of": pd.DatetimeIndex(rows.as_of), "defaulted": rows.defaulted, **rows.pds})  # fmt: skip
        found = Tested(table, "kept")
    fresh = unlearned(champion.version, found.rows)
    is_learned = challenger.parent is not None or not is_own
    if is_learned and challenger.learned_until is not None:
        fresh = fresh[fresh["as_of"] >= pd.Timestamp(challenger.learned_until)]
    return None if fresh.empty else Tested(fresh.reset_index(drop=True), found.source)


def _again(
    pair: tuple[Contender, Contender], kept: pd.DataFrame | None, matrix: pd.DataFrame
) -> Tested | None:
    """The second's own test rows, scored again by the first."""
    champion, challenger = pair
    if kept is None or any(one.lacking(list(matrix.columns)) for one in pair):
        return None
    rows = kept[[*KEY, "defaulted", "pd"]].merge(matrix, on=list(KEY), how="left", validate="one_to_one", indicator="_there")  # fmt: skip
    if (rows["_there"] != "both").any():
        return None
    answers = challenger.validated(rows)
    if np.abs(answers - rows["pd"].to_numpy(dtype=np.float64)).max(initial=0.0) > SAME:
        return None
    table = rows[[*KEY, "defaulted"]].assign(champion=champion.validated(rows), challenger=answers)
    return Tested(table.sort_values(list(KEY), kind="stable", ignore_index=True), "scored_again")


def duel(found: Tested, evaluate: EvaluateConfig, budget: Budget) -> Duel:
    """The document's part.

    Args:
        found: the rows.
        evaluate: confidence, resamples, seed.
        budget: of the pipeline.
    """
    rows = found.rows
    bad = rows["defaulted"].to_numpy(dtype=np.bool_)
    ids = rows["customer_id"].to_numpy(dtype=object)
    base, new = (_floats(rows[name]) for name in ("champion", "challenger"))
    draws, seed = evaluate.bootstrap_draws, evaluate.seed
    figures, _ = all_figures(
        Answers({"champion": base, "challenger": new}, bad, ids), evaluate.confidence, draws, seed
    )
    sure = Sureness(evaluate.confidence, STATEMENTS, draws, seed)
    loss = lost(rows[["customer_id", "defaulted"]], new, base, draws=draws, seed=seed, level=budget.level)  # fmt: skip
    days = rows["as_of"]
    return Duel(
        source=found.source,
        rows=len(rows),
        customers=len(set(ids)),
        defaults=int(bad.sum()),
        defaulted_customers=len(set(ids[bad])),
        from_=days.min().date(),
        until=(days.max() + pd.Timedelta(days=1)).date(),
        champion=figures["champion"],
        challenger=figures["challenger"],
        differences=differences(Rows(base, new, bad, ids), sure),
        lost=Margin(
            share=loss.share,
            upper=loss.upper,
            spent=budget.spent,
            margin=budget.margin,
            is_within=loss.is_within(budget.margin, budget.spent),
        ),
    )


def _floats(values: pd.Series) -> Floats:
    return values.to_numpy(dtype=np.float64)
