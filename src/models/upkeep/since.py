"""Every observation since the champion's calibration, scored by the champion."""

from __future__ import annotations

import pandas as pd

from contracts.tables.derived import KEY
from models.registry.champion import Champion
from models.registry.registration import scored_by


def since_calibration(
    champion: Champion, matrix: pd.DataFrame, cohort: pd.DataFrame
) -> pd.DataFrame:
    """Key, features, `defaulted` (missing until matured), margin and pd; outcomes it was fitted on would flatter it.

    Args:
        champion: the version in use.
        matrix: key and features.
        cohort: key and `defaulted`.
    """
    reference = champion.bundle.json("reference.json")
    rows = matrix.merge(cohort[[*KEY, "defaulted"]], on=KEY, how="inner", validate="one_to_one")
    rows = rows[rows["as_of"] >= pd.Timestamp(reference["calibrated_until"] or reference["from"])]
    rows = rows.sort_values(KEY, kind="stable", ignore_index=True)
    if rows.empty:
        return rows.assign(margin=0.0, pd=0.5)
    answers = scored_by(champion, rows)
    return rows.assign(margin=answers["margin"], pd=answers["pd"])
