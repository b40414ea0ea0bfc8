"""Which observation may be used for what: cut by time, counted back from the last matured outcome, and by customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.config.split import SplitConfig
from contracts.errors import SplitError
from models.base.arrays import hashed_share

MAX_MONTHS = 12
TRAIN_TO_TEST = 2  # where months are not given, train spans at least so many times the test part
UNDATED = (0.5, 0.2, 0.3)
"""Shares of the customers in train, calibrate and test where there is one day of decision."""
WHERE = "configs/portfolios/<name>.yaml > split"
DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cuts:
    """The days that part time. Each span is half-open: [from, until)."""

    calibrate_from: pd.Timestamp
    test_from: pd.Timestamp
    test_until: pd.Timestamp


def partition(cohort: pd.DataFrame, split: SplitConfig) -> pd.DataFrame:
    """One row per row of the cohort: what it may be used for (contract `partition`).

    Train holds observations decided before `calibrate_from` whose outcome is final by then;
    calibrate those in [calibrate_from, test_from) final by `test_from`; test those in
    [test_from, test_until). Matured rows between the parts are `gap`, unmatured ones `recent`.
    Customers with hashed id below `held_out_share` never enter train or calibrate: their rows
    there are `holdout`; in test they stay, marked `is_held_out`. Where only one day of decision has
    matured, or the history is too short for three parts and nothing else is asked for, there is no later:
    customers are dealt into the parts, and those of test are all held out (`is_dealt`).

    Args:
        cohort: customer_id, as_of, matured_on, defaulted (missing until matured).
        split: dates, months and the share of customers held out.

    Raises:
        SplitError: nothing has matured, a date is impossible (the message gives the legal one), or a
            part is empty. A part without a default is none: `train` then makes the expert score.
    """
    matured = cohort[cohort["defaulted"].notna()]
    if matured.empty:
        raise SplitError(
            "No outcome is final yet.",
            where="data/interim/cohort.parquet",
            value=f"{len(cohort)} rows, none matured",
            next_step="Give a longer history (complete_until), or shorten horizon_months.",
        )
    cuts = _cuts_if_any(matured, split)
    if cuts is None:
        part, held_out = _part_by_customer(cohort)
    else:
        held_out = held_out_customers(cohort["customer_id"], split.held_out_share)
        part = _part_by_time(cohort, cuts)
        part = np.where(held_out & np.isin(part, ("train", "calibrate")), "holdout", part)
    part = np.where(cohort["defaulted"].isna(), "recent", part)
    result = pd.DataFrame(
        {
            "customer_id": cohort["customer_id"],
            "as_of": cohort["as_of"],
            "part": pd.Series(part, index=cohort.index, dtype="str"),
            "is_held_out": held_out,
            "defaulted": cohort["defaulted"].astype("boolean"),
        }
    )
    _refuse_unusable(result)
    return result


def is_dealt(train: np.ndarray, test: np.ndarray) -> bool:
    """Whether customers were dealt into the parts, told by the days of decision of both: test does not lie later than train."""
    return bool(len(train) and len(test) and test.min() <= train.max())


def _cuts_if_any(matured: pd.DataFrame, split: SplitConfig) -> Cuts | None:
    """The cuts; None where time cannot be cut, and no day or span is asked for that an error would speak of."""
    if matured["as_of"].min() == matured["as_of"].max():
        return None
    asked = split.model_dump(exclude={"held_out_share"}, exclude_none=True)
    try:
        return find_cuts(matured, split)
    except SplitError:
        if asked:
            raise
        return None


def held_out_customers(customer_id: pd.Series, share: float) -> pd.Series:
    """Whether each row's customer is held out: hashed id below `share`."""
    chosen = pd.Series(customer_id.unique())
    is_out = dict(zip(chosen, hashed_share(chosen) < share, strict=True))
    return customer_id.map(is_out).astype(bool)


def find_cuts(matured: pd.DataFrame, split: SplitConfig) -> Cuts:
    """The cuts that the config gives, or that follow from the calendar of the matured rows.

    Raises:
        SplitError: no train observation would be final in time; the message gives the legal date.
    """
    if split.test_months is not None and split.calibrate_months is not None:
        return _checked(matured, _cuts(matured, split, split.test_months, split.calibrate_months))
    for months in range(MAX_MONTHS, 0, -1):
        test_months = split.test_months or months
        cuts = _cuts(matured, split, test_months, split.calibrate_months or months)
        train = matured.loc[matured["matured_on"] <= cuts.calibrate_from, "as_of"]
        if len(train) and _span_months(train) >= TRAIN_TO_TEST * min(test_months, months):
            break
    return _checked(matured, cuts)


def _span_months(as_of: pd.Series) -> int:
    first, last = as_of.min(), as_of.max()
    return int((last.year - first.year) * 12 + last.month - first.month + 1)


