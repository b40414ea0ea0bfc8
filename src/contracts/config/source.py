"""Where a portfolio's data lies: the world, files or a database."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from contracts.config.base import Config, Seed, Share, Text

Severity = Literal["none", "mild", "severe"]


SELECT_MINUTES = 60.0
"""Longest a SELECT may run where a portfolio does not say otherwise: a large ledger takes minutes, a forgotten join condition days."""


class TimedSource(Config):
    """What every kind of source has: how many minutes one SELECT, or the reading of one relation, may take."""

    select_minutes: float = Field(SELECT_MINUTES, gt=0, le=10_080)  # a week

    def described(self) -> dict[str, Any]:
        """What decides which rows there are: all but the time it may take."""
        return self.model_dump(mode="json", exclude={"select_minutes"})


class Bookings(Config):
    """How the world's ledger books its payments: shares of those each form is apt for, 0 for none.

    Defaults and PDs are the same whatever these say: they are forms of the same money.
    """

    prepaid: Share = 0.0  # of payments up to the due day: before the day of issue
    returned: Share = (
        0.0  # of payments a week late or more: tried by direct debit on the due day, and returned
    )
    discount: Share = 0.0  # of customers: 2 % within 14 days is agreed, and taken
    deducted: Share = 0.0  # of their later payments: taken all the same, and paid when asked for
    fee: Share = 0.0  # of payments: less what a bank on the way keeps
    on_account: Share = 0.0  # of payments: without an invoice, and applied some days later
    instalments: Share = (
        0.0  # of invoices on terms of 30 days or more that are paid in time: in three parts
    )
    credits_named: Share = 0.0  # of credit notes: name their invoice, and need no set-off


class WorldSource(TimedSource):
    """The trade-credit world: simulated, with planted truth."""

    kind: Literal["world"]
    customers: int = Field(2_000, ge=50, le=50_000_000)
    years: int = Field(8, ge=3, le=50)
    seed: Seed = 7
    downturn: Severity = "severe"
    bookings: Bookings = Bookings()


Verbatim = Annotated[str, StringConstraints(strip_whitespace=False)]
"""A text whose blanks count: a tab is a delimiter."""


class SourceFile(Config):
    """One file of the extract (or several of one table, by a pattern), readable in the SELECTs under its key."""

    path: str = Field(min_length=1)
    delimiter: Annotated[Verbatim, Field(min_length=1)] | None = None
    encoding: Text = "utf-8"
    decimal_separator: Literal[".", ","] = "."
    all_text: bool = False
    null_values: tuple[Verbatim, ...] = ()
    sheet: Text | int | None = None
    header_row: int = Field(1, ge=1, le=1_048_576)
    rows: str | None = Field(None, min_length=1)
    columns: dict[str, str] = Field(default_factory=dict)
    key: tuple[str, ...] = ()


class FolderSource(TimedSource):
    """A source that lies in a folder; the environment variable overrides where."""

    folder: Text
    folder_variable: Text | None = None


class FilesSource(FolderSource):
    """Files in a folder: CSV (also gzipped), Parquet, JSON lines, XML or Excel, by their ending.

    With `drops` the folder holds one folder per delivery, named by its day, with some or all of the files.
    """

    kind: Literal["files"]
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


class DatabaseSource(TimedSource):
    """A database by a connection URL, which only the environment holds; never a file."""

    kind: Literal["database"]
    url_variable: str = Field(min_length=1)  # checked where it is read: a message would show a URL
    relations: dict[str, Relation] = Field(min_length=1)
    land_in: Text | None = None


Source = Annotated[WorldSource | FilesSource | DatabaseSource, Field(discriminator="kind")]
