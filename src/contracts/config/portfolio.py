"""What a portfolio is: where its data lies, what default means, when customers are observed, how parts are cut."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
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
    """One file of the extract (or several of one table, by a pattern), readable in the SELECTs under its key."""

    path: str = Field(min_length=1)
    delimiter: str | None = None
    encoding: str = "utf-8"
    decimal_separator: Literal[".", ","] = "."
    all_text: bool = False
    sheet: str | int | None = None
    header_row: int = Field(1, ge=1)
    key: tuple[str, ...] = ()


class FilesSource(Config):
    """Files in a folder: CSV (also gzipped), Parquet, JSON lines or Excel, by their ending.

    With `drops` the folder holds one folder per delivery, named by its day, with some or all of the files.
    """

    kind: Literal["files"]
    folder: str
    folder_variable: str | None = None
    drops: bool = False
    files: dict[str, SourceFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_for_drops(self) -> FilesSource:
        keyed = [name for name, file in self.files.items() if file.key]
        if keyed and not self.drops:
            raise ValueError(f"files > {keyed[0]} > key goes with drops: true")
        return self


class Relation(Config):
    """A table of a database, or a query in the server's own dialect, readable in the SELECTs under its key."""

    table: str | None = Field(None, min_length=1)
    query: str | None = Field(None, min_length=1)
    since: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Relation:
        if (self.table is None) == (self.query is None):
            raise ValueError("a relation has either table or query")
        return self


class DatabaseSource(Config):
    """A database by a connection URL, which only the environment holds; never a file."""

    kind: Literal["database"]
    url_variable: str = Field(min_length=1)  # checked where it is read: a message would show a URL
    relations: dict[str, Relation] = Field(min_length=1)
    land_in: str | None = None


Source = Annotated[WorldSource | FilesSource | DatabaseSource, Field(discriminator="kind")]


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


class DirectionConfig(Config):
    """A direction of risk that this portfolio promises in place of the catalogue's, and why."""

    direction: Literal[-1, 0, 1]
    why: str = Field(min_length=20)


class BalanceConfig(Config):
    """What the general ledger says is open in one currency at the end of a day."""

    on: date
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    open_balance: Decimal
    tolerance: float = Field(0.001, ge=0, lt=1)


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
    directions: dict[str, DirectionConfig] = Field(default_factory=dict)
    balances: tuple[BalanceConfig, ...] = ()
    waivers: dict[str, Annotated[str, Field(min_length=20)]] = Field(default_factory=dict)