def _cuts(
    matured: pd.DataFrame, split: SplitConfig, test_months: int, calibrate_months: int
) -> Cuts:
    last_until = matured["as_of"].max() + DAY
    test_until = _given(split.test_until) or last_until
    # months are counted from the day after, so that 29 February less a month is 1 February
    test_from = _given(split.test_from) or test_until - pd.DateOffset(months=test_months)
    ripe = matured.loc[matured["matured_on"] <= test_from, "as_of"]
    newest = ripe.max() + DAY if len(ripe) else test_from
    calibrate_from = _given(split.calibrate_from) or newest - pd.DateOffset(months=calibrate_months)
    return Cuts(calibrate_from, test_from, test_until)


def _given(day: object) -> pd.Timestamp | None:
    return None if day is None else pd.Timestamp(str(day))


def _part_by_time(rows: pd.DataFrame, cuts: Cuts) -> np.ndarray:
    as_of, matured_on = rows["as_of"], rows["matured_on"]
    before = as_of < cuts.calibrate_from
    middle = (as_of >= cuts.calibrate_from) & (as_of < cuts.test_from)
    after = (as_of >= cuts.test_from) & (as_of < cuts.test_until)
    return np.select(
        [
            before & (matured_on <= cuts.calibrate_from),
            middle & (matured_on <= cuts.test_from),
            after,
        ],
        ["train", "calibrate", "test"],
        "gap",
    )


def _part_by_customer(rows: pd.DataFrame) -> tuple[np.ndarray, pd.Series]:
    """Parts of customers by hashed id, and who is of the test part: known in no other."""
    share = hashed_share(rows["customer_id"].to_numpy(), salt="undated")
    place = np.searchsorted(np.cumsum(UNDATED)[:-1], share, side="right")
    is_test = pd.Series(place == len(UNDATED) - 1, index=rows.index)
    return np.array(["train", "calibrate", "test"])[place], is_test


def _checked(matured: pd.DataFrame, cuts: Cuts) -> Cuts:
    """The cuts, if every part can hold a row; otherwise an error that names the legal day."""
    first, last = matured["as_of"].min(), matured["as_of"].max()
    if cuts.test_from >= cuts.test_until or cuts.test_from > last:
        raise _impossible("test_from", cuts.test_from, "starts after the last final outcome's as_of", last, "earlier")  # fmt: skip
    if cuts.calibrate_from >= cuts.test_from:
        raise _impossible("calibrate_from", cuts.calibrate_from, "starts when the test part has begun", cuts.test_from - DAY, "earlier")  # fmt: skip
    ripe = matured["matured_on"].min()
    if cuts.calibrate_from < ripe:
        raise _impossible("calibrate_from", cuts.calibrate_from, f"starts before training outcomes are final ({_day(ripe)})", ripe, "later")  # fmt: skip
    middle = matured[matured["as_of"] >= max(cuts.calibrate_from, first)]
    ripe = middle["matured_on"].min()
    if cuts.test_from < ripe:
        raise _impossible("test_from", cuts.test_from, f"starts before calibration outcomes are final ({_day(ripe)})", ripe, "later")  # fmt: skip
    return cuts


def _impossible(key: str, day: pd.Timestamp, why: str, legal: pd.Timestamp, side: str) -> SplitError:  # fmt: skip
    return SplitError(
        f"{key}={_day(day)} {why}.",
        where=WHERE,
        next_step=f"Move {key} to {_day(legal)} or {side}; or give a longer history, fewer test_months and calibrate_months, or a shorter horizon. "
        "With none of these dates and months given, a history too short for them is rated by the expert score (docs/few-defaults.md).",
    )


def _day(day: pd.Timestamp) -> str:
    return str(day.date())


def _refuse_unusable(rows: pd.DataFrame) -> None:
    for part in ("train", "calibrate", "test"):
        outcome = rows.loc[rows["part"] == part, "defaulted"]
        if outcome.empty:
            raise SplitError(
                f"The part {part} is empty.",
                where=WHERE,
                value=", ".join(
                    f"{name}: {n:,}" for name, n in rows["part"].value_counts().sort_index().items()
                ),
                next_step="Move the dates, or lower held_out_share.",
            )


def two_by_two(rows: pd.DataFrame) -> pd.DataFrame:
    """The 2x2 table: known and new customers, in and out of time, with rows and defaults.

    Args:
        rows: a partition. In time means the parts train, calibrate and holdout.
    """
    train, test = (rows.loc[rows["part"] == part, "as_of"].to_numpy() for part in ("train", "test"))
    later = "in_time" if is_dealt(train, test) else "out_of_time"
    time = rows["part"].map(dict.fromkeys(("train", "calibrate", "holdout"), "in_time") | {"test": later})  # fmt: skip
    customers = np.where(rows["is_held_out"], "new", "known")
    used = rows.assign(time=time, customers=customers)[time.notna()]
    table = used.groupby(["customers", "time"])["defaulted"].agg(n="size", defaults="sum")
    cells = pd.MultiIndex.from_product([("known", "new"), ("in_time", "out_of_time")])
    whole: pd.DataFrame = table.reindex(cells, fill_value=0).astype("int64")  # type: ignore[assignment]  # the stubs take agg(n=...) for a series
    return whole.rename_axis(["customers", "time"])
