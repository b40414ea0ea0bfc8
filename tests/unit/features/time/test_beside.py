"""Several relations in one join: each row stays once, with what is known of it, as if they were attached one after the other."""

from __future__ import annotations

import ibis
import pandas as pd

from features.time.asof import attach
from features.time.beside import side_by_side

KEYS = ["customer_id", "asked"]
ASKED = {"customer_id": [1, 1, 2], "asked": [30, 60, 30]}
PAID = {"customer_id": [1, 2, 9], "asked": [60, 30, 30], "paid": [5, 7, 9], "unread": [0, 0, 0]}
OWED = {"customer_id": [1, 1], "asked": [30, 60], "owed": [11, None]}


def _rows(table: ibis.Table) -> pd.DataFrame:
    return table.order_by(KEYS).to_pandas()


def test_each_row_stays_once_with_what_is_known_of_it() -> None:
    asked, paid, owed = (ibis.memtable(pd.DataFrame(one)) for one in (ASKED, PAID, OWED))
    found = side_by_side(asked, [(paid, ["paid"]), (owed, ["owed"])], KEYS)
    assert found.columns == ("customer_id", "asked", "paid", "owed")
    told = _rows(found)
    assert told["customer_id"].tolist() == [1, 1, 2]
    assert told["asked"].tolist() == [30, 60, 30]
    assert told["paid"].fillna(-1).tolist() == [-1, 5, 7]  # 9 is nobody who is asked about
    assert told["owed"].fillna(-1).tolist() == [11, -1, -1]
    one_by_one = attach(attach(asked, paid.drop("unread"), KEYS), owed, KEYS)
    pd.testing.assert_frame_equal(told, _rows(one_by_one))


def test_beside_nothing_the_rows_are_themselves() -> None:
    asked = ibis.memtable(pd.DataFrame(ASKED))
    pd.testing.assert_frame_equal(_rows(side_by_side(asked, [], KEYS)), _rows(asked))
