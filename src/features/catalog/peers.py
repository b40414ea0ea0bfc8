"""Peers: where a customer stands among those of its industry on the same day, or among all where no industry is known; robust when the whole economy moves."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from contracts.tables.derived import KEY
from features.catalog.ratios import RATIOS
from features.declaration import Family, Feature

_LEDGER = (
    "payments_days_late_with_open_mean_365d",
    "ageing_overdue_owed_share",
    "ageing_overdue_share",
    "limits_used_share",
    "billing_amount_growth_90d",
    "balance_days_sales_outstanding_90d",
)
_SIZES = (
    "statement_total_assets_amount",
    "statement_revenue_amount",
    "statement_market_value_amount",
)
RANKED = (*_LEDGER, *(f"statement_{one.measure}" for one in RATIOS), *_SIZES)
"""Features that a rank among peers is added for, where they are built."""
INDUSTRY = "industry"
MIN_PEERS = 5
"""A rank among fewer others says nothing: it is missing."""


def declare(base: Sequence[Feature]) -> list[Feature]:
    """A rank for every feature of `base` that is named in `RANKED`; it counts to the pillar and the subject of what it ranks."""
    return [_rank(feature) for feature in base if feature.name in RANKED]


def ranks(values: ir.Table, features: Sequence[Feature]) -> ir.Table:
    """The ranks of all peer features: share of the other customers of the same industry and day with a smaller value.

    A book may name no industry at all: as long as nobody's is known, all customers of the day are peers. Ranked in one long relation, because every window over a wide one would sort all of its columns.

    Args:
        values: customer_id, as_of, industry and the features that are ranked.
        features: members of the family `peers`, at least one.

    Returns:
        customer_id, as_of and a column per feature, 0 lowest to 1 highest; no row where nothing can be ranked. Missing
        with fewer than `MIN_PEERS` others of the industry that have the value, and without an industry where others have one:
        those of whom nobody knows what they do are not alike for it.
    """
    values = grouped(values)
    long = ibis.union(*(_long(values, feature) for feature in features), distinct=False)
    group = ["feature", "as_of", INDUSTRY]
    placed = long.mutate(
        place=ibis.percent_rank().over(ibis.window(group_by=group, order_by="value")),
        others=long.count().over(ibis.window(group_by=group)) - 1,
    )
    placed = placed.filter(placed.others >= MIN_PEERS)
    missing = ibis.null("float64")
    columns = {
        feature.name: (placed.feature == feature.name).ifelse(placed.place, missing).max()
        for feature in features
    }
    return placed.group_by(KEY).agg(**columns)


def grouped(values: ir.Table) -> ir.Table:
    """Those who have peers: before the first day on which somebody's industry is known all, from that day on who has one.

    Args:
        values: customer_id, as_of, industry and more; all observations up to the last day of it.
    """
    first = values.aggregate(named_from=values.as_of.min(where=values[INDUSTRY].notnull()))
    both = values.cross_join(first)
    is_before = both.named_from.isnull() | (both.as_of < both.named_from)
    return both.filter(both[INDUSTRY].notnull() | is_before).select(*values.columns)


def _long(values: ir.Table, feature: Feature) -> ir.Table:
    column = feature.ranked.name if feature.ranked else feature.name
    known = values.filter(values[column].notnull())
    name = ibis.literal(feature.name)
    return known.select(*KEY, INDUSTRY, feature=name, value=known[column])


def _rank(feature: Feature) -> Feature:
    texts = feature.texts()
    return Feature(
        source="peers",
        measure=feature.name,
        aggregate="rank",
        window_days=None,
        family="peers",
        subject=feature.subject,
        role=feature.role,
        pillar=feature.pillar,
        unit="share",
        direction=feature.direction,
        side=feature.side,
        states=tuple(dict.fromkeys(("customers", *feature.states))),
        wording_en=f"rank among its peers on the same day (0% lowest, 100% highest): {texts['wording_en']}",
        wording_zh=f"同类客户中的同日排名（0%最低，100%最高）：{texts['wording_zh']}",
        reason_en=f"{texts['wording_en'][:1].upper()}{texts['wording_en'][1:]}: {{value}} of its peers have a lower one",
        reason_zh=f"{texts['wording_zh']}：同类客户中有{{value}}低于该客户",
        expression=lambda t: t[f"peers_{feature.name}_rank"],
        low=0.0,
        high=1.0,
        ranked=feature,
    )


FAMILY = Family(
    name="peers",
    title_en="Among its peers",
    title_zh="同业比较",
    about_en="Where the customer stands among its peers on the same day, the other customers of its industry (all others, where the book names no industry): robust when the whole economy moves.",
    about_zh="客户在同一观察日同类客户中的位置：同类客户为同行业的其他客户（数据未载明任何行业时为全部其他客户）；整体经济波动时依然可比。",
    declare=declare,
)
