"""From tables to what a model reads: which features, in which order, categories as codes learned on train only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.errors import ContractError, TrainingError
from contracts.tables.derived import KEY

MAX_LEVELS = 250  # of one category; rarer ones count as missing, LightGBM bins no more anyway


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of the model.

    Attributes:
        name: column of the matrix.
        dtype: `number` or `category`.
        direction: +1 more of it means more risk, -1 less, 0 free; categories are free.
        levels: the categories seen in train, in the order of their codes; None for a number.
        stand_in: what a missing value, or an unseen level, is read as where train had none: the median of a number, the
            most frequent level of a category. None where train had some, for then the model learned where they go. Without
            it LightGBM would read a missing number as 0.0, and an unseen level as one of low risk.
    """

    name: str
    dtype: str
    direction: int
    levels: tuple[str, ...] | None = None
    stand_in: float | str | None = None


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

        A missing value and a level unseen in train are NaN, or what the feature's `stand_in` says.

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
        kinds = frame.dtypes
        # numbers that are stored as such are taken in one piece: a column at a time costs more than its values
        whole = [one.levels is None and kinds[one.name] == np.float64 for one in self.features]
        codes[:, whole] = frame[
            [name for name, is_plain in zip(self.names, whole, strict=True) if is_plain]
        ].to_numpy()
        for position, (feature, is_plain) in enumerate(zip(self.features, whole, strict=True)):
            if not is_plain:
                codes[:, position] = _codes(frame[feature.name], feature)
            elif feature.stand_in is not None:
                codes[:, position] = _stood_in(codes[:, position], float(feature.stand_in))
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
                one.get("stand_in"),
            )
            for one in values["features"]
        )
        return cls(values["portfolio"], int(values["horizon_months"]), features)


def _codes(values: pd.Series, feature: Feature) -> Floats:
    if feature.levels is not None:
        code = {level: float(position) for position, level in enumerate(feature.levels)}
        found = values.map(code).to_numpy(dtype=np.float64, na_value=np.nan)
        return _stood_in(np.asarray(found, dtype=np.float64), code.get(str(feature.stand_in)))
    try:
        numbers = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
        return _stood_in(numbers, None if feature.stand_in is None else float(feature.stand_in))
    except (ValueError, TypeError) as error:
        raise ContractError(
            "A number feature holds something else.",
            where=f"matrix.{feature.name}",
            value=str(error),
            next_step="The lineage says `number`; correct the feature's declaration.",
        ) from error


def _stood_in(codes: Floats, stand_in: float | None) -> Floats:
    return codes if stand_in is None else np.where(np.isnan(codes), stand_in, codes)


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


def joined(first: Part, second: Part) -> Part:
    """The rows of both, those of the first before those of the second."""
    return Part(
        np.concatenate([first.customer_id, second.customer_id]),
        np.concatenate([first.as_of, second.as_of]),
        np.concatenate([first.defaulted, second.defaulted]),
        np.concatenate([first.is_held_out, second.is_held_out]),
        pd.concat([first.features, second.features], ignore_index=True),
    )


def assemble(matrix: pd.DataFrame, partition: pd.DataFrame, part: str) -> Part:
    """The rows of one part with their features, sorted by as_of and customer.

    Raises:
        ContractError: the matrix lacks rows of the partition (they come from different cohorts).
    """
    wanted = partition[partition["part"] == part]
    merged = wanted.merge(matrix, on=KEY, how="left", indicator="found", validate="one_to_one")
    lost = int((merged["found"] != "both").sum())
    if lost:
        raise ContractError(
            f"{lost} of {len(wanted)} rows of part {part} have no features.",
            where="data/features/matrix.parquet",
            value=tuple(merged.loc[merged["found"] != "both", KEY].astype(str).iloc[0]),
            next_step="Run featurize and split on the same cohort: `dvc repro`.",
        )
    merged = merged.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)
    own = [*partition.columns, "found"]
    return Part(
        merged["customer_id"].to_numpy(dtype=object),
        merged["as_of"].to_numpy(dtype="datetime64[D]"),
        merged["defaulted"].to_numpy(dtype=bool, na_value=False),
        merged["is_held_out"].to_numpy(dtype=bool),
        merged.drop(columns=own),
    )


@dataclass(frozen=True, slots=True)
class Unseen:
    """Answers to the calibrate rows by boosters that did not learn from them, beside what happened."""

    customer_id: np.ndarray[Any, Any]
    margin: Floats
    defaulted: Bools

    def __len__(self) -> int:
        return len(self.margin)


def unseen_outcomes(unseen: pd.DataFrame, partition: pd.DataFrame) -> Unseen:
    """The table UNSEEN joined with the outcomes of the calibrate part, sorted by as_of and customer.

    Raises:
        ContractError: the two do not hold the same rows (they come from different runs).
    """
    wanted = partition.loc[partition["part"] == "calibrate", [*KEY, "defaulted"]]
    rows = wanted.merge(unseen, on=KEY, how="outer", indicator="found", validate="one_to_one")
    lost = rows["found"] != "both"
    if lost.any():
        raise ContractError(
            f"{int(lost.sum())} rows of the calibrate part and of their unseen answers do not meet.",
            where="data/model/unseen.parquet",
            value=tuple(rows.loc[lost, KEY].astype(str).iloc[0]),
            next_step="Run train again on this partition: `dvc repro train`.",
        )
    rows = rows.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)
    return Unseen(
        rows["customer_id"].to_numpy(dtype=object),
        rows["margin"].to_numpy(dtype=np.float64),
        rows["defaulted"].to_numpy(dtype=bool, na_value=False),
    )


def _median(values: pd.Series) -> float | None:
    """The lower median of a number, None where some are missing."""
    if values.isna().any():
        return None
    return float(np.quantile(values.to_numpy(dtype=np.float64), 0.5, method="lower"))


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
            common = counts.sort_index().nlargest(MAX_LEVELS).index
            is_whole = len(common) == len(counts) and values.notna().all()
            most = str(counts.sort_index().idxmax()) if is_whole else None
            kept.append(Feature(name, "category", 0, tuple(sorted(map(str, common))), most))
        else:
            kept.append(Feature(name, "number", int(direction), None, _median(values)))
    if not kept:
        raise TrainingError(
            "No feature varies in train: there is nothing to learn from.",
            where="data/features/matrix.parquet",
            value=f"{len(dropped)} features, all constant",
            next_step="Check the mappings of the portfolio; the sources may be empty.",
        )
    return ModelContract(portfolio, horizon_months, tuple(kept)), dropped
