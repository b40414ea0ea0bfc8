"""What a classifier is given, as the booster's room reads it: columns x0, x1 ... of numbers and categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d, validate_data

from contracts.arrays import Bools, Floats
from contracts.errors import ContractError
from models.base.data import ModelContract


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
    """Numbers as float64, everything else as texts."""
    if _is_number(values):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        check_array(numbers[:, None], ensure_all_finite="allow-nan", input_name=str(values.name))
        return pd.Series(numbers)
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        raise ValueError(
            f"Column {values.name!r}: numbers or texts expected, {values.dtype} received. Leave it out, or count days."
        )
    texts = values.astype(object).where(values.notna(), None)
    return pd.Series([None if one is None else str(one) for one in texts], dtype=object)


def outcomes(values: Any, n_rows: int) -> tuple[np.ndarray[Any, Any], Bools]:
    """The two classes in order, and whether each row is of the second.

    Raises:
        ValueError: not one value a row, or not two classes.
    """
    if values is None:
        raise ValueError("requires y to be passed, but the target y is None")
    flat = column_or_1d(values, warn=True)
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
                near = get_close_matches(str(name), [str(one) for one in names], n=1, cutoff=0.5)
                hint = f" Did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"directions names a column that X does not have: {name!r}.{hint}")
        signs = [given.get(name, 0) for name in names]
    else:
        signs = list(given)
    if len(signs) != n or any(sign not in (-1, 0, 1) for sign in signs):
        raise ValueError(f"directions must give -1, 0 or +1 for each of the {n} columns of X.")
    return [int(sign) for sign in signs]


def coded(frame: pd.DataFrame, contract: ModelContract, names: Sequence[str]) -> Floats:
    """The rows as the booster reads them.

    Raises:
        ValueError: a column that held numbers in `fit` holds texts.
    """
    try:
        return contract.encode(frame)
    except ContractError as error:
        place = int(error.where.rpartition(".x")[2])
        raise ValueError(
            f"Column {names[place]!r}: numbers expected, as in fit; texts received ({error.value})."
        ) from error
