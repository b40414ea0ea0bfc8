"""Movements as a table for every customer (`data/scored/movements.parquet`) and as a document of the book (`reports/movements.json`)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats, Ints
from contracts.documents.movements import BookPart, Comparison, CustomerPart, Mover
from contracts.tables.history import MOVEMENTS
from contracts.tables.spec import Kind
from models.explanation.history import Day
from models.explanation.movement import NOBODY, Moved, causes
from models.explanation.wording import Feature, number_of, rendered

MAX_PARTS = 8
"""Parts named of a customer or of the book; what is left is one part more."""
MAX_MOVERS = 10


def movement_table(
    found: Moved, books: tuple[Day, Day], features: Sequence[Feature], currency: str
) -> pd.DataFrame:
    """Contract MOVEMENTS of one comparison; customers whose score stands still have no row.

    Args:
        found: the split.
        books: the earlier and the later day.
        features: in the model's order.
        currency: of money.
    """
    order = np.argsort(-np.abs(found.parts), axis=1, kind="stable")
    sorted_parts = np.take_along_axis(found.parts, order, axis=1)
    row, rank = np.nonzero(sorted_parts[:, :MAX_PARTS])
    place = order[row, rank]
    leading, values = _led(found, books, (row, place), (features, currency))
    led = [None if one == NOBODY else features[one] for one in leading]
    alone = _alone(features)
    worded = [
        one or alone.get(found.strands[at].subject) for one, at in zip(led, place, strict=True)
    ]
    table = pd.DataFrame(
        {
            "row": row,
            "rank": rank + 1,
            "kind": causes(
                np.array([one.kind for one in found.strands], dtype=object)[place],
                found.is_stated[row],
            ),
            "subject": [found.strands[one].subject for one in place],
            "pillar": [found.strands[one].pillar for one in place],
            "feature": [one and one.name for one in led],
            "unit": [one and one.unit for one in led],
            "points": sorted_parts[row, rank],
            **values,
            "wording_en": [one and one.wording_en for one in worded],
            "wording_zh": [one and one.wording_zh for one in worded],
        }
    )
    others = _others(sorted_parts[:, MAX_PARTS:])
    whole = pd.concat([table, others.reindex(columns=table.columns)], ignore_index=True)
    whole = whole.astype(dict.fromkeys(("subject", "pillar", "feature", "unit", "value_then_text", "value_now_text", "wording_en", "wording_zh"), object))  # fmt: skip
    return whole.assign(
        customer_id=found.customers[whole["row"].to_numpy(dtype=int)],
        as_of=pd.Timestamp(found.as_of),
        since=pd.Timestamp(found.since),
    )[list(MOVEMENTS.column_names)]


def _alone(features: Sequence[Feature]) -> dict[str, Feature]:
    """Ideas of a single input, by subject: its words say the idea, also where what moved is not its own value."""
    of = Counter(one.subject for one in features)
    return {one.subject: one for one in features if of[one.subject] == 1}


def _others(parts: Floats) -> pd.DataFrame:
    """What the parts that are not named come to, of the customers that have any."""
    rest = np.flatnonzero((parts != 0).any(axis=1))
    points = parts[rest].sum(axis=1)
    return pd.DataFrame({"row": rest, "rank": MAX_PARTS + 1, "kind": "others", "points": points})


def no_movement() -> pd.DataFrame:
    """Contract MOVEMENTS without a row."""
    return pd.DataFrame(
        {
            one.name: pd.Series(dtype="datetime64[s]" if one.kind is Kind.DAY else object)
            for one in MOVEMENTS.columns
        }
    )


def _led(
    found: Moved,
    books: tuple[Day, Day],
    cells: tuple[Ints, Ints],
    told: tuple[Sequence[Feature], str],
) -> tuple[Ints, dict[str, list[Any]]]:
    """The input that led each part, and its values of both days: nobody where both are written alike, for they would explain nothing.

    Args:
        found: the split.
        books: the earlier and the later day.
        cells: the customer and the strand of each part.
        told: the features in the model's order, and the currency of money.
    """
    (row, place), features = cells, told[0]
    leading = found.leading[row, place]
    then = _both("value_then", _values(books[0], found.then[row], leading, features), leading, *told)  # fmt: skip
    now = _both("value_now", _values(books[1], found.now[row], leading, features), leading, *told)
    pairs = zip(then["value_then_text"], now["value_now_text"], strict=True)
    alike = np.array([before == after for before, after in pairs], dtype=np.bool_)
    nothing = {"value_then": math.nan, "value_now": math.nan}
    values = {name: [nothing.get(name) if same else one for one, same in zip(column, alike, strict=True)] for name, column in (then | now).items()}  # fmt: skip
    return np.where(alike, NOBODY, leading), values


def _values(
    book: Day, rows: Ints, leading: Ints, features: Sequence[Feature]
) -> list[object | None]:
    """The value of each row's leading feature; None where it is missing."""
    said = np.full(len(rows), None, dtype=object)
    for position in np.unique(leading[leading != NOBODY]):
        mine = leading == position
        values = book.rows[features[position].name].to_numpy(dtype=object)[rows[mine]]
        said[mine] = [None if pd.isna(one) else one for one in values.tolist()]
    return said.tolist()


