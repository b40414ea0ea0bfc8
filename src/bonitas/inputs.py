"""What a classifier is given, as the booster's room reads it: columns x0, x1 ... of numbers and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d, validate_data

from contracts.arrays import Bools, Floats
from contracts.errors import ContractError
from contracts.spelling import meant, nearest
from models.base.data import ModelContract

MAX_NAMED = 10
"""Columns of X that an error names."""


def fit_frame(model: Any, values: Any) -> pd.DataFrame:
    """The rows to learn from; the model remembers the number and the names of the columns."""
    return _frame(model, values, is_new=True)


def read_frame(model: Any, values: Any) -> pd.DataFrame:
    """Rows to answer.

    Raises:
        ValueError: other columns than in `fit`.
    """
    return _frame(model, values, is_new=False)


def _frame(model: Any, values: Any, *, is_new: bool) -> pd.DataFrame:
    if isinstance(values, pd.DataFrame) and _has_texts(values):
        validate_data(model, values, skip_check_array=True, reset=is_new)
        if values.empty:
            raise ValueError(
                f"Found array with {len(values)} sample(s) while a minimum of 1 is required."
            )
        columns = [_plain(values.iloc[:, at]) for at in range(values.shape[1])]
    else:
        checked = validate_data(
            model, values, reset=is_new, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        columns = [pd.Series(one) for one in np.asarray(checked).T]
    return pd.DataFrame({f"x{at}": one for at, one in enumerate(columns)})


def _has_texts(frame: pd.DataFrame) -> bool:
    return any(not _is_number(frame.iloc[:, at]) for at in range(frame.shape[1]))


def _is_number(values: pd.Series[Any]) -> bool:
    return pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values)


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers as float64, objects that are all numbers (Decimal, int) among them; everything else as texts.

    A column of plain objects that were read as texts would have a level for each number.
    """
    held = values[values.notna()] if values.dtype == object else values[:0]
    if len(held) and all(isinstance(one, (date, time, timedelta)) for one in held):
        raise ValueError(
            f"Column {values.name!r}: numbers or texts expected, {type(held.iloc[0]).__name__} received. Leave it out, or count days."
        )
    if _is_number(values) or (len(held) and all(isinstance(one, Number) for one in held)):
        numbers = values.where(values.notna(), np.nan).to_numpy(dtype=np.float64, na_value=np.nan)
        check_array(numbers[:, None], ensure_all_finite="allow-nan", input_name=str(values.name))
        return pd.Series(numbers)
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        raise ValueError(
            f"Column {values.name!r}: numbers or texts expected, {values.dtype} received. Leave it out, or count days."
        )
    texts = values.astype(object).where(values.notna(), None)
    return pd.Series([None if one is None else _text(one) for one in texts], dtype=object)


def _text(one: Any) -> str:
    """A level's name; 1 and 1.0 are one level, for a column of whole numbers is of floats as soon as one is missing."""
    if isinstance(one, float | np.floating) and float(one).is_integer():
        return str(int(one))
    return str(one)


def outcomes(values: Any, n_rows: int) -> tuple[np.ndarray[Any, Any], Bools]:
    """The two classes in order, and whether each row is of the second.

    Raises:
        ValueError: not one value a row, or not two classes.
    """
    if values is None:
        raise ValueError("requires y to be passed, but the target y is None")
    flat = column_or_1d(values, warn=True)
    if flat.dtype == object:
        flat = _of_objects(flat)
    if len(flat) != n_rows:
        raise ValueError(f"X has {n_rows} rows and y has {len(flat)}.")
    if flat.dtype.kind == "f":
        check_array(flat[:, None], input_name="y")
    check_classification_targets(flat)
    classes, place = np.unique(flat, return_inverse=True)
    if len(classes) > 2:
        kind = type_of_target(flat)
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")  # fmt: skip
    if len(classes) < 2:
        raise ValueError(f"Classifier can't train when y contains 1 class only: {classes.tolist()}.")  # fmt: skip
    return classes, place.astype(bool)


def _of_objects(flat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Outcomes that came as plain objects, as `Portfolio.labels` has them: booleans and numbers as such."""
    missing = int(pd.isna(flat).sum())
    if missing:
        raise ValueError(f"Input y contains NaN: {missing} of {len(flat)} outcomes are missing. Leave those rows out.")  # fmt: skip
    return pd.Series(flat).infer_objects().to_numpy()


def refuse_other_order(values: Any, beside: Any, name: str) -> None:
    """Rows are paired by position, as scikit-learn pairs them; labels that are the same in another order say that it is wrong.

    Raises:
        ValueError: X and what stands beside it are so.
    """
    if not (isinstance(values, pd.DataFrame) and isinstance(beside, pd.Series | pd.DataFrame)):
        return
    rows, others = values.index, beside.index
    if len(rows) != len(others) or rows.equals(others):
        return
    if rows.is_unique and others.is_unique and rows.isin(others).all():
        raise ValueError(
            f"X and {name} have the same index in another order, and rows are paired by position. Give {name}.loc[X.index], or, where "
            f"the positions are right, {name}.to_numpy()."
        )


def directions_of(model: Any, given: Mapping[Any, int] | Sequence[int] | None) -> list[int]:
    """One sign a column.

    Raises:
        ValueError: an unknown column, another number of columns, or no sign.
    """
    n = int(model.n_features_in_)
    names = list(getattr(model, "feature_names_in_", [f"x{at}" for at in range(n)]))
    if given is None:
        signs: list[Any] = [0] * n
    elif isinstance(given, Mapping):
        for name in given:
            if name not in names:
                hint = (
                    meant(nearest(str(name), map(str, names)))
                    or f"It has {', '.join(map(str, names[:MAX_NAMED]))}{' ...' if n > MAX_NAMED else '.'}"
                )
                raise ValueError(
                    f"directions names a column that X does not have: {name!r}. {hint}"
                )
        signs = [given.get(name, 0) for name in names]
    else:
        signs = list(given)
    if len(signs) != n or any(sign not in (-1, 0, 1) for sign in signs):
        raise ValueError(f"directions must give -1, 0 or +1 for each of the {n} columns of X.")
    return [int(sign) for sign in signs]


def as_fitted(frame: pd.DataFrame, contract: ModelContract, names: Sequence[str]) -> pd.DataFrame:
    """Rows whose categories came as numbers, with the levels' names in their place.

    Raises:
        ValueError: a column that held texts in `fit` holds numbers: every level would count as missing.
    """
    made = {}
    for one in contract.features:
        values = frame[one.name]
        if one.levels is None or values.dtype == object or not values.notna().any():
            continue
        if not any(_is_numeral(level) for level in one.levels):
            name = names[int(one.name[1:])]
            raise ValueError(f"Column {name!r}: texts expected, as in fit; numbers received ({values.dropna().iloc[0]}).")  # fmt: skip
        made[one.name] = [None if pd.isna(value) else _text(value) for value in values]
    return frame.assign(**{name: pd.Series(texts, dtype=object) for name, texts in made.items()})


def _is_numeral(level: str) -> bool:
    try:
        float(level)
    except ValueError:
        return False
    return True


def coded(frame: pd.DataFrame, contract: ModelContract, names: Sequence[str]) -> Floats:
    """The rows as the booster reads them.

    Raises:
        ValueError: a column that held numbers in `fit` holds texts, or the other way round.
    """
    try:
        return contract.encode(as_fitted(frame, contract, names))
    except ContractError as error:
        place = int(error.where.rpartition(".x")[2])
        raise ValueError(
            f"Column {names[place]!r}: numbers expected, as in fit; texts received ({error.value})."
        ) from error
