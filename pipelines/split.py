"""Cuts the cohort by time and by customer."""

from __future__ import annotations

from contracts.tables.derived import COHORT, PARTITION
from contracts.tables.store import read_table, write_table
from models.sample.split import partition, two_by_two
from pipelines import paths
from pipelines.settings import Settings


def split(settings: Settings) -> str:
    """The cohort's rows by part, and the table of known and new customers, in and out of time."""
    cohort = read_table(paths.COHORT, COHORT)
    rows = partition(cohort, settings.portfolio.split)
    write_table(rows, paths.PARTITION, PARTITION)
    print(two_by_two(rows).to_string())
    parts = rows["part"].value_counts()
    return ", ".join(f"{part} {parts[part]:,}" for part in parts.sort_index().index)
