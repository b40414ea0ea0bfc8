"""When what is left of an invoice counts as nothing."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, model_validator

from contracts.config.base import Config


class SettlementConfig(Config):
    """When an invoice counts as settled although not all of it was paid (docs/glossary.md#settlement).

    What is left is within the tolerance where it is at most `amount` (in the invoice's own currency) or at most
    `share` of the invoice, whichever is more. Where a cash discount is agreed and was taken in time, the discount
    comes off what is left first.

    Attributes:
        amount: money that is never chased, in the currency of the invoice.
        share: of the amount of the invoice.
        discount_days: agreed days from issue for a cash discount, where `credit_terms` says nothing of the customer.
        discount_rate: the agreed discount, a share of the invoice.
    """

    amount: Decimal = Field(Decimal("1.00"), ge=0, le=1_000_000, decimal_places=3)
    share: float = Field(0.005, ge=0, le=0.1)
    discount_days: int | None = Field(None, ge=0, le=365)
    discount_rate: float | None = Field(None, gt=0, le=0.2)

    @model_validator(mode="after")
    def _discount_is_whole(self) -> SettlementConfig:
        if (self.discount_days is None) != (self.discount_rate is None):
            raise ValueError("discount_days and discount_rate go together")
        return self
