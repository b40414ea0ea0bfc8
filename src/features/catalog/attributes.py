"""Attributes: the features a portfolio brings itself, declared in its yaml."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.config.attributes import AttributeConfig
from contracts.errors import ConfigError
from features.declaration import Family, Feature


def declare(attributes: Sequence[AttributeConfig]) -> list[Feature]:
    """One feature per declared attribute, its value known last.

    Raises:
        ConfigError: a category with a direction.
    """
    return [_feature(one) for one in attributes]


def _feature(one: AttributeConfig) -> Feature:
    if one.dtype == "category" and one.direction:
        raise ConfigError(
            "A category has no order, so it has no direction.",
            where=f"portfolio: attributes > {one.name}",
            value=f"dtype={one.dtype}, direction={one.direction}",
            next_step="Set direction to 0, or declare it as a number.",
        )
    is_context = one.pillar == "business_context"
    return Feature(
        source="attributes",
        measure=one.name,
        family="attributes",
        subject=one.subject or one.name,
        role=one.role or ("context" if is_context else "reason"),
        pillar=one.pillar,
        unit="category" if one.dtype == "category" else one.unit,
        direction=one.direction,
        states=("attributes",),
        wording_en=one.wording_en,
        wording_zh=one.wording_zh,
        reason_en=f"{one.wording_en[:1].upper()}{one.wording_en[1:]}: {{value}}",
        reason_zh=f"{one.wording_zh}：{{value}}",
        expression=lambda t: t[f"attributes_{one.name}"],
    )


FAMILY = Family(
    name="attributes",
    title_en="Your own features",
    title_zh="自有特征",
    about_en="Columns of the table `attributes` that a portfolio declares in its yaml under `attributes`, with type, pillar, direction and wording.",
    about_zh="组合在其 yaml 的 `attributes` 中声明的自有字段（类型、支柱、方向与中英文说明）。",
    declare=declare,
)
