"""From the tables of a run to the rows, features and folds that selection and search work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from contracts.errors import TrainingError
from contracts.tables.derived import EARLIER
from models.base.data import ModelContract, Part, assemble, learn_contract
from models.boosting.course import Course
from models.sample.folds import Fold, thin_panel, time_folds
from models.search.selection import Selection, select_features

SEARCH_ROWS = 40_000  # an overlapping monthly panel is thinned to about so many for the search


@dataclass(frozen=True, slots=True)
class Prepared:
    """What selection and search stand on; a worker that joins a search must arrive at the same.

    Attributes:
        part: every train row.
        contract: the features kept.
        dropped: features that are constant in train.
        selection: how the others were chosen.
        thinned: the train rows that folds are made of, thinned where outcomes overlap.
        codes: of the thinned rows, one column per feature kept.
        folds: positions in the thinned rows.
    """

    part: Part
    contract: ModelContract
    dropped: list[str]
    selection: Selection
    thinned: Part
    codes: Floats
    folds: list[Fold]

    @property
    def course(self) -> Course:
        """The folds to run boosters on, not yet binned."""
        return Course(self.codes, self.thinned.defaulted, self.folds, self.contract)


def prepare(
    matrix: pd.DataFrame,
    lineage: pd.DataFrame,
    partition: pd.DataFrame,
    config: TrainConfig,
    *,
    portfolio: str,
    horizon_months: int,
) -> Prepared:
    """The train part, its features and its folds.

    Args:
        matrix: features by (customer_id, as_of).
        lineage: order, dtype and direction of the features.
        partition: which rows are train; no other row is read.
        config: limits, folds, how features are selected.
        portfolio: name that goes into the contract, and names the study.
        horizon_months: label gap of the folds.

    Raises:
        TrainingError: too few defaults, or nothing varies, or no fold can be made.
    """
    part = assemble(matrix, partition, "train")
    _refuse_too_few(part, config.min_defaults)
    declared = learned_from(lineage, earlier=config.selection.earlier)
    every, dropped = learn_contract(part, declared, portfolio, horizon_months)
    thinned = part.take(thin_panel(part.customer_id, part.as_of, horizon_months, SEARCH_ROWS))
    folds = time_folds(thinned.as_of, thinned.defaulted, horizon_months, config.search.folds)
    codes = every.encode(thinned.features)
    selection = select_features(thinned, codes, every, folds, config)
    contract = selection.contract
    position = {name: column for column, name in enumerate(every.names)}
    columns = [position[name] for name in contract.names]
    return Prepared(part, contract, dropped, selection, thinned, codes[:, columns], folds)


def learned_from(lineage: pd.DataFrame, *, earlier: bool) -> pd.DataFrame:
    """The declarations of what a model may learn from: without the measures that a payment may worsen, and their ranks, unless asked for.

    Args:
        lineage: contract LINEAGE.
        earlier: whether those are asked for.

    >>> rows = pd.DataFrame({"feature": ["late", "share", "peers_share_rank"], "family": ["payments", "earlier", "peers"]})
    >>> learned_from(rows, earlier=False)["feature"].tolist(), len(learned_from(rows, earlier=True))
    (['late'], 3)
    """
    if earlier:
        return lineage
    gone = set(lineage.loc[lineage["family"] == EARLIER, "feature"])
    ranks = {f"peers_{one}_rank" for one in gone}
    kept: pd.DataFrame = lineage[~lineage["feature"].isin(gone | ranks)]
    return kept


def _refuse_too_few(part: Part, least: int) -> None:
    defaults = int(np.count_nonzero(part.defaulted))
    if defaults < least or defaults == len(part):
        raise TrainingError(
            f"Train holds {defaults} defaults in {len(part)} rows; at least {least}, and as many survivors, are needed.",
            where="data/interim/partition.parquet, part train",
            value=defaults,
            next_step="Give a longer history, check the definition of default, or lower train.min_defaults.",
        )
