"""Every run against the first, on the rows that all share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.evaluation import EvaluateConfig
from contracts.documents import comparison as documents
from contracts.documents.comparison import Comparison, Kind, Measure, Pair, Production
from contracts.documents.number import Figure
from contracts.recorded import Lock
from models.comparison.changes import changes
from models.comparison.differences import Rows, Sureness, differences
from models.comparison.seeds import beside, seeds
from models.comparison.shared import Shared
from models.comparison.slices import by_period, by_segment
from models.measures.intervals import complexity_premium
from models.measures.metrics import scores
from models.validation.figures import UNDEFINED, figure_of, ranked, rate_figure, to_expected
from models.validation.view import Labels

RULED = 2
"""Statements made of each pair: how it ranks, and how near its PDs are to the outcomes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run as it was found.

    Attributes:
        name: as it was asked for.
        kind: where it was found.
        origin: version or commit.
        rows: its test rows, contract SCORED_TEST.
        lock: what DVC recorded of it.
    """

    name: str
    kind: Kind
    origin: str
    rows: pd.DataFrame
    lock: Lock


def compared(
    runs: Sequence[Asked],
    rows: Shared,
    labels: Mapping[str, Labels],
    evaluate: EvaluateConfig,
    about: tuple[str, int, Production | None],
) -> Comparison:
    """The document.

    Args:
        runs: the base first.
        rows: what they share.
        labels: by segment, the level of each row.
        evaluate: confidence, resamples, seed.
        about: portfolio, horizon in months, and what is in use.
    """
    base, *others = runs
    sure = Sureness(
        evaluate.confidence, RULED * len(others), evaluate.bootstrap_draws, evaluate.seed
    )
    pairs = [_pair((base, one), rows, labels, sure) for one in others]
    noise = seeds(pairs)
    return Comparison(
        portfolio=about[0],
        horizon_months=about[1],
        confidence=evaluate.confidence,
        base=base.name,
        runs=tuple(_run(one, rows, evaluate) for one in runs),
        shared=_shared(rows),
        pairs=beside(pairs, noise),
        seeds=noise,
        production=about[2],
    )


def _pair(
    both: tuple[Asked, Asked], rows: Shared, labels: Mapping[str, Labels], sure: Sureness
) -> Pair:
    base, run = both
    pair = Rows(rows.pds[base.name], rows.pds[run.name], rows.defaulted, rows.customer_id)
    return Pair(
        name=run.name,
        changed=changes(base.lock, run.lock) if base.lock and run.lock else None,
        differences=differences(pair, sure),
        segments=by_segment(pair, labels, sure.confidence),
        periods=by_period(pair, rows.as_of, sure.confidence),
    )


def _run(one: Asked, rows: Shared, evaluate: EvaluateConfig) -> documents.Run:
    pds, bad = rows.pds[one.name], rows.defaulted
    both_classes = bool(bad.any() and not bad.all())
    found = scores(pds, bad) if both_classes else {}
    area = ranked(pds, bad, rows.customer_id)
    measured: dict[Measure, Any] = {
        "log_loss": found.get("log_loss"),
        "roc_auc": None if area is None else area.value,
        "average_precision": found.get("average_precision"),
        "brier": found.get("brier"),
    }
    mean_pd = float(np.mean(pds))
    return documents.Run(
        name=one.name,
        kind=one.kind,
        origin=one.origin,
        rows=len(one.rows),
        defaults=int(one.rows["defaulted"].sum()),
        **_span(one.rows["as_of"]),
        mean_pd=mean_pd,
        observed_to_expected=to_expected(
            rate_figure(bad, rows.customer_id, evaluate.confidence), mean_pd
        ),
        premium=_premium(one.name, rows, evaluate) if both_classes else UNDEFINED,
        measures=measured,
    )


def _premium(name: str, rows: Shared, evaluate: EvaluateConfig) -> Figure:
    found = complexity_premium(
        (rows.pds[name], rows.baselines[name]),
        rows.defaulted,
        rows.customer_id,
        confidence=evaluate.confidence,
        draws=evaluate.bootstrap_draws,
        seed=evaluate.seed,
    )
    return figure_of(found.gini, *found.gini_ci)


def _span(days: Any) -> dict[str, Any]:
    """First day of decision and the day after the last, by the names of the document."""
    index = pd.DatetimeIndex(days)
    return {
        "from_": index.min().date(),
        "until": (index.max() + pd.Timedelta(days=1)).date(),
    }


def _shared(rows: Shared) -> documents.Shared:
    return documents.Shared(
        rows=len(rows),
        customers=len(set(rows.customer_id)),
        defaults=int(rows.defaulted.sum()),
        defaulted_customers=len(set(rows.customer_id[rows.defaulted])),
        left_out=rows.left_out,
        **_span(rows.as_of),
    )
