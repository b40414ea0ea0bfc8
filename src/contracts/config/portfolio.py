"""What a portfolio is: where its data lies, what default means, when customers are observed, how parts are cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from contracts.config.attributes import AttributeConfig, AttributesFrom, Dtype
from contracts.config.base import Config, Share, Text, no_repeats
from contracts.config.cohort import CohortConfig
from contracts.config.default import DefaultConfig
from contracts.config.settlement import SettlementConfig
from contracts.config.source import Source, WorldSource
from contracts.config.split import SplitConfig

_MAX_DAYS = 31
"""Of a month."""


class DirectionConfig(Config):
    """A direction of risk that this portfolio promises in place of the catalogue's, and why."""

    direction: Literal[-1, 0, 1]
    why: str = Field(min_length=20)


class BalanceConfig(Config):
    """What the general ledger says is open in one currency at the end of a day."""

    on: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    open_balance: Decimal = Field(max_digits=18)
    tolerance: float = Field(0.001, ge=0, lt=1)


class WaiverConfig(Config):
    """Why a portfolio does without a gate, and who decided so."""

    reason: str = Field(min_length=20)
    by: str = Field(min_length=2)

    def __str__(self) -> str:
        """As it is told.

        >>> str(WaiverConfig(reason="No downturn is in the data yet", by="credit committee, 12 March 2025"))
        'No downturn is in the data yet (credit committee, 12 March 2025)'
        """
        return f"{self.reason} ({self.by})"


class PortfolioConfig(Config):
    """`configs/portfolios/<name>.yaml`."""

    title: Text
    reporting_currency: str = Field(pattern=r"^[A-Z]{3}$")
    complete_until: date = Field(ge=date(1950, 1, 1), le=date(2199, 12, 31))
    horizon_months: int = Field(12, ge=1, le=60)
    zero_limit: Literal["no_credit", "no_limit"] = "no_credit"
    source: Source
    default: DefaultConfig
    settlement: SettlementConfig = SettlementConfig()
    cohort: CohortConfig = CohortConfig()
    split: SplitConfig = SplitConfig()
    attributes: tuple[AttributeConfig, ...] = ()
    attributes_from: AttributesFrom | None = None
    directions: dict[str, DirectionConfig] = Field(default_factory=dict)
    balances: tuple[BalanceConfig, ...] = ()
    tolerance: dict[str, Share] = Field(default_factory=dict)
    checked_inputs: dict[str, Annotated[str, Field(min_length=20)]] = Field(default_factory=dict)
    waivers: dict[str, Annotated[str, Field(min_length=20)] | WaiverConfig] = Field(
        default_factory=dict
    )

    @model_validator(mode="before")
    @classmethod
    def _attributes_of_a_table(cls, values: Any) -> Any:
        """`attributes: {from: table}` is kept apart until the table's columns are known (`with_columns`)."""
        if isinstance(values, dict) and isinstance(values.get("attributes"), dict):
            return {**values, "attributes": (), "attributes_from": values["attributes"]}
        return values

    def with_columns(self, found: Mapping[str, Dtype]) -> PortfolioConfig:
        """The portfolio whose attributes are the columns of its table.

        Raises:
            ConfigError: see `AttributesFrom.declared`.
        """
        if self.attributes_from is None:
            return self
        return self.model_copy(update={"attributes": self.attributes_from.declared(found)})

    @field_validator("attributes")
    @classmethod
    def _names_differ(cls, attributes: tuple[AttributeConfig, ...]) -> tuple[AttributeConfig, ...]:
        no_repeats(tuple(one.name for one in attributes))
        return attributes

    @model_validator(mode="after")
    def _default_can_come_within_the_horizon(self) -> PortfolioConfig:
        """What falls due on the day of decision is 31 days late after a month at most."""
        days = self.default.days
        if self.default.preset != "events_only" and _MAX_DAYS * self.horizon_months < days:
            raise ValueError(
                f"horizon_months is {self.horizon_months}, and default > days {days}: who owes nothing late on a day of decision cannot become so late before it ends; a year is 12"
            )
        return self

    @model_validator(mode="after")
    def _balances_are_of_days_delivered(self) -> PortfolioConfig:
        later = [one.on for one in self.balances if one.on > self.complete_until]
        if later:
            raise ValueError(f"balances states what is open on {later[0]}, after complete_until ({self.complete_until}): what is booked by then is not delivered")  # fmt: skip
        return self

    @model_validator(mode="after")
    def _world_is_decided_on_firsts(self) -> PortfolioConfig:
        day = self.cohort.day if self.cohort.anchor is None else int(self.cohort.anchor[3:])
        if isinstance(self.source, WorldSource) and day != 1:
            raise ValueError(
                f"cohort is decided on day {day} of a month, and the true PDs of a simulated portfolio are known on the first; set day: 1 or an anchor of MM-01"
            )
        return self
