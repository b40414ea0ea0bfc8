"""Score and decision of single customers, and what the score is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.scale import ScaleConfig
from contracts.documents.customer import Input, Moved, MovedPart, Past, Pillar, Rated
from contracts.documents.explanations import ReasonText
from contracts.documents.told import Context
from contracts.scale import score
from contracts.tables.derived import PILLARS
from decisions.calls import BESIDE, text_of

MAX_INPUTS = 12
MAX_DAYS = 36


def rated(row: Mapping[Any, Any], points: pd.DataFrame, said: pd.DataFrame) -> Rated:
    """The decision on one customer.

    Args:
        row: of the table `portfolio`.
        points: its rows of the table `explanations`, with `unit`, `wording_en` and `wording_zh`.
        said: its rows of the table `reasons`.
    """
    weighed = points.assign(size=points["points"].abs())
    ranked = weighed.sort_values(["size", "feature"], ascending=[False, True], kind="stable")
    shown, rest = ranked.head(MAX_INPUTS), ranked.iloc[MAX_INPUTS:]
    pillars = tuple(Pillar(pillar=one, points=float(row[f"points_{one}"])) for one in PILLARS)
    base = float(row["points_base"])
    return Rated(
        score=int(row["score"]),
        exact=base + sum(one.points for one in pillars),
        grade=int(row["grade"]),
        pd=float(row["pd"]),
        **{name: row[name] for name in ("action", "because", "ead", "expected_loss")},
        limit=None if pd.isna(row["limit"]) else row["limit"],
        limit_bound=None if pd.isna(row["limit_bound"]) else row["limit_bound"],
        terms_days=int(row["terms_days"]),
        review_on=pd.Timestamp(row["review_on"]).date(),
        base=base,
        pillars=pillars,
        inputs=tuple(_input(one) for one in shown.to_dict(orient="records")),
        rest=float(rest["points"].sum()),
        n_rest=len(rest),
        reasons=_texts(said, "reason"),
        strengths=_texts(said, "strength"),
        context=tuple(
            Context(
                role=one["role"],
                points=float(one["points"]),
                text=ReasonText(en=one["sentence_en"], zh=one["sentence_zh"]),
            )
            for one in said[said["role"].isin(BESIDE)].to_dict(orient="records")
        ),
    )


def _texts(said: pd.DataFrame, role: str) -> tuple[ReasonText, ...]:
    rows = said[said["role"] == role].sort_values("rank", kind="stable")
    pairs = zip(rows["sentence_en"], rows["sentence_zh"], strict=True)
    return tuple(ReasonText(en=english, zh=chinese) for english, chinese in pairs)


def _input(row: Mapping[Any, Any]) -> Input:
    return Input(
        **{
            name: str(row[name])
            for name in ("feature", "pillar", "unit", "wording_en", "wording_zh")
        },
        **_both(row, "value", "typical"),
        points=float(row["points"]),
    )


def _both(row: Mapping[Any, Any], *names: str) -> dict[str, Any]:
    """Each value as a number or a category's name, and as people read it."""
    texts = {f"{name}_text": text_of(row[f"{name}_text"]) for name in names}
    numbers = {
        name: texts[f"{name}_text"] if pd.isna(row[name]) else float(row[name]) for name in names
    }
    return {**numbers, **texts}


def history(rows: pd.DataFrame, scale: ScaleConfig) -> tuple[Past, ...]:
    """The scores of one customer, oldest first, the newest so many days of decision.

    Args:
        rows: as_of and pd; by one model, each day once.
        scale: PD to score.
    """
    ordered = rows.sort_values("as_of", kind="stable").tail(MAX_DAYS)
    scores = score(ordered["pd"].to_numpy(dtype=np.float64), scale)
    return tuple(
        Past(as_of=pd.Timestamp(day).date(), score=int(one), pd=float(chance))
        for day, one, chance in zip(ordered["as_of"], scores, ordered["pd"], strict=True)
    )


def moved(rows: pd.DataFrame) -> tuple[Moved, ...]:
    """Why the score moved since each of some days, the newest day first, what moved it most first.

    Args:
        rows: of one customer; see `Shelf.moved`.
    """
    days = sorted(rows["since"].unique(), reverse=True)
    return tuple(
        Moved(
            since=pd.Timestamp(day).date(),
            parts=tuple(
                MovedPart(
                    kind=str(row["kind"]),
                    points=float(row["points"]),
                    **{name: text_of(row[name]) for name in _TOLD},
                    **_both(row, "value_then", "value_now"),
                )
                for row in rows[rows["since"] == day].sort_values("rank").to_dict(orient="records")
            ),
        )
        for day in days
    )


_TOLD = ("subject", "wording_en", "wording_zh", "unit", "feature")
