"""Whom to call: the customers that something is to be done about, with all that the caller must know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from contracts.documents.explanations import ReasonText
from contracts.documents.portfolio import Call
from contracts.documents.told import Context, Fact
from contracts.tables.derived import N_REASONS

CALLED_FOR = ("stop", "secure", "reduce", "review")
BESIDE = ("context", "ours")
"""What is told beside the reasons and is none."""


def calls(
    named: pd.DataFrame,
    alerts: Mapping[str, Sequence[Fact]],
    said: pd.DataFrame,
    most: int | None = None,
) -> tuple[Call, ...]:
    """The customers to call: those with an action to take, by expected loss, then by PD, then by number.

    The expected loss at stake decides, not the PD: one call saves more at a large, fairly good customer
    than at a tiny bad one.

    Args:
        named: the decisions with name, country and industry.
        alerts: what a controller must know, by customer.
        said: what the model says of the day (contract REASONS_TABLE), its context among it.
        most: how many, the first; all where none is named.
    """
    called = named[named["action"].isin(CALLED_FOR)].sort_values(
        ["expected_loss", "pd", "customer_id"], ascending=[False, False, True], kind="stable"
    )[:most]
    beside = said[said["role"].isin(BESIDE) & said["customer_id"].isin(called["customer_id"])]
    context: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for one in beside.sort_values(["customer_id", "rank"], kind="stable").to_dict(orient="records"):
        context[one["customer_id"]].append(one)
    return tuple(
        _call(row, alerts.get(row["customer_id"], ()), context.get(row["customer_id"], ()))
        for row in called.to_dict(orient="records")
    )


def _call(
    row: Mapping[Any, Any], facts: Sequence[Fact], context: Sequence[Mapping[Any, Any]]
) -> Call:
    return Call(
        customer_id=row["customer_id"],
        name=text_of(row["name"]) or row["customer_id"],
        country=text_of(row["country"]),
        industry=text_of(row["industry"]),
        exposure=row["exposure"],
        overdue=row["overdue"],
        ead=row["ead"],
        expected_loss=row["expected_loss"],
        score=int(row["score"]),
        grade=int(row["grade"]),
        pd=float(row["pd"]),
        action=row["action"],
        because=row["because"],
        limit=None if pd.isna(row["limit"]) else row["limit"],
        limit_bound=None if pd.isna(row["limit_bound"]) else row["limit_bound"],
        limit_current=None if pd.isna(row["limit_current"]) else row["limit_current"],
        terms_days=int(row["terms_days"]),
        review_on=pd.Timestamp(row["review_on"]).date(),
        facts=tuple(facts),
        reasons=tuple(
            ReasonText(en=row[f"reason_{rank}"], zh=row[f"reason_{rank}_zh"])
            for rank in range(1, N_REASONS + 1)
            if text_of(row[f"reason_{rank}"]) is not None
        ),
        context=tuple(
            Context(
                role=one["role"],
                points=float(one["points"]),
                text=ReasonText(en=one["sentence_en"], zh=one["sentence_zh"]),
            )
            for one in context
        ),
    )


def text_of(value: object) -> str | None:
    """A text, or None where there is none."""
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN is not itself
