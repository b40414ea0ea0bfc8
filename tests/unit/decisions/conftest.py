"""A ledger small enough to reckon by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.calendar import position_days
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from contracts.tables.derived import PILLARS
from decisions.facts.book import Book
from tests.positions import frame_of, position_of, trading_of, written

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]
MakeBook = Callable[..., Book]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes tables by contract: rows as dicts, with what a test does not care for filled in."""
    return partial(written, tmp_path)


def book_maker(folder: Path) -> MakeBook:
    """Makes scored books whose explanations add up: three quarters of the distance from 600 are the credit record's.

    Position and trading record are those of the features' ledger.
    """

    def _make(tables: dict[str, Path], chance: dict[str, float], **more: Any) -> Book:
        ids = list(chance)
        scored = pd.DataFrame(
            {"customer_id": ids, "as_of": pd.Timestamp(AS_OF), "pd": list(chance.values())}
        )
        distance = exact_score(scored["pd"], ScaleConfig()) - 600.0
        weights = dict(zip(PILLARS, (0.75, 0.25, 0.0, 0.0), strict=True))
        explanations = pd.concat(
            scored[["customer_id", "as_of"]].assign(
                feature=pillar, pillar=pillar, points=distance * weight
            )
            for pillar, weight in weights.items()
        )
        reasons = pd.DataFrame(
            {"customer_id": ids, "as_of": pd.Timestamp(AS_OF), "rank": 1, "role": "reason",
             "sentence_en": [f"{one} paid late." for one in ids], "sentence_zh": [f"{one} 付款逾期。" for one in ids]}
        )  # fmt: skip
        given = {
            "scored": scored,
            "explanations": explanations,
            "reasons": reasons,
            "tables": tables,
            "currency": "EUR",
        }
        whole = given | more
        days = position_days(whole["scored"]["as_of"].dt.date)
        owed = frame_of(position_of(tables, days, folder))
        traded = frame_of(trading_of(tables, days, folder))
        return Book(**({"position": owed, "trading": traded} | whole))

    return _make


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """See `book_maker`."""
    return book_maker(tmp_path)
