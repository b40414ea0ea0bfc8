"""`docs/dirt.md`: the faults as a page for people, written by `python -m quality.faults.document`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.files import write_text
from quality.faults.catalogue import FAULTS, FILE_FAULTS
from quality.faults.fault import AnyFault, Claim

PAGE = Path("docs/dirt.md")
_HEAD = """\
# Faults 数据缺陷

Written from the declarations in `src/quality/faults` by `python -m quality.faults.document`; a test compares. Do not edit.

A fault is what goes wrong with a real extract. Each one can be struck at a copy of any portfolio, to see what the
pipeline does about it, and each one names who should catch it: a rule of validation, or the error that ingest stops
with. How much was caught on the demo book is measured by `python -m benchmarks.faults`.

    make soil FAULT=duplicated_load SHARE=0.01     # soils a copy of data/raw, as CSV files with a portfolio of their own
    make run PORTFOLIO=dirt                        # and the pipeline on it
    bonitas soil --list                # the faults in short

Rows are chosen by the hash of seed, fault and key: the same on any engine and number of threads. The share is one of
the table's rows (at least one row), unless the note says otherwise. The copy lies in `data/dirt`; `struck.parquet` there
says which values were changed. `configs/portfolios/dirt.yaml` and its SELECTs are a template for files of your own.

每个缺陷都可以施加到任意数据副本上，并指明应由哪条校验规则或哪个读取错误发现它。行按种子、缺陷和主键的哈希选取，结果可复现。
"""
_ROWS = "## Faults of rows 行缺陷\n"
_FILES = (
    "## Faults of files 文件缺陷\n\n"
    "They strike one CSV of the extract; ingest stops with one message, and nothing half-read is left behind.\n"
)
_TABLE = "| fault | what happened | 发生了什么 | strikes | caught by |\n|---|---|---|---|---|"


def describe(faults: Sequence[AnyFault], file_faults: Sequence[AnyFault]) -> str:
    """The page: one row per fault, those of rows first."""
    return "\n".join([_HEAD, _ROWS, _listed(faults), "", _FILES, _listed(file_faults), ""])


def _listed(faults: Sequence[AnyFault]) -> str:
    return "\n".join([_TABLE, *(_row(fault) for fault in faults)])


def _row(fault: AnyFault) -> str:
    note = f" ({fault.note})" if fault.note else ""
    cells = (
        f"`{fault.name}`",
        f"{fault.title_en}{note}",
        fault.title_zh,
        ", ".join(fault.claims),
        ", ".join(claimants(fault)),
    )
    return f"| {' | '.join(cells)} |"


def claimants(fault: AnyFault) -> list[str]:
    """Who should catch it, each with the tables it is for where they differ."""
    by_claim: dict[str, list[str]] = {}
    for table, claim in fault.claims.items():
        by_claim.setdefault(_shown(claim, table), []).append(table)
    if len(by_claim) == 1:
        return list(by_claim)
    return [f"{who} ({', '.join(tables)})" for who, tables in by_claim.items()]


def _shown(claim: Claim, table: str) -> str:
    return f"`{claim.rule}`" if claim.table == table else f"`{claim.rule}` of {claim.table}"


if __name__ == "__main__":
    write_text(PAGE, describe(FAULTS, FILE_FAULTS))
