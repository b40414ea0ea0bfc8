"""How many lines of "why it moved" name an input whose own change does not speak the way the line goes.

`python -m benchmarks.causes` reads what `make demo` left in `--folder` and prints the figures of `benchmarks/RESULTS.md`: of all
lines but "all else", how many name an input, and of these how many name one that stands still, or one that moved against the
direction that was promised of it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from contracts.tables.derived import LINEAGE
from contracts.tables.history import MOVEMENTS
from contracts.tables.store import read_table


def wrongly_named(moved: pd.DataFrame, direction: pd.Series) -> tuple[int, int, int, int]:
    """Lines, those that name an input, and of these those whose input stands still, and those whose input moved the other way.

    Args:
        moved: contract MOVEMENTS.
        direction: by feature, 1 where a higher value never lowers the PD, -1 where it never raises it, else 0.

    >>> rows = pd.DataFrame({"kind": ["behaviour"] * 3, "feature": ["late"] * 3, "points": [-5.0, 5.0, 5.0], "value_then": [1.0, 1.0, 2.0],
    ...     "value_now": [3.0, 3.0, 2.0], "value_then_text": ["1", "1", "2"], "value_now_text": ["3", "3", "2"]})
    >>> wrongly_named(rows, pd.Series({"late": 1}))
    (3, 3, 1, 1)
    """
    lines = moved[moved["kind"] != "others"]
    led = lines.dropna(subset="feature")
    change = np.sign(led["value_now"] - led["value_then"])
    told = led[["value_then_text", "value_now_text"]]
    still = (change == 0) | told.isna().all(axis=1)
    promised = -led["feature"].map(direction).fillna(0)
    against = change.notna() & ~still & (promised != 0) & (change * promised != np.sign(led["points"]))  # fmt: skip
    return len(lines), len(led), int(still.sum()), int(against.sum())


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path())
    folder: Path = parser.parse_args().folder
    moved = read_table(folder / "data/scored/movements.parquet", MOVEMENTS)
    lineage = read_table(folder / "data/features/lineage.parquet", LINEAGE)
    figures = wrongly_named(moved, lineage.set_index("feature")["direction"])
    print("{:,} lines, {:,} name an input: {:,} stand still, {:,} moved the other way".format(*figures))  # fmt: skip


if __name__ == "__main__":
    main()
