"""What counts as default in a portfolio."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config, Money, Share, no_repeats

EventKind = Literal[
    "insolvency", "write_off", "ceased_trading", "insurer_claim", "legal_action", "payment_plan"
]  # fmt: skip
"""Kinds of event a portfolio may count as a default. An external rating is an opinion, no event of the customer's."""


_WEEK = 7
_OF_ONE_PRESET = {"late_share": "dollars_late", "materiality_share": "irb_90dpd"}
"""Keys that one definition alone reads; their defaults, and 0, may stand with any."""


class DefaultConfig(Config):
    """Which customers count as having stopped paying (docs/glossary.md#default)."""

    preset: Literal["irb_90dpd", "dollars_late", "days_beyond_terms", "events_only"]
    days: int = Field(90, ge=7, le=720)  # 3 would be months
    materiality: Money = 500.0
    materiality_share: float = Field(0.01, ge=0, lt=1)
    late_share: Annotated[Share, Field(gt=0)] = 0.10
    events: tuple[EventKind, ...] = ("insolvency", "write_off", "ceased_trading", "insurer_claim")
    cure_days: int = Field(90, ge=1, le=3_650)

    _each_once = field_validator("events")(no_repeats)

    @property
    def needs(self) -> tuple[str, ...]:
        """The tables without which nobody can be said to have defaulted, or not.

        >>> DefaultConfig(preset="events_only").needs, DefaultConfig(preset="irb_90dpd").needs
        (('events',), ('invoices', 'payments'))
        """
        return ("events",) if self.preset == "events_only" else ("invoices", "payments")

    @field_validator("cure_days")
    @classmethod
    def _cure_is_in_days(cls, cure_days: int) -> int:
        """1 is a default that ends with the breach; 2 to 6 are months."""
        if 1 < cure_days < _WEEK:
            raise ValueError(f"cure_days counts days: {cure_days} months are {cure_days * 30}, and 1 is a default that ends with the breach")  # fmt: skip
        return cure_days

    @model_validator(mode="after")
    def _each_share_is_of_its_preset(self) -> DefaultConfig:
        for key, preset in _OF_ONE_PRESET.items():
            unset = type(self).model_fields[key].default
            if self.preset != preset and getattr(self, key) not in {unset, 0.0}:
                raise ValueError(
                    f"{key} counts with preset {preset} alone: with {self.preset} it would decide nothing; take it out, or choose that preset"
                )
        return self

    @model_validator(mode="after")
    def _something_is_a_default(self) -> DefaultConfig:
        if self.preset == "events_only" and not self.events:
            raise ValueError("with preset events_only and no events nobody can default; name the events that count")  # fmt: skip
        return self
