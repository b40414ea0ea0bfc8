"""What the master record said and from when on: `master_history`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.tables.raw import MASTER_HISTORY

LIQUIDATED = "in liquidation"
_KEPT = ("country", "industry", "legal_form", "parent_id", "is_natural_person")


def master_history_table(customers: pa.Table, events: pa.Table) -> pa.Table:
    """The raw table `master_history`: the record of the first day, and of a company that became insolvent the register's new words.

    `customers` keeps the words it had: a master file of today would say "in liquidation" of a customer of years ago.

    Args:
        customers: the block's, as the contract has them.
        events: the block's.
    """
    first = customers.select(["customer_id", "onboarded_on", *_KEPT]).rename_columns(
        ["customer_id", "known_on", *_KEPT]
    )
    fallen = events.filter(pc.equal(events["kind"], "insolvency"))
    fallen = fallen.group_by("customer_id").aggregate([("known_on", "min")])
    companies = customers.filter(pc.invert(customers["is_natural_person"])).select(
        ["customer_id", "onboarded_on"]
    )
    told = fallen.join(companies, "customer_id", join_type="inner")
    told = told.filter(pc.greater(told["known_on_min"], told["onboarded_on"]))
    n = told.num_rows
    columns = {
        "customer_id": told["customer_id"],
        "known_on": told["known_on_min"],
        "legal_form": pa.array(np.full(n, LIQUIDATED, dtype=object), pa.string()),
    }
    schema = MASTER_HISTORY.arrow_schema()
    changed = pa.table(
        [columns.get(one.name, pa.nulls(n, one.type)) for one in schema], schema=schema
    )
    every = pa.concat_tables([first.select(schema.names).cast(schema), changed])
    return every.sort_by([(name, "ascending") for name in MASTER_HISTORY.grain]).combine_chunks()
