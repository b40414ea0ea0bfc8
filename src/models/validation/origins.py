"""The recipe at its rolling origins, measured: each year by itself, and all of them together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from contracts.config.evaluation import EvaluateConfig
from contracts.documents import metrics
from contracts.documents.validation_model import Figures, OriginYear
from models.validation.figures import Answers, all_figures


def by_origin(
    rows: pd.DataFrame | None, config: EvaluateConfig
) -> tuple[tuple[OriginYear, ...], Figures | None]:
    """Every measure of each origin's year, oldest first, and of all years; none where no origin held enough defaults.

    Args:
        rows: contract ORIGINS.
        config: confidence, resamples, seed.
    """
    if rows is None or rows.empty:
        return (), None
    years = tuple(
        OriginYear(
            origin=pd.Timestamp(str(day)).date(),
            until=(year["as_of"].max() + pd.Timedelta(days=1)).date(),
            figures=_figures(year, config),
        )
        for day, year in rows.groupby("origin", sort=True)
    )
    return years, _figures(rows, config)


def in_metrics(year: OriginYear) -> metrics.Origin:
    """A year as `reports/metrics.json` has it."""
    found, area = year.figures, year.figures.roc_auc
    ends = None if area.low is None or area.high is None else (area.low, area.high)
    values: dict[str, float | None] = {}
    for name in metrics.WITH_ENDS:
        figure = getattr(found, name)
        values |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    other = set(metrics.Measured.model_fields) - set(values) - {"n", "defaults", "roc_auc_ci", "mean_pd"}  # fmt: skip
    values |= {name: getattr(found, name).value for name in sorted(other)}
    return metrics.Origin(
        from_=str(year.origin),
        n=found.n,
        defaults=found.defaults,
        mean_pd=found.mean_pd,
        roc_auc_ci=ends,
        **values,
    )


def _figures(rows: pd.DataFrame, config: EvaluateConfig) -> Figures:
    answers = Answers(
        {"lightgbm": rows["pd"].to_numpy(dtype=np.float64)},
        rows["defaulted"].to_numpy(dtype=bool),
        rows["customer_id"].to_numpy(dtype=object),
    )
    draws = (config.confidence, config.bootstrap_draws, config.seed)
    return all_figures(answers, *draws)[0]["lightgbm"]
