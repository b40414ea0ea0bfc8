"""From tables to what a model reads: which features, in which order, categories as codes learned on train only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.errors import ContractError, TrainingError
from models.arrays import Bools, Floats

KEY = ["customer_id", "as_of"]
MOST_LEVELS = 250  # of one category; rarer ones count as missing, LightGBM bins no more anyway


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of the model.

    Attributes:
        name: column of the matrix.
        dtype: `number` or `category`.
        direction: +1 more of it means more risk, -1 less, 0 free; categories are free.
        levels: the categories seen in train, in the order of their codes; None for a number.
    """

    name: str
    dtype: str
    direction: int
    levels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ModelContract:
    """What a booster expects: its features in order (`data/model/contract.json`)."""

    portfolio: str
    horizon_months: int
    features: tuple[Feature, ...]

    @property
    def names(self) -> list[str]:
        """Feature names in the booster's order."""
        return [feature.name for feature in self.features]

    def encode(self, frame: pd.DataFrame) -> Floats:
        """The rows as numbers, shape (n, features): a category as its position in `levels`.

        A missing value and a level unseen in train are NaN.

        Raises:
            ContractError: a feature column is absent, or a number feature holds text.
        """
        absent = [name for name in self.names if name not in frame.columns]
        if absent:
            raise ContractError(
                f"{len(absent)} features of the model are absent.",
                where="data/features/matrix.parquet",
                value=", ".join(absent[:5]),
                next_step="Run featurize and train on the same portfolio and feature config.",
            )
        codes = np.empty((len(frame), len(self.features)))
        for position, feature in enumerate(self.features):
            codes[:, position] = _codes(frame[feature.name], feature)
        return codes

    def to_json(self) -> dict[str, Any]:
        """The contract as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ModelContract:
        """The contract that `to_json` wrote."""
        features = tuple(
            Feature(
                one["name"],
                one["dtype"],
                int(one["direction"]),
                None if one["levels"] is None else tuple(one["levels"]),
            )
            for one in values["features"]
        )
        return cls(values["portfolio"], int(values["horizon_months"]), features)


def _codes(values: pd.Series, feature: Feature) -> Floats:
    if feature.levels is not None:
        code = {level: float(position) for position, level in enumerate(feature.levels)}
        return np.asarray(values.map(code).to_numpy(dtype=np.float64, na_value=np.nan))
    try:
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    except (ValueError, TypeError) as error:
        raise ContractError(
            "A number feature holds something else.",
            where=f"matrix.{feature.name}",
            value=str(error),
            next_step="The lineage says `number`; correct the feature's declaration.",
        ) from error


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one part of the partition, aligned: key, outcome, raw features."""

    customer_id: np.ndarray[Any, Any]
    as_of: np.ndarray[Any, Any]
    defaulted: Bools
    is_held_out: Bools
    features: pd.DataFrame

    def __len__(self) -> int:
        return len(self.defaulted)

    def take(self, rows: np.ndarray[Any, Any]) -> Part:
        """The rows chosen by a mask or by positions."""
        return Part(
            self.customer_id[rows],
            self.as_of[rows],
            self.defaulted[rows],
            self.is_held_out[rows],
            self.features.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows],
        )


def assemble(matrix: pd.DataFrame, partition: pd.DataFrame, part: str) -> Part:
    """The rows of one part with their features, sorted by as_of and customer.

    Raises:
        ContractError: the matrix lacks rows of the partition (they come from different cohorts).
    """
    wanted = partition[partition["part"] == part]
    joined = wanted.merge(matrix, on=KEY, how="left", indicator="found", validate="one_to_one")
    lost = int((joined["found"] != "both").sum())
    if lost:
        raise ContractError(
            f"{lost} of {len(wanted)} rows of part {part} have no features.",
            where="data/features/matrix.parquet",
            value=tuple(joined.loc[joined["found"] != "both", KEY].astype(str).iloc[0]),
            next_step="Run featurize and split on the same cohort: `dvc repro`.",
        )
    joined = joined.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)
    own = [*partition.columns, "found"]
    return Part(
        joined["customer_id"].to_numpy(dtype=object),
        joined["as_of"].to_numpy(dtype="datetime64[D]"),
        joined["defaulted"].to_numpy(dtype=bool, na_value=False),
        joined["is_held_out"].to_numpy(dtype=bool),
        joined.drop(columns=own),
    )


def learn_contract(
    train: Part, lineage: pd.DataFrame, portfolio: str, horizon_months: int
) -> tuple[ModelContract, list[str]]:
    """The features worth keeping, with category levels from train, and the names of the dropped ones.

    A feature that is constant in train (or missing throughout) is dropped: no split can use it.

    Raises:
        TrainingError: no feature varies.
        ContractError: the lineage names a column that the matrix lacks.
    """
    kept, dropped = [], []
    declared = lineage.sort_values("position")
    for name, dtype, direction in zip(
        declared["feature"], declared["dtype"], declared["direction"], strict=True
    ):
        if name not in train.features.columns:
            raise ContractError(
                "The lineage names a feature that the matrix lacks.",
                where=f"lineage.{name}",
                next_step="Run featurize again: `dvc repro featurize`.",
            )
        values = train.features[name]
        if values.nunique(dropna=False) < 2:
            dropped.append(name)
        elif dtype == "category":
            counts = values.value_counts()
            common = counts.sort_index().nlargest(MOST_LEVELS).index
            kept.append(Feature(name, "category", 0, tuple(sorted(map(str, common)))))
        else:
            kept.append(Feature(name, "number", int(direction)))
    if not kept:
        raise TrainingError(
            "No feature varies in train: there is nothing to learn from.",
            where="data/features/matrix.parquet",
            value=f"{len(dropped)} features, all constant",
            next_step="Check the mappings of the portfolio; the sources may be empty.",
        )
    return ModelContract(portfolio, horizon_months, tuple(kept)), dropped
