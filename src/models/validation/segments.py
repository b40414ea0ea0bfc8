"""For whom, and since when: the main measures by segment and by date of decision."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from contracts.arrays import Bools
from contracts.documents.validation_model import DateRow, SegmentRow
from models.measures.backtests import jeffreys
from models.validation.figures import auc_figure, level_figure, ranked, rate_figure, to_expected
from models.validation.view import OTHER, View, worth


def levels_of(view: View) -> Iterator[tuple[str, str, Bools]]:
    """Every segment with its levels, largest first, `other` last, and the rows of each."""
    for segment, labels in view.labels.items():
        names, counts = np.unique(labels, return_counts=True)
        by_size = sorted(zip(names, counts, strict=True), key=lambda one: (one[0] == OTHER, -one[1], one[0]))  # fmt: skip
        for level, _ in by_size:
            yield segment, str(level), labels == level


def by_segment(view: View) -> list[SegmentRow]:
    """One row per level of each segment.

    Intervals are clustered by customer; `jeffreys_p` counts what overlapping windows are worth. Both take all rows.
    """
    return [_looked_at(view, segment, level, rows) for segment, level, rows in levels_of(view)]


def _looked_at(view: View, segment: str, level: str, rows: Bools) -> SegmentRow:
    scored, confidence = view.scored, view.confidence
    bad, ids = scored.part.defaulted[rows], scored.part.customer_id[rows]
    chance, counted = scored.pd[rows], worth(view, rows)
    mean_pd, rate = float(np.mean(chance)), rate_figure(bad, ids, confidence)
    return SegmentRow(
        segment=segment,
        level=level,
        n=int(rows.sum()),
        defaults=int(bad.sum()),
        roc_auc=auc_figure(ranked(chance, bad, ids), confidence),
        scorecard_auc=auc_figure(ranked(scored.pd_baseline[rows], bad, ids), confidence),
        mean_pd=mean_pd,
        rate=rate,
        level_off=level_figure(chance, bad, ids, confidence),
        observed_to_expected=to_expected(rate, mean_pd),
        jeffreys_p=jeffreys(counted.defaults, counted.rows, counted.mean_pd),
    )


def by_date(view: View) -> list[DateRow]:
    """One row per date of decision, oldest first. A customer is there once, so its rows are independent."""
    part, confidence = view.scored.part, view.confidence
    found = []
    for day in np.unique(part.as_of):
        rows = part.as_of == day
        bad, ids, chance = part.defaulted[rows], part.customer_id[rows], view.scored.pd[rows]
        found.append(
            DateRow(
                as_of=day.item(),
                n=int(rows.sum()),
                defaults=int(bad.sum()),
                mean_pd=float(np.mean(chance)),
                rate=rate_figure(bad, ids, confidence),
                roc_auc=auc_figure(ranked(chance, bad, ids), confidence),
            )
        )
    return found
