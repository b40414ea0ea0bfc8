"""Rows with known outcomes as a data scientist takes them: X, y, groups, as_of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import pandas as pd

from contracts.errors import ConfigError, ContractError
from contracts.tables.derived import KEY, PARTS
from models.base.data import Part, assemble, joined
from models.search.preparation import learned_from

OUTCOME_PARTS = tuple(part for part in PARTS if part != "recent")
"""The parts whose outcomes are final."""
WHERE = "Portfolio.training(...)"


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """Observations with final outcomes, sorted by day, then by customer. All four share one index: (customer_id, as_of).

    Attributes:
        X: one column a feature, in the matrix's order: numbers as float64, categories as `category`; missing is missing.
        y: 1 where the customer entered default within the horizon, else 0; int8.
        groups: the customer of each row, for whatever must keep a customer's rows together.
        as_of: the day of decision, datetime64; every feature was knowable strictly before it.
        features: the declaration of each column of X, by name: pillar, family, unit, direction (+1: more of it is riskier), wording.
    """

    X: pd.DataFrame
    y: pd.Series[int]
    groups: pd.Series[str]
    as_of: pd.Series[pd.Timestamp]
    features: pd.DataFrame

    def __len__(self) -> int:
        return len(self.y)

    @property
    def directions(self) -> dict[str, int]:
        """What `HealthScoreClassifier(directions=...)` takes: +1 more of it is riskier, -1 less, 0 free."""
        return {str(name): int(sign) for name, sign in self.features["direction"].items()}


def training_of(
    matrix: pd.DataFrame,
    partition: pd.DataFrame,
    lineage: pd.DataFrame,
    parts: Sequence[str],
    *,
    earlier: bool,
) -> Training:
    """The rows of some parts with the features that the pipeline's own models learn from.

    Args:
        matrix: contract MATRIX.
        partition: contract PARTITION.
        lineage: contract LINEAGE.
        parts: of `OUTCOME_PARTS`, at least one.
        earlier: with the measures that a payment may worsen, and their ranks (`train.selection.earlier`).

    Raises:
        ConfigError: a part that is unknown, or whose outcomes are not final.
        ContractError: the parts hold no row, or the tables are not of one run.
    """
    for part in parts:
        if part not in OUTCOME_PARTS:
            raise ConfigError.from_unknown("part", part, OUTCOME_PARTS, where=WHERE)
    found = [assemble(matrix, partition, part) for part in dict.fromkeys(parts)]
    held = [one for one in found if len(one)]
    if not held:
        raise ContractError(
            "These parts hold no row.",
            where=WHERE,
            value=", ".join(parts) or "none",
            next_step="Ask for other parts: "
            + ", ".join(f"{part} ({n:,} rows)" for part, n in partition["part"].value_counts().items()),
        )  # fmt: skip
    whole, wanted = reduce(joined, held), learned_from(lineage, earlier=earlier)
    kept = [name for name in whole.features if name in set(wanted["feature"])]
    return _typed(replace(whole, features=whole.features[kept]), wanted)


def _typed(part: Part, lineage: pd.DataFrame) -> Training:
    days = pd.DatetimeIndex(part.as_of)
    keys = pd.MultiIndex.from_arrays([part.customer_id.astype(str), days], names=KEY)
    order = keys.to_frame(index=False).sort_values(KEY[::-1], kind="stable").index
    index = keys[order]
    declared = lineage.sort_values("position").set_index("feature")
    columns = {
        name: _column(part.features[name], declared.loc[name, "dtype"] == "category")
        for name in declared.index
    }
    frame = pd.DataFrame(columns).iloc[order].set_axis(index, axis="index")
    return Training(
        frame,
        pd.Series(part.defaulted[order].astype("int8"), index, name="defaulted"),
        pd.Series(index.get_level_values("customer_id"), index, name="customer_id"),
        pd.Series(index.get_level_values("as_of"), index, name="as_of"),
        declared.drop(columns="position"),
    )


def _column(values: pd.Series, is_category: bool) -> pd.Series:  # noqa: FBT001 - private, named where it is called
    plain = values.reset_index(drop=True)
    return plain.astype("category") if is_category else plain.astype("float64")
