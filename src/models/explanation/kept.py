"""Who speaks, as the bundle keeps it: a version gives years later, to rows it has never seen, the reasons it would have given then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.errors import BundleError
from models.boosting.views import is_rank
from models.explanation.absent import LATENESS, STATEMENTS, Absent
from models.explanation.peers import Peers
from models.explanation.reasons import Spokesman
from models.explanation.wording import Feature


def speaker_json(speaker: Spokesman, lineage: pd.DataFrame) -> dict[str, Any]:
    """All that `speaker_from` and `absent_in` need.

    Args:
        speaker: who spoke of the latest book.
        lineage: the declarations of all columns of the matrix (contract LINEAGE), as for `absent`.
    """
    late = lineage[(lineage["subject"] == LATENESS) & lineage["window_days"].notna()]
    days = int(late["window_days"].max()) if len(late) else 0
    return {
        "features": [asdict(one) for one in speaker.features],
        "speaks_for": speaker.group.tolist(),
        "healthy_points": speaker.healthy_points.tolist(),
        "peers": {
            "since": speaker.peers.since.isoformat(),
            "until": speaker.peers.until.isoformat(),
            "customers": speaker.peers.customers,
            "group": {name: dict(typical) for name, typical in speaker.peers.group.items()},
        },
        "currency": speaker.currency,
        "most": speaker.most,
        "least": speaker.least,
        "lateness": {
            "days": days,
            "features": late.loc[late["window_days"] == days, "feature"].tolist(),
        },
    }


def speaker_from(kept: Mapping[str, Any]) -> Spokesman:
    """Back from `speaker_json`, of this release or of an earlier one.

    Raises:
        BundleError: something is not kept that this release needs.
    """
    try:
        return _speaker(kept)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            "What this version keeps of its reasons is not what this release reads.",
            where="reasons.json > speaker",
            value=f"{type(error).__name__}: {error}",
            next_step="Score with --no-reasons, or with the release that registered it (`bonitas history --on DAY` names its commit).",
        ) from error


def _speaker(kept: Mapping[str, Any]) -> Spokesman:
    peers = kept["peers"]
    return Spokesman(
        tuple(_feature(one) for one in kept["features"]),
        np.array(kept["speaks_for"], dtype=np.int64),
        np.array(kept["healthy_points"], dtype=np.float64),
        Peers(
            date.fromisoformat(peers["since"]),
            date.fromisoformat(peers["until"]),
            int(peers["customers"]),
            peers["group"],
        ),
        str(kept["currency"]),
        int(kept["most"]),
        float(kept["least"]),
    )


def _feature(kept: Mapping[str, Any]) -> Feature:
    """A feature as it was kept; bundles of earlier releases do not say which is a rank, and its name does."""
    names = {one.name for one in fields(Feature)} - {"is_rank"}
    told = {key: kept[key] for key in names} | {"tables": tuple(kept["tables"])}
    return Feature(**told, is_rank=bool(kept.get("is_rank", is_rank(kept["name"]))))


def absent_in(rows: pd.DataFrame, kept: Mapping[str, Any]) -> Absent:
    """What is not there in rows that may hold the model's features alone: said only where the column that tells it was sent."""
    nobody = np.zeros(len(rows), dtype=np.bool_)
    statement, payment = nobody, nobody
    if STATEMENTS in rows:
        statement = np.asarray(rows[STATEMENTS].to_numpy(dtype=np.float64, na_value=0.0) == 0)
    late = kept["lateness"]
    if late["features"] and set(late["features"]) <= set(rows.columns):
        payment = np.asarray(rows[late["features"]].isna().all(axis=1).to_numpy(dtype=np.bool_))
    return Absent(statement, payment, int(late["days"]))
