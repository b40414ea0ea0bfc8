"""What a portfolio is: where its data lies, what default means, when customers are observed, how parts are cut."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from contracts.config.base import Config

Severity = Literal["none", "mild", "severe"]
Pillar = Literal["credit_record", "ability_to_pay", "financial_health", "business_context"]


class WorldSource(Config):
    """The trade-credit world: simulated, with planted truth."""

    kind: Literal["world"]
    customers: int = Field(2_000, ge=50)
    years: int = Field(8, ge=3)
    seed: int = 7
    downturn: Severity = "severe"


class SourceFile(Config):
    """One file of the extract, readable in the SELECTs under its key."""

    path: str
    delimiter: str | None = None
    encoding: str = "utf-8"
    decimal_separator: Literal[".", ","] = "."
    all_text: bool = False


class FilesSource(Config):
    """Files in a folder: CSV (also gzipped), Parquet or JSON lines, by their ending."""

    kind: Literal["files"]
    folder: str
    folder_variable: str | None = None
    files: dict[str, SourceFile] = Field(min_length=1)


Source = Annotated[WorldSource | FilesSource, Field(discriminator="kind")]


class DefaultConfig(Config):
    """Which customers count as having stopped paying (DOMAIN, section 2)."""

    preset: Literal["irb_90dpd", "dollars_late", "days_beyond_terms", "events_only"]
    days: int = Field(90, ge=1)
    materiality: float = Field(500.0, ge=0)
    materiality_share: float = Field(0.01, ge=0, lt=1)
    late_share: float = Field(0.10, gt=0, le=1)
    events: tuple[str, ...] = ("insolvency", "write_off", "ceased_trading", "insurer_claim")
    cure_days: int = Field(90, ge=1)


class CohortConfig(Config):
    """On which days which customers are observed."""

    every: Literal["month", "quarter", "year"] = "month"
    anchor: str | None = Field(None, pattern=r"^\d\d-\d\d$")
    first: date | None = None
    last: date | None = None
    activity_months: int = Field(12, ge=1)

    @model_validator(mode="after")
    def _anchor_is_for_years(self) -> CohortConfig:
        if self.anchor is not None and self.every != "year":
            raise ValueError("anchor (MM-DD) goes with every: year")
        return self


class SplitConfig(Config):
    """How the cohort is cut by time and by customer. Spans are half-open: [from, until).

    A missing date is counted back from the last matured outcome. Missing months are 12, or fewer
    where 12 would leave train less than twice as long as the test part.
    """

    test_from: date | None = None
    test_until: date | None = None
    calibrate_from: date | None = None
    test_months: int | None = Field(None, ge=1)
    calibrate_months: int | None = Field(None, ge=1)
    held_out_share: float = Field(0.10, ge=0, lt=1)


class AttributeConfig(Config):
    """A column of `attributes` that becomes a feature: bring your own."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dtype: Literal["number", "category"]
    pillar: Pillar
    unit: str
    direction: Literal[-1, 0, 1] = 0
    wording_en: str
    wording_zh: str


class PortfolioConfig(Config):
    """`configs/portfolios/<name>.yaml`."""

    title: str
    reporting_currency: str = Field(pattern=r"^[A-Z]{3}$")
    complete_until: date
    horizon_months: int = Field(12, ge=1, le=60)
    source: Source
    default: DefaultConfig
    cohort: CohortConfig = CohortConfig()
    split: SplitConfig = SplitConfig()
    attributes: tuple[AttributeConfig, ...] = ()
    waivers: dict[str, Annotated[str, Field(min_length=20)]] = Field(default_factory=dict)