def _both(
    name: str,
    values: Sequence[object | None],
    leading: Ints,
    features: Sequence[Feature],
    currency: str,
) -> dict[str, list[Any]]:
    """The column of numbers, and that of texts beside it."""
    units = ["" if place == NOBODY else features[place].unit for place in leading]
    texts = [rendered(one, unit, currency) for one, unit in zip(values, units, strict=True)]
    return {name: [number_of(one) for one in values], f"{name}_text": texts}


def comparison(
    found: Moved,
    table: Callable[[Ints], pd.DataFrame],
    books: tuple[Day, Day],
    months: int,
    told: tuple[Sequence[Feature], Mapping[str, str]],
) -> Comparison:
    """The book of one comparison, with the customers that moved most.

    Args:
        found: the split.
        table: contract MOVEMENTS of some of its customers, by their places.
        books: the earlier and the later day.
        months: that lie between them at least.
        told: the features in the model's order, and customer_id to name, which may be empty.
    """
    features, names = told
    both = len(found.customers)
    order = np.argsort(found.change, kind="stable")
    fell = [one for one in order[:MAX_MOVERS] if found.change[one] < 0]
    rose = [one for one in order[::-1][:MAX_MOVERS] if found.change[one] > 0]
    shown = table(np.array([*fell, *rose], dtype=np.int64))
    by_customer = {str(one): rows for one, rows in shown.groupby("customer_id")}
    return Comparison(
        since=found.since,
        months=months,
        customers=both,
        came=len(books[1].rows) - both,
        left=len(books[0].rows) - both,
        mean_then=_mean(found.score_then),
        mean_now=_mean(found.score_now),
        points=float(found.change.sum()),
        parts=_of_book(found, _alone(features)),
        fell=tuple(_mover(found, int(one), by_customer, names) for one in fell),
        rose=tuple(_mover(found, int(one), by_customer, names) for one in rose),
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _of_book(found: Moved, alone: Mapping[str, Feature]) -> tuple[BookPart, ...]:
    parts = []
    for place, one in enumerate(found.strands):
        points = found.parts[:, place]
        both = np.array([True, False])
        told = causes(np.array([one.kind] * 2, dtype=object), both)
        for kind in dict.fromkeys(told):
            rows = np.isin(found.is_stated, both[told == kind])
            if points[rows].any():
                own = {"kind": kind, "subject": one.subject, "pillar": one.pillar}
                if one.subject in alone:
                    own |= {
                        "wording_en": alone[one.subject].wording_en,
                        "wording_zh": alone[one.subject].wording_zh,
                    }
                parts.append(BookPart.model_validate({**own, "points": float(points[rows].sum())}))
    parts.sort(key=lambda part: (-abs(part.points), str(part.subject), part.kind))
    rest = parts[MAX_PARTS:]
    if not rest:
        return tuple(parts)
    left = sum(part.points for part in rest)
    return (*parts[:MAX_PARTS], BookPart(kind="others", subject=None, pillar=None, points=left))


def _mover(
    found: Moved, place: int, rows: Mapping[str, pd.DataFrame], names: Mapping[str, str]
) -> Mover:
    customer = str(found.customers[place])
    keys = list(CustomerPart.model_fields)
    own = rows[customer].sort_values("rank")[keys].astype(object)
    for name in ("value_then", "value_now"):  # a category has its name for a value
        own[name] = own[name].where(own[name].notna(), own[f"{name}_text"])
    parts = own.where(own.notna(), None).to_dict(orient="records")
    return Mover(
        customer_id=customer,
        name=names.get(customer),
        score_then=float(found.score_then[place]),
        score_now=float(found.score_now[place]),
        parts=tuple(CustomerPart(**{str(key): value for key, value in part.items()}) for part in parts),
    )  # fmt: skip
